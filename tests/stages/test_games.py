"""Which clips are one game."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import Any

import fiftyone as fo
import numpy as np
import people
import pytest
import supervision as sv
from number_reads import reads

import hoop_plugins
from hoop_plugins import plugins
from hoop_plugins.data.image import Image
from hoop_plugins.data.store import SampleStore
from hoop_plugins.data.video import write_video
from hoop_plugins.specs import ModelSpec, Role
from hoop_plugins.stages.pipeline import run_stages
from hoop_plugins.stages.stage import Progress, Stage


class Together(Stage):
    """Notes which clips it is given at once."""

    name = "together"
    order = 70
    whole_game = True

    def run(self, clips: Sequence[SampleStore]) -> Generator[Progress, None, None]:
        yield Progress(self.name, "+".join(clip.name for clip in clips), 1, 1)


def games(dataset: fo.Dataset) -> list[str]:
    return [step.video for step in run_stages(dataset, [Together()]) if step.stage == "together"]


@pytest.mark.parametrize(
    ("first", "second", "third"),
    [
        (0, 0, 1),
        (0.0, 0.0, 2.5),
        ("finals", "finals", "semifinals"),
        (*[fo.Classification(label="finals") for _ in "12"], fo.Classification(label="other")),
        (False, False, True),
    ],
)
def test_clips_with_one_game_are_together(
    first: Any, second: Any, third: Any, dataset: fo.Dataset, make_video: Callable[..., Path]
) -> None:
    for name, game in (("a.mp4", first), ("b.mp4", second), ("c.mp4", third)):
        dataset.add_sample(fo.Sample(filepath=str(make_video(name)), game=game))
    assert games(dataset) == ["a.mp4+b.mp4", "c.mp4"]


@pytest.mark.parametrize("starts", [("now", None), ("20:15", "19:00"), (["a"], [])])
def test_what_others_call_start_time_is_no_order(
    starts: Any, dataset: fo.Dataset, make_video: Callable[..., Path]
) -> None:
    for name in ("a.mp4", "b.mp4"):
        dataset.add_sample(fo.Sample(filepath=str(make_video(name)), game="finals"))
    dataset.set_values("start_time", list(starts))
    assert games(dataset) == ["a.mp4+b.mp4"]


def test_clips_without_a_game_are_each_their_own(
    dataset: fo.Dataset, make_video: Callable[..., Path]
) -> None:
    for name in ("a.mp4", "b.mp4"):
        dataset.add_sample(fo.Sample(filepath=str(make_video(name))))
    assert games(dataset) == ["a.mp4", "b.mp4"]
    dataset.add_sample_field("game", fo.IntField)
    assert games(dataset) == ["a.mp4", "b.mp4"]


def test_clips_of_a_game_are_in_its_order(
    dataset: fo.Dataset, make_video: Callable[..., Path]
) -> None:
    for name, start in (("c.mp4", 20.0), ("a.mp4", None), ("b.mp4", 10.0)):
        path = str(make_video(name))
        dataset.add_sample(fo.Sample(filepath=path, game="finals", start_time=start))
    dataset.add_sample(fo.Sample(filepath=str(make_video("d.mp4")), game="other", start_time=0.0))
    assert games(dataset) == ["a.mp4+b.mp4+c.mp4", "d.mp4"]


FRAMES = 40
COLORS = {"dark": (10, 40, 90), "light": (150, 190, 240), None: (120, 120, 120)}


def court(frame: int) -> Image:
    """Everybody in the team's color and a shade of his own; the corner says which frame it is."""
    image = np.full((180, 320, 3), 60, np.uint8)
    image[:40, :40] = 5 * frame
    for person in people.PEOPLE:
        left, top, right, bottom = people.box(person, frame)
        image[top:bottom, left:right] = COLORS[person.team]
        image[top:bottom, left:right, 0] += 20 * person.index
    return image


class Watching:
    """Plays every role by looking at :func:`court`; as a tracker it numbers people as they come."""

    def __init__(self) -> None:
        self.turn = 0

    def frame(self, image: Image) -> int:
        return round(float(image[5:35, 5:35].mean()) / 5)

    def detect(self, frames: Sequence[Image]) -> list[sv.Detections]:
        return [people.detections(self.frame(frame)) for frame in frames]

    def start(self, video: Any) -> Watching:
        self.turn += 1
        return self

    def wants_detections(self) -> bool:
        return True

    def step(self, frame: Image, detections: sv.Detections | None) -> sv.Detections:
        found = people.tracked(self.frame(frame))
        assert found.tracker_id is not None
        found.tracker_id = (found.tracker_id + self.turn) % len(people.PEOPLE) + 1
        return found

    def reset(self) -> None:
        pass

    def state(self) -> dict[str, Any]:
        return {}

    def restore(self, state: dict[str, Any]) -> None:
        pass

    def embed(self, crops: Sequence[Image]) -> np.ndarray:
        return np.stack([crop.mean(axis=(0, 1)) for crop in crops]).astype(np.float32)

    def read(self, crops: Sequence[Image]) -> np.ndarray:
        middles = [crop[len(crop) // 2, crop.shape[1] // 2].astype(float) for crop in crops]
        shades = {
            person.number: np.add(COLORS[person.team], (20 * person.index, 0, 0))
            for person in people.PEOPLE
        }
        return reads(
            *[min(shades, key=lambda n: np.abs(shades[n] - middle).sum()) for middle in middles]
        )


@pytest.fixture
def watching() -> Generator[Watching, None, None]:
    """A third party's plugin of networks by rule."""
    network = Watching()

    class Networks:
        @hoop_plugins.hookimpl
        def register_models(self, register: Callable[[ModelSpec], None]) -> None:
            for role in Role:
                register(ModelSpec("watching", role, lambda source, device="auto": network))

    plugin = Networks()
    plugins.manager().register(plugin)
    yield network
    plugins.manager().unregister(plugin)


def test_a_recording_is_recognized_as_one_game(watching: Watching, tmp_path: Path) -> None:
    """One person, one id: over its clips, though the tracker numbers people anew in each."""
    write_video(tmp_path / "finals.mp4", [court(frame) for frame in range(1, FRAMES + 1)], 25)
    dataset, ids = hoop_plugins.import_videos(
        [tmp_path / "finals.mp4"], tmp_path.name, clip_length=0.8, into=tmp_path / "clips"
    )
    try:
        models = {role.value: "watching" for role in Role}
        stages = ["detect", "track", "pair", "read", "link", "validate"]
        hoop_plugins.recognize(dataset, "sample", stages=stages, device="cpu", **models)
        clips = [SampleStore(dataset, sample_id) for sample_id in ids]
        assert [clip.frame_count for clip in clips] == [20, 20]
        seen: list[dict[int, str | None]] = []
        trackers: list[list[int]] = []
        for clip in clips:
            frames = dict(clip.read("players", masks=False))
            assert list(frames) == list(range(1, 21))
            trackers.append(list(frames[1].data["track"]))
            seen.append({t.index: t.number for t in clip.read_tracks().values() if t.number})
        assert trackers[0] != trackers[1]
        assert seen[0] == seen[1]
        assert sorted(map(str, seen[0].values())) == ["00", "11", "23", "7"]
        for number, frame in enumerate(dataset.view().values("frames.players.detections.index")):
            assert all(set(seen[number]) <= set(found) for found in frame)
        who, second = next(iter(seen[0])), clips[1]
        hoop_plugins.correct(dataset, who, sample=second.name, other_from=1)
        assert [who in clip.read_tracks() for clip in clips] == [True, False]
    finally:
        dataset.delete()
