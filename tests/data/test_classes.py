"""Labels that others wrote are read with our names, and stay as they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import fiftyone as fo
import pytest

from hoop_plugins.data.classes import CLASSES_KEY, labeled, lacking, remember, remembered
from hoop_plugins.data.fields import Fields
from hoop_plugins.data.store import SampleStore
from hoop_plugins.errors import HoopError

NAMES = ("Person", "athlete", "jersey number", "Basketball", "crowd", "player-1", "player number")


@pytest.fixture
def theirs(dataset: fo.Dataset, make_video: Callable[..., Path]) -> SampleStore:
    """A frame of labels made with FiftyOne alone, and one without a name."""
    sample = fo.Sample(filepath=str(make_video(frames=2)))
    said = {"team": 3.0, "number": "23.0", "text": "unreadable"}
    labels = [
        fo.Detection(label=name, bounding_box=[0.1, 0.1, 0.1, 0.1], **said)
        for name in (*NAMES, None)
    ]
    sample.frames[1] = fo.Frame(ground_truth=fo.Detections(detections=labels))
    dataset.add_sample(sample)
    return SampleStore(dataset, sample.id)


def read(store: SampleStore) -> list[str]:
    (_, found), *_ = store.read("ground_truth")
    names: list[str] = found.data["class_name"].tolist()
    return names


def test_they_are_read_with_our_names(theirs: SampleStore) -> None:
    assert read(theirs) == ["player", "athlete", "number", "ball", "crowd", "player", "number", ""]
    (_, found), *_ = theirs.read("ground_truth")
    assert set(found.data["team"]) == {"3"}
    assert set(found.data["number"]) == {"23"}
    assert set(found.data["text"]) == {None}
    stored = theirs.dataset.values("frames.ground_truth.detections.label", unwind=True)
    assert stored == [*NAMES, None]


def test_attributes_may_be_called_otherwise(theirs: SampleStore) -> None:
    sample = theirs.dataset.first()
    for label in sample.frames[1]["ground_truth"].detections:
        label["number"], label["jersey_number"] = None, 7
        label["teamName"] = "dark"
    sample.save()
    (_, found), *_ = theirs.read("ground_truth")
    assert set(found.data["number"]) == {"7"}
    assert set(found.data["team"]) == {"3"}, "ours go first"


def test_a_dataset_remembers_names(theirs: SampleStore) -> None:
    remember(theirs.dataset, {"athlete": "player"})
    remember(theirs.dataset, {"crowd": ""})
    again = SampleStore(fo.load_dataset(theirs.dataset.name), theirs.sample_id)
    assert read(again) == ["player", "player", "number", "ball", "", "player", "number", ""]
    clone = theirs.dataset.clone()
    assert remembered(clone) == {"athlete": "player", "crowd": ""}
    clone.delete()


def test_names_given_with_the_fields_go_first(theirs: SampleStore) -> None:
    remember(theirs.dataset, {"athlete": "player"})
    names = Fields(classes={"athlete": "referee", "Person": ""})
    store = SampleStore(theirs.dataset, theirs.sample_id, names)
    assert read(store)[:2] == ["", "referee"]


def test_names_that_are_none_are_refused(theirs: SampleStore) -> None:
    theirs.dataset.info[CLASSES_KEY] = {"athlete": "hero"}
    with pytest.raises(HoopError, match=r"dataset.info\['hoop_classes'\] .*'athlete=hero'"):
        read(theirs)


@pytest.mark.parametrize("given", [{}, {"athlete": "player", "person": "referee"}])
@pytest.mark.parametrize("label", ["player", "referee", "number", "ball"])
def test_the_database_finds_the_same(
    theirs: SampleStore, label: str, given: dict[str, str]
) -> None:
    store = SampleStore(theirs.dataset, theirs.sample_id, Fields(classes=given))
    found = [
        x
        for _, labels in store.find("ground_truth", labeled(label, given), ("label",))
        for x in labels
    ]
    expected = [name for name, ours in zip(NAMES, read(store), strict=False) if ours == label]
    assert [each["label"] for each in found] == expected


def test_what_is_missing_is_said_with_what_is_there(theirs: SampleStore) -> None:
    assert theirs.count_labels("ground_truth") == Counter(NAMES)
    assert lacking(theirs, "ground_truth", "player") == ""
    message = lacking(theirs, "ground_truth", "referee")
    assert message.startswith(
        "frames.ground_truth has no referee: it has Basketball 1, Person 1, athlete 1, crowd 1, "
    )
    assert "--classes athlete=player,crowd=CLASS" in message
