"""The stage that finds teams: who belongs to neither, and what people say of two players."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import fiftyone as fo
import numpy as np
import pytest
import supervision as sv

import hoop_plugins
from hoop_plugins import corrections, plugins, profiles
from hoop_plugins.data.image import Image
from hoop_plugins.data.masks import from_crops
from hoop_plugins.data.store import SampleStore
from hoop_plugins.data.tracks import Track
from hoop_plugins.data.video import write_video
from hoop_plugins.data.vocabulary import NO_NUMBER, NUMBERS
from hoop_plugins.errors import HoopError
from hoop_plugins.specs import ModelSpec, Role
from hoop_plugins.stages import clustering
from hoop_plugins.stages.pipeline import build_stages, run_stages
from hoop_plugins.stages.teams import KIT_STRIDE

FRAMES = 36
NAVY, WHITE, GREEN, GRAY = (20, 30, 90), (235, 235, 235), (20, 160, 40), (110, 110, 110)
KITS = (NAVY, NAVY, NAVY, WHITE, WHITE, WHITE, GREEN)


class Middle:
    """Embeds the mean color of a crop."""

    def embed(self, crops: Sequence[Image]) -> np.ndarray:
        return np.array([crop.mean((0, 1)) for crop in crops], np.float32).reshape(-1, 3)


class Blind:
    """Sees the same in every crop."""

    def embed(self, crops: Sequence[Image]) -> np.ndarray:
        return np.ones((len(crops), 3), np.float32)


class Embedders:
    """A third party's plugin."""

    @hoop_plugins.hookimpl
    def register_models(self, register: Any) -> None:
        for kind in (Middle, Blind):
            register(
                ModelSpec(kind.__name__, Role.EMBEDDER, lambda source, device, made=kind: made())
            )


