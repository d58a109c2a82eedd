"""What the profile ``pretrained`` makes of a real clip: nothing trained, no GPU, no download.

    python benchmarks/real.py --data FOLDER [--json FILE] [--render FOLDER]

FOLDER holds ``school-gym.mp4``, seven seconds from a phone, and ``yolox_nano.onnx``, which comes in
through the example of docs/plugins.md. People are tracked without masks, numbers are read on torsos
by ``rapidocr``. The embedder is the small one of the sample game, since SigLIP would have to be
downloaded: it knows rendered shirts only, and where it sees no two teams, kit colors decide.

The truth was labeled by hand in every seventh frame: referees, and players whose number shows at
some time, except where they are mostly hidden.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import fiftyone as fo
import pandas as pd

import hoop_plugins
from hoop_plugins import HoopError, SampleStore, load_profile
from hoop_plugins.cli.tables import table
from hoop_plugins.cli.terminal import console, tell
from hoop_plugins.evaluation.clips import clip_of
from hoop_plugins.evaluation.tables import ClipTables, majority
from hoop_plugins.evaluation.tabulation import tabulate

ROOT = Path(__file__).resolve().parents[1]
TRUTH = ROOT / "benchmarks" / "school-gym" / "Labels-GameState.json"
DATASET = "benchmark-school-gym"

CLIP, WEIGHTS = "school-gym.mp4", "yolox_nano.onnx"
SOURCES = {
    CLIP: "IBM/MAX-Sports-Video-Classifier, samples/basketball.mp4, CC BY 3.0",
    WEIGHTS: "YOLOX-nano of Megvii-BaseDetection/YOLOX, as ONNX, Apache-2.0",
}
"""By name: where the files of the folder are from."""

TILES = 3
"""Of the detector, beside the whole frame: people are small for a network of 416 pixels."""


def find_files(folder: Path) -> list[Path]:
    """The files of the folder.

    Raises:
        HoopError: If one is not there: what is left out then.
    """
    for name, source in SOURCES.items():
        if not (folder / name).is_file():
            raise HoopError(f"the school gym is left out: no {name} in {folder} ({source})")
    return [folder / name for name in SOURCES]


def install_example(site: Path) -> None:
    """Installs the package of docs/plugins.md as the tests do, for this process."""
    sys.path.insert(0, str(ROOT / "tests" / "plugins"))
    from distributions import examples, forget_plugins, pip_install

    with tempfile.TemporaryDirectory() as source:
        pip_install(examples(), Path(source), site)
    sys.path.insert(0, str(site))
    forget_plugins()


def recognize(dataset: fo.Dataset, weights: Path, tiles: int) -> dict[str, float]:
    """Runs the stages of the job, one after the other.

    Args:
        dataset: A dataset of the clip.
        weights: The detector's.
        tiles: Of the detector.

    Returns:
        By stage, seconds; loading its network is in them.
    """
    profile = load_profile("pretrained")
    profile = profile.with_settings("detect", model=str(weights), options={"tiles": tiles})
    profile = profile.with_models(tracker="tracking-by-detection", embedder="sample")
    seconds = {}
    for stage in profile.job:
        start = time.perf_counter()
        for step in hoop_plugins.recognize.steps(dataset, profile, stages=[stage], device="cpu"):
            if step.message:
                tell(f"{step.stage}: {step.message}")
        seconds[stage] = time.perf_counter() - start
    return seconds


def measure(clip: SampleStore) -> dict[str, Any]:
    """Compares what was recognized in a clip with its ground truth.

    Args:
        clip: A clip with both.

    Returns:
        ``figures``, a count each and of how many; ``players`` and ``tracks``, a row each.
    """
    tables = tabulate(clip_of(clip))
    rows = [
        (track.index, followed(tables, track.index), track.team, track.number, track.number_status)
        for track in clip.read_tracks().values()
        if track.role == "player"
    ]
    tracks = pd.DataFrame(
        rows, columns=["track", "follows", "team", "number", "status"], dtype=object
    )
    people = tables.people.join(tables.right)
    players = pd.DataFrame(_player(tables, tracks, *group) for group in people.groupby("person"))
    return {
        "figures": {
            name: {"count": int(count), "of": int(whole)}
            for name, (count, whole) in _figures(people, players, tracks).items()
        },
        "players": players.to_dict("records"),
        "tracks": tracks.to_dict("records"),
    }


def followed(tables: ClipTables, track: int) -> str:
    """Whom a track follows in half of its labeled frames or more: a player, by team and number,
    "several" players in turn, "referee" or "nobody"; "unlabeled" where it is in no such frame.
    """
    if track in tables.owners:
        return _name(tables, tables.owners[track])
    frames = tables.tracks[tables.tracks.track == track]
    if frames.empty:
        return "unlabeled"
    if frames.on_referee.mean() >= 0.5:
        return "referee"
    return "several" if (frames.person >= 0).mean() >= 0.5 else "nobody"


def _name(tables: ClipTables, person: int) -> str:
    team = majority(tables.people, "person", ["team"]).team.get(person)
    return f"{team} {tables.numbers.get(person, '?')}"


def _player(
    tables: ClipTables, tracks: pd.DataFrame, person: int, frames: pd.DataFrame
) -> dict[str, Any]:
    """What is right of one true player; frames are counted."""
    name = _name(tables, person)
    own = tracks[(tracks.follows == name) & (tracks.number == tables.numbers.get(person))]
    return {
        "player": name,
        "frames": len(frames),
        "tracked": int((frames.track >= 0).sum()),
        "right team": int(frames.team_correct.eq(True).sum()),
        "right number": int(frames.number_correct.eq(True).sum()),
        "number is": max(own.status, default=""),  # validated rather than tentative
    }


def _figures(
    people: pd.DataFrame, players: pd.DataFrame, tracks: pd.DataFrame
) -> dict[str, tuple[int, int]]:
    """How many, and of how many."""
    kinds = ("several", "referee", "nobody", "unlabeled")
    several, referee, nobody, unlabeled = (tracks.follows == kind for kind in kinds)
    validated = tracks[(tracks.status == "validated") & ~unlabeled]
    right = (validated.follows.str.split().str[-1] == validated.number).sum()
    numbered = people.number.notna().sum()
    return {
        "players' frames: tracked": ((people.track >= 0).sum(), len(people)),
        "players' frames: right team": (people.team_correct.eq(True).sum(), len(people)),
        "players' frames: right number": (people.number_correct.eq(True).sum(), numbered),
        "players: right team where tracked": (
            (2 * players["right team"] > players.tracked).sum(),
            len(players),
        ),
        "players: validated rightly": ((players["number is"] == "validated").sum(), len(players)),
        "validated numbers: right": (right, len(validated)),
        "validated numbers: wrong": (len(validated) - right, len(validated)),
        "tracks: of one player": ((~tracks.follows.isin(kinds)).sum(), len(tracks)),
        "tracks: of several players in turn": (several.sum(), len(tracks)),
        "tracks: of a referee": (referee.sum(), len(tracks)),
        "tracks: of nobody labeled": (nobody.sum(), len(tracks)),
        "tracks: in no labeled frame": (unlabeled.sum(), len(tracks)),
        "referees' tracks with a team": (tracks.team[referee].notna().sum(), referee.sum()),
        "nobody's tracks with a team": (tracks.team[nobody].notna().sum(), nobody.sum()),
    }


def show(found: dict[str, Any], seconds: dict[str, float], frames: int) -> None:
    """Prints everything."""
    for part in ("tracks", "players") if found["tracks"] else ():
        console.print(table(",".join(found[part][0]), [row.values() for row in found[part]]))
    rows = [
        (name, f"{each['count'] / max(1, each['of']):.3f}", f"{each['count']} of {each['of']}")
        for name, each in found["figures"].items()
    ]
    console.print(table("!figure,>share,>counted", rows))
    rows = [(name, f"{spent:.1f}", f"{frames / spent:.1f}") for name, spent in seconds.items()]
    rows.append(("all", f"{sum(seconds.values()):.1f}", f"{frames / sum(seconds.values()):.1f}"))
    console.print(table("stage,>seconds,>frames a second", rows))


def run(folder: Path, truth: Path = TRUTH, tiles: int = TILES) -> dict[str, Any]:
    """Recognizes the players of the clip in a dataset of its own, made anew, and prints how well.

    Args:
        folder: Where :data:`SOURCES` are.
        truth: The clip's labels, in SoccerNet's format.
        tiles: Of the detector.

    Returns:
        Everything that is printed.
    """
    video, weights = find_files(folder)
    if fo.dataset_exists(DATASET):
        fo.delete_dataset(DATASET)
    dataset, (sample_id,) = hoop_plugins.import_videos([video], DATASET)
    seconds = recognize(dataset, weights, tiles)
    hoop_plugins.import_labels(dataset, truth)
    clip = SampleStore(dataset, sample_id)
    found = measure(clip)
    show(found, seconds, clip.frame_count)
    hoop_plugins.evaluate(dataset)
    tell(f"Look at it, and at every error: hoop app {DATASET}")
    return {**found, "seconds": seconds, "frames": clip.frame_count}


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="the folder of clip and weights")
    parser.add_argument("--tiles", type=int, default=TILES, help="of the detector; 1 for none")
    parser.add_argument("--json", type=Path, help="also write everything here")
    parser.add_argument("--render", type=Path, help="also write the annotated video here")
    given = parser.parse_args()
    try:
        find_files(given.data)
        with tempfile.TemporaryDirectory() as site:
            install_example(Path(site))
            found = run(given.data, tiles=given.tiles)
    except HoopError as error:
        sys.exit(f"{error}")
    if given.json:
        given.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    if given.render:
        hoop_plugins.render(fo.load_dataset(DATASET), given.render)


if __name__ == "__main__":
    main()
