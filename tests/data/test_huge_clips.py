"""Clips with more than the 100 MB that MongoDB attaches to one sample, as long videos have."""

from __future__ import annotations

import fiftyone as fo
import numpy as np
import people
import pytest
from fiftyone import ViewField as F
from pymongo.errors import OperationFailure

from hoop_plugins.compat.fiftyone import frame_collection
from hoop_plugins.data.store import SampleStore
from hoop_plugins.mining.figures import number_patches

ATTACHED = 104_857_600
"""Bytes of frames that MongoDB attaches to one sample at most."""


@pytest.fixture
def huge(clip: SampleStore) -> SampleStore:
    clip.dataset.add_frame_field("note", fo.StringField)
    frames = frame_collection(clip.dataset)
    filler = "x" * (ATTACHED // 25)
    frames.update_many({}, {"$set": {"note": filler}})
    with pytest.raises(OperationFailure, match="Total size"):
        clip.dataset.set_values("frames.players", [{1: fo.Detections()}])
    return clip


def test_labels_are_written_beside_what_is_there(huge: SampleStore) -> None:
    before = frame_collection(huge.dataset).find_one({"frame_number": 7})
    huge.write("players", {7: people.tracked(8), 31: people.tracked(30)})
    after = frame_collection(huge.dataset).find_one({"frame_number": 7})
    assert before is not None
    assert after is not None
    kept = ("_id", "_sample_id", "created_at", "note", "detections")
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    assert after["last_modified_at"] > before["last_modified_at"]
    frames = dict(huge.read("players", last=31))
    assert np.allclose(frames[7].xyxy, people.tracked(8).xyxy, atol=1e-3)
    assert len(frames) == 31


def test_their_crops_are_shown(huge: SampleStore) -> None:
    huge.write("numbers", {frame: people.detections(frame) for frame in (2, 9)})
    patches = number_patches(
        huge.dataset, {huge.sample_id: {2, 9}}, F("label") != "", huge.names, "none"
    )
    assert set(patches.values("frame_number")) == {2, 9}
    assert set(patches.values("sample_id")) == {huge.sample_id}