@pytest.fixture(autouse=True)
def embedders(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(clustering, "LEAST_CROPS", 10_000)  # spares UMAP's compilation
    plugin = Embedders()
    plugins.manager().register(plugin)
    yield
    plugins.manager().unregister(plugin)


@pytest.fixture
def make(dataset: fo.Dataset, tmp_path: Path) -> Callable[..., SampleStore]:
    """A clip of people who stand in their kits, each with a number that was read as 7."""

    def made(kits: Sequence[Sequence[int]] = KITS) -> SampleStore:
        picture = np.full((120, 60 * len(kits), 3), GRAY, np.uint8)
        boxes = [(60 * i + 10, 20, 60 * i + 50, 110) for i in range(len(kits))]
        for (x1, y1, x2, y2), kit in zip(boxes, kits, strict=True):
            picture[y1:y2, x1:x2] = kit
        path = tmp_path / f"{len(dataset)}.mp4"
        write_video(path, [picture] * FRAMES, 25)
        sample = fo.Sample(filepath=str(path))
        dataset.add_sample(sample)
        clip = SampleStore(dataset, sample.id)
        ids = np.arange(1, len(kits) + 1)
        people = sv.Detections(
            np.array(boxes, np.float32),
            confidence=np.full(len(kits), 0.9, np.float32),
            tracker_id=ids,
            data={"class_name": np.array(["player"] * len(kits), dtype=object), "track": ids},
        )
        rows = np.zeros((len(kits), NO_NUMBER + 1))
        rows[:, NUMBERS.index("7")] = 1
        numbers = sv.Detections(
            np.add(people.xyxy, (10, 20, -10, -50)),
            confidence=people.confidence,
            tracker_id=ids,
            data={
                "class_name": np.array(["number"] * len(kits), dtype=object),
                "track": ids,
                "probabilities": np.array([*rows, None], dtype=object)[:-1],
            },
        )
        frames = range(1, FRAMES + 1)
        clip.write("players", dict.fromkeys(frames, people))
        clip.write("numbers", dict.fromkeys(frames, numbers))
        clip.write_tracks(Track(int(i), 1, FRAMES) for i in ids)
        return clip

    return made


def run(clip: SampleStore, embedder: str, *names: str) -> list[str]:
    profile = profiles.load_profile("pretrained").with_models(embedder=embedder)
    profile = profile.with_settings("teams", stride=3)
    stages = build_stages(profile, names or ("teams",), "cpu")
    said = [s.message for s in run_stages(clip.dataset, stages, overwrite=True) if s.message]
    return [message for message in said if "too few for UMAP" not in message]


def teams(clip: SampleStore) -> dict[int, str | None]:
    return {index: track.team for index, track in clip.read_tracks().items()}


def test_who_wears_neither_kit_has_no_team(make: Callable[..., SampleStore]) -> None:
    clip = make()
    said = run(clip, "Middle")
    assert list(teams(clip).values()) == ["dark"] * 3 + ["light"] * 3 + [None]
    assert said == [
        "1 of 7 tracks wear neither team's kit: they have no team and no number (players, "
        "team_confidence 0)"
    ]
    _, players = next(iter(clip.read("players")))
    assert players.data["team"].tolist()[-1] is None
    assert players.data["team_confidence"].tolist()[-1] == 0


def test_such_people_have_no_number_either(make: Callable[..., SampleStore]) -> None:
    clip = make()
    run(clip, "Middle", "teams", "validate")
    tracks = clip.read_tracks()
    assert tracks[1].number == "7"
    assert (tracks[7].number, tracks[7].number_status) == (None, None)


def test_linking_makes_nobody_of_them(make: Callable[..., SampleStore]) -> None:
    clip = make()
    run(clip, "Middle", "teams", "link", "validate")
    tracks = clip.read_tracks()
    outside = [track for track in tracks.values() if track.outsider]
    assert [(track.team, track.number) for track in outside] == [(None, None)]
    assert sum(track.team is not None for track in tracks.values()) == 6


def test_kits_help_where_the_embedder_sees_nothing(make: Callable[..., SampleStore]) -> None:
    clip = make(KITS[:6])
    said = run(clip, "Blind")
    assert list(teams(clip).values()) == ["dark"] * 3 + ["light"] * 3
    assert said == ["teams are told apart by kit colors: of the crops, they all look the same"]


def test_one_player_of_each_team_that_a_person_names_is_enough(
    make: Callable[..., SampleStore],
) -> None:
    clip = make([NAVY] * 8 + [WHITE])
    assert "the smaller group has 11%, below 20%" in run(clip, "Middle")[0]
    assert set(teams(clip).values()) == {"dark"}
    corrections.correct(clip, 2, team="dark")
    assert run(clip, "Middle") == ["done before with these settings"]
    corrections.correct(clip, 9, team="light")
    run(clip, "Middle")
    assert list(teams(clip).values()) == ["dark"] * 8 + ["light"]
    assert run(clip, "Middle") == ["done before with these settings"]


def test_what_people_correct_later_does_not_divide_anew(make: Callable[..., SampleStore]) -> None:
    clip = make()
    run(clip, "Middle")
    corrections.correct(clip, 1, team="light")
    corrections.correct(clip, 2, team="dark")
    assert run(clip, "Middle") == ["done before with these settings"]


def test_colors_of_head_and_arms_are_kept_of_who_has_a_mask(
    make: Callable[..., SampleStore],
) -> None:
    clip = make()
    for frame, players in clip.read("players"):
        whole, none = np.ones((90, 40), bool), np.zeros((1, 1), bool)
        crops = [whole, *[none] * (len(players) - 1)]
        corners = [(int(x1), int(y1)) for x1, y1, _, _ in players.xyxy]
        players.mask = from_crops(crops, corners, (120, 60 * len(players)))
        clip.write("players", {frame: players})
    run(clip, "Middle")
    for frame, players in clip.read("players"):
        kept = [value is not None for value in players.data["appearance"]]
        assert kept == [frame % KIT_STRIDE == 1] + [False] * (len(players) - 1)
        assert all((kit is not None) == (frame % KIT_STRIDE == 1) for kit in players.data["kit"])


def test_masks_of_frames_that_are_not_looked_at_are_not_decoded(
    make: Callable[..., SampleStore],
) -> None:
    clip = make()
    gone = {"$set": {"players.detections.0.mask_path": "gone.png"}}
    for frame in range(2, FRAMES, KIT_STRIDE):
        clip._frames.update_one({**clip._mine, "frame_number": frame}, gone)
    run(clip, "Middle")
    assert set(teams(clip).values()) == {"dark", "light", None}
    clip._frames.update_one({**clip._mine, "frame_number": 1}, gone)
    clip.forget("teams")
    with pytest.raises(HoopError, match=r"frame 1: the mask gone\.png of 'player' cannot be read"):
        run(clip, "Middle")
