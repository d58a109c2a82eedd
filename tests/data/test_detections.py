"""Track ids and masks of detections."""

import numpy as np
import pytest
import supervision as sv

from hoop_plugins.data.detections import compact_masks, covered, track_ids
from hoop_plugins.errors import PluginError

BOXES = np.array([[0, 0, 3, 3], [4, 4, 7, 7]], np.float32)


def test_what_has_no_track_has_the_id_minus_one() -> None:
    assert track_ids(sv.Detections(BOXES, tracker_id=np.array([3, -1]))).tolist() == [3, -1]
    assert track_ids(sv.Detections(BOXES)).tolist() == [-1, -1]
    assert track_ids(sv.Detections.empty()).shape == (0,)


def test_masks_are_crops_or_none() -> None:
    dense = np.zeros((2, 8, 8), bool)
    dense[1, 4:7, 4:7] = True
    detections = sv.Detections(BOXES, mask=dense)
    with pytest.raises(PluginError, match=r"\(2, 8, 8\)"):
        compact_masks(detections)
    masks = compact_masks(detections.to_compact_masks())
    assert masks is not None
    assert np.array_equal(masks.to_dense(), dense)
    assert compact_masks(sv.Detections(BOXES)) is None


def test_people_are_covered_by_those_who_stand_lower() -> None:
    people = np.array([[0, 0, 10, 20], [5, 10, 15, 30], [40, 0, 50, 40]], np.float32)
    assert covered(people, people).tolist() == [[0, 0.25, 0], [0, 0, 0], [0, 0, 0]]
    torsos = np.array([[4, 10, 8, 20], [0, 0, 0, 0], [40, 0, 50, 10]], np.float32)
    assert covered(torsos, people).tolist() == [[0, 0.75, 0], [0, 0, 0], [0, 0, 0]]
