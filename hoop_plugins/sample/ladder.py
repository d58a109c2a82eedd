"""What each step from the original's way to ours brings, on held-out games with everything in them.

A game of a minute has camera cuts, players who leave and return, and substitutions. On its stored
detections the job runs rung by rung; each rung does all that the one before it does, and one thing
more.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.table import Table

from hoop_plugins.sample.workers import workers

if TYPE_CHECKING:
    import fiftyone as fo

Figures = dict[str, float]

UNLINKED = ("track", "teams", "pair", "read", "validate")
ONCE = {"check_every": 0}
NEWCOMERS = {"check_every": 1, "drift_iou": 0.0}
"""Whoever is detected and has no track gets one; a mask that drifts off is left to drift."""


@dataclass(frozen=True)
class Rung:
    """One way of running the job.

    Attributes:
        name: For people.
        stages: What runs; stages that are done with the same settings do nothing.
        track: Options of the tracker that differ from the profile's.
        lock_first: Whether the first number that is validated stands for ever.
        roster: Whether it is told who may play.
    """

    name: str
    stages: tuple[str, ...]
    track: Mapping[str, Any] = field(default_factory=dict)
    lock_first: bool = False
    roster: bool = False


WAYS = (
    (Rung("original", UNLINKED, ONCE, lock_first=True),),
    (Rung("newcomers", UNLINKED, NEWCOMERS),),
    (Rung("checks", UNLINKED),),
    (
        Rung("shots", ("shots", *UNLINKED)),
        Rung("link", ("link", "validate")),
        Rung("roster", ("link", "validate"), roster=True),
    ),
)
"""The rungs, by what is tracked anew: those of one way work on the same tracks."""

COLUMNS: Mapping[str, Callable[[Mapping[str, Any]], float | None]] = {
    "IDF1": lambda report: report["tracking"]["idf1"],
    "HOTA": lambda report: report["tracking"]["hota"],
    "switches": lambda report: report["tracking"]["id_switches"],
    "identity": lambda report: report["identity"]["frame_accuracy"],
    "validated": lambda report: report["numbers"]["validated"]["tracks"],
    "right": lambda report: report["numbers"]["validated"]["right"],
}
"""What is told of a rung, by where an evaluation says it."""

SUMMED = ("switches", "validated", "right")


def run_ladder(
    work: Path,
    seeds: Sequence[int],
    seconds: float = 60.0,
    processes: int = 2,
    tell: Callable[[str], Any] = print,
) -> dict[str, Figures]:
    """Renders games, runs every rung on each, and evaluates it. What is done is kept.

    The dataset of the last rung stays, as ``hoop-ladder-SEED``.

    Args:
        work: Folder for the games and each rung's figures.
        seeds: Of the games.
        seconds: Length of a game.
        processes: So many games and rungs at once, each on one thread.
        tell: Called with a line at each step.

    Returns:
        By rung, in order: the mean of each figure over the games, of :data:`SUMMED` the sum.

    Raises:
        HoopError: If the folder has figures of games of another length, or there are datasets of
            games in another folder.
    """
    for seed in seeds:
        _check(work, seed, seconds)
    with workers(processes) as pool:
        tell(f"rendering {len(seeds)} games of {seconds:g} s, and detecting on them")
        for _ in pool.map(partial(_prepare, work, seconds), seeds):
            pass
        tell("running every rung on every game")
        waiting = [
            pool.submit(_climb, work, seed, way) for way in range(len(WAYS)) for seed in seeds
        ]
        for done, one in enumerate(waiting, start=1):
            tell(f"{one.result()} ({done} of {len(waiting)})")
    return pooled([_kept(work, seed) for seed in seeds])


def pooled(games: Sequence[Mapping[str, Figures]]) -> dict[str, Figures]:
    """The figures of several games of one length as one: see :func:`run_ladder`."""
    found = {}
    for rung in games[0]:
        columns = {name: [game[rung][name] for game in games] for name in COLUMNS}
        found[rung] = {
            name: sum(values) / (1 if name in SUMMED else len(values))
            for name, values in columns.items()
        }
    return found


def table(ladder: Mapping[str, Figures]) -> Table:
    """The ladder, for a terminal."""
    shown = Table(title="From the original's way to ours: each rung adds one thing")
    for column in ("rung", *list(COLUMNS)[:4], "validated"):
        shown.add_column(column, justify="left" if column == "rung" else "right")
    for rung, figures in ladder.items():
        cells = [f"{figures[name]:.3f}" for name in ("IDF1", "HOTA")]
        cells += [f"{figures['switches']:.0f}", f"{figures['identity']:.3f}"]
        shown.add_row(rung, *cells, f"{figures['right']:.0f} of {figures['validated']:.0f} right")
    return shown


def _name(seed: int) -> str:
    return f"hoop-ladder-{seed}"


def _figures_at(work: Path, seed: int, rung: Rung) -> Path:
    return work / str(seed) / f"{rung.name}.json"


def _kept(work: Path, seed: int) -> dict[str, Figures]:
    return {
        rung.name: json.loads(_figures_at(work, seed, rung).read_text("utf-8"))
        for way in WAYS
        for rung in way
    }


def _left(work: Path, seed: int, way: int) -> list[Rung]:
    return [rung for rung in WAYS[way] if not _figures_at(work, seed, rung).is_file()]


def _check(work: Path, seed: int, seconds: float) -> None:
    """Refuses to take what was done on another game for this one."""
    import fiftyone as fo

    from hoop_plugins import HoopError
    from hoop_plugins.data.folders import files_in
    from hoop_plugins.sample.export import read_json

    folder = (work / str(seed)).absolute()
    kept = next(iter(files_in(folder, "ground_truth/*.json.gz")), None)
    if kept and (length := read_json(kept)["made"]["seconds"]) != seconds:
        raise HoopError(
            f"{folder} holds a game of {length:g} s: give that length, or another folder"
        )
    for name in (_dataset(seed, way) for way in range(len(WAYS))):
        paths = fo.load_dataset(name).values("filepath") if fo.dataset_exists(name) else []
        if other := next((path for path in paths if not Path(path).is_relative_to(folder)), None):
            raise HoopError(f"dataset {name!r} is of {other}: go on there, or delete it first")


def _prepare(work: Path, seconds: float, seed: int) -> None:
    """One game with its detections: a dataset for every way of tracking that is left."""
    import fiftyone as fo

    from hoop_plugins import recognize
    from hoop_plugins.sample.export import render_clips
    from hoop_plugins.sample.loading import load_rendered

    folder, changes = work / str(seed), ("cuts", "entries", "substitutions")
    render_clips(folder, seed, seconds, 1, "arena", 0, None, **dict.fromkeys(changes, True))
    game = load_rendered(work / str(seed), _name(seed))
    for way in range(len(WAYS)):
        name = _dataset(seed, way)
        if _left(work, seed, way) and not (name != game.name and fo.dataset_exists(name)):
            recognize(game, "sample", stages=["detect"])
            if name != game.name:
                game.clone(name, persistent=True)


def _dataset(seed: int, way: int) -> str:
    last = way == len(WAYS) - 1
    return _name(seed) if last else f"{_name(seed)}-{WAYS[way][0].name}"


def _climb(work: Path, seed: int, way: int) -> str:
    """Runs the rungs of one way that are left on one game, and keeps their figures."""
    import fiftyone as fo

    name = _dataset(seed, way)
    for rung in _left(work, seed, way):
        game = fo.load_dataset(name)
        figures = _measure(game, rung, roster_of(work / str(seed)) if rung.roster else None)
        written = _figures_at(work, seed, rung)
        written.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    if name != _name(seed) and fo.dataset_exists(name):
        fo.delete_dataset(name)
    return f"game {seed}: {', '.join(rung.name for rung in WAYS[way])}"


def _measure(game: fo.Dataset, rung: Rung, roster: Path | None) -> Figures:
    from hoop_plugins import evaluate, load_profile, recognize

    profile = load_profile("sample")
    options = {**profile.stages["track"].options, **rung.track}
    profile = profile.with_settings("track", options=options)
    profile = profile.with_settings("validate", lock_first=rung.lock_first)
    recognize(game, profile, stages=rung.stages, roster=roster)
    report = evaluate(game, mark=False).to_json()
    return {name: value(report) or 0.0 for name, value in COLUMNS.items()}


def roster_of(game: Path) -> Path:
    """Writes the roster of a rendered game beside it, the bench included.

    Args:
        game: The folder that it was rendered into.

    Returns:
        The CSV file.
    """
    from hoop_plugins.data.folders import files_in
    from hoop_plugins.sample.export import load_truth

    (truth,) = files_in(game, "ground_truth/*.json.gz")
    players = {
        (person.team, person.number)
        for frame in load_truth(truth)
        for person in frame.people
        if person.team and person.number
    }
    path = game / "roster.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["team", "number", "name"])
        rows.writerows([team, number, f"{team} {number}"] for team, number in sorted(players))
    return path
