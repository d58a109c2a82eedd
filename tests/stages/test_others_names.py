"""Detectors, and boxes that are there already, that call our classes otherwise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import fiftyone as fo
import people
import pytest
import supervision as sv
from by_rule import ByRule, Networks

import hoop_plugins
from hoop_plugins import plugins
from hoop_plugins.data.classes import remembered
from hoop_plugins.data.image import Image
from hoop_plugins.data.store import SampleStore
from hoop_plugins.errors import HoopError
from hoop_plugins.profiles import load_profile
from hoop_plugins.specs import ModelSpec, Role

ROBOFLOW = {"player": "Player", "number": "jersey number", "referee": "Ref"}


class Renamed(ByRule):
    """Finds people and numbers, and calls them otherwise."""

    def __init__(self, names: dict[str, str]) -> None:
        super().__init__()
        self.names = names

    def detect(self, frames: Sequence[Image]) -> list[sv.Detections]:
        found = super().detect(frames)
        for boxes in found:
            boxes.data["class_name"][:] = [
                self.names.get(name, name) for name in boxes.data["class_name"]
            ]
        return found


class Courtside(Networks):
    """Somebody's plugin: networks by rule, and a detector with names of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.names = ROBOFLOW
        self.known: dict[str, str] = {}

    @hoop_plugins.hookimpl
    def register_models(self, register: Any) -> None:
        super().register_models(register)
        register(ModelSpec("renamed", Role.DETECTOR, self.rename, classes=self.known))

    def rename(self, source: str, device: str = "auto") -> Renamed:
        return Renamed(self.names)


@pytest.fixture
def courtside() -> Iterator[Courtside]:
    plugin = Courtside()
    plugins.manager().register(plugin)
    yield plugin
    plugins.manager().unregister(plugin)


def run(clip: SampleStore, stages: str, **options: Any) -> list[str]:
    """Runs stages; returns what people are told."""
    models: dict[str, Any] = {role.value: "by-rule" for role in Role}
    told: list[str] = []
    done: list[str] = options.pop("told", [])
    hoop_plugins.recognize(
        clip.dataset,
        options.pop("profile", "sample"),
        stages=stages.split(","),
        **{**models, "detector": "renamed", **options},
        progress=lambda step: told.append(step.message),
    )
    done += [message for message in told if "done before" in message]
    return [message for message in told if message and message not in done]


def found(clip: SampleStore, field: str) -> Counter[str]:
    return clip.count_labels(field)


@pytest.mark.parametrize(
    "names",
    [
        ROBOFLOW,
        {"player": "PLAYER", "number": "NUMBER", "referee": "REFEREE"},
        {"player": "person", "number": "jersey-number", "referee": "official"},
    ],
)
def test_a_detector_with_other_spellings(
    clip: SampleStore, courtside: Courtside, names: dict[str, str]
) -> None:
    courtside.names = names
    assert run(clip, "detect,track,pair") == []
    assert found(clip, "detections") == {"player": 120, "number": 120, "referee": 30}
    assert found(clip, "players") == {"player": 120, "referee": 30}
    assert found(clip, "numbers") == {"number": 120}


def test_what_a_detector_says_that_nobody_knows(clip: SampleStore, courtside: Courtside) -> None:
    courtside.names = {"number": "plate"}
    message, missing = run(clip, "detect,track,pair")
    assert "the detector in clip.mp4 has classes that are not known here" in message
    assert "plate 120; name them with --classes plate=CLASS" in message
    assert missing.startswith("frames.detections has no number: it has plate 120, player 120")
    assert found(clip, "detections")["plate"] == 120, "nothing is dropped"


def test_where_it_finds_no_player_the_run_ends(clip: SampleStore, courtside: Courtside) -> None:
    courtside.names = {"player": "athlete"}
    players = dict(clip.read("players"))
    with pytest.raises(HoopError, match=r"no player: it has .*athlete 120.*--classes athlete=play"):
        run(clip, "detect,track")
    assert len(dict(clip.read("players"))) == len(players), "nothing was cleared"


def test_names_given_once_are_remembered(clip: SampleStore, courtside: Courtside) -> None:
    courtside.names = {"player": "athlete", "number": "plate"}
    assert run(clip, "detect,track", classes="athlete=player,plate=number") == []
    assert found(clip, "detections") == {"player": 120, "number": 120, "referee": 30}
    assert remembered(clip.dataset) == {"athlete": "player", "plate": "number"}


def test_names_that_a_package_gives_with_its_model(clip: SampleStore, courtside: Courtside) -> None:
    courtside.names = {"player": "athlete", "referee": "staff"}
    courtside.known = {"athlete": "player", "staff": ""}
    assert run(clip, "detect,track") == []
    assert found(clip, "detections") == {"player": 120, "number": 120}


def test_a_profile_s_names(clip: SampleStore, courtside: Courtside) -> None:
    courtside.names = {"player": "athlete"}
    profile = replace(load_profile("sample"), classes={"athlete": "player"})
    assert run(clip, "detect,track", profile=profile) == []
    assert found(clip, "players") == {"player": 120, "referee": 30}


def test_with_other_names_the_stages_run_anew(clip: SampleStore, courtside: Courtside) -> None:
    courtside.names = {"number": "plate"}
    source = "frames.numbers.detections.source"
    run(clip, "detect,track,pair")
    assert clip.dataset.count_values(source) == {"torso": 120}
    run(clip, "detect,track,pair", classes="plate=number")
    assert clip.dataset.count_values(source) == {None: 120}
    done: list[str] = []
    run(clip, "detect,track,pair", told=done)
    assert len(done) == 3, "the dataset remembers them"


def mine(clip: SampleStore, names: dict[str, str]) -> None:
    """Boxes that a person drew, with FiftyOne alone."""
    for sample in clip.dataset.iter_samples(autosave=True):
        for number, frame in sample.frames.items():
            frame["mine"] = fo.Detections(
                detections=[
                    fo.Detection(label=names.get(name, name), bounding_box=box)
                    for name, box in zip(
                        people.detections(number).data["class_name"],
                        [[0.1, 0.3, 0.1, 0.4]] * 9,
                        strict=True,
                    )
                ]
            )


def test_boxes_that_are_there_already(clip: SampleStore, courtside: Courtside) -> None:
    from hoop_plugins.stages.pipeline import job_fields

    mine(clip, {"player": "athlete", "referee": "Umpire", "number": "plate"})
    names = job_fields(detections="mine")
    with pytest.raises(HoopError, match=r"frames.mine has no player: it has .*athlete 120"):
        run(clip, "track", fields=names)
    (note,) = run(clip, "track", fields=names, classes="athlete=player")
    assert "frames.mine of clip.mp4 has classes that are not known here" in note
    assert "plate 120; name them with --classes plate=CLASS" in note
    assert found(clip, "players") == {"player": 120, "referee": 30}
    store = SampleStore(clip.dataset, clip.sample_id, names)
    assert store.count_labels("detections")["athlete"] == 120, "they stay as they were"
