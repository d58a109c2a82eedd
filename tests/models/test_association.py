"""Who is who between two frames."""

import numpy as np
import pytest

from hoop_plugins.models.association import match, nearest


def boxes(*xyxy):
    return np.array(xyxy, np.float32).reshape(-1, 4)


def pairs(masks, detections, *, last=None, age=1000, same_class=True, alike=1):
    """Whom ``match`` pairs: by default all wear the same and were last seen long ago, elsewhere."""
    shape = len(masks), len(detections)
    found = match(
        masks,
        detections,
        masks - 1000 if last is None else last,
        np.full(len(masks), age, np.float32),
        np.broadcast_to(same_class, shape),
        np.broadcast_to(np.float32(alike), shape),
    )
    return [(i, j) for i, j, _ in found]


def test_match_is_one_to_one_by_the_best_total():
    masks = boxes((0, 0, 10, 20), (6, 0, 16, 20))
    detections = boxes((5, 0, 15, 20), (0, 0, 10, 20), (50, 0, 60, 20))
    assert pairs(masks, detections) == [(0, 1), (1, 0)]


def test_match_keeps_a_shrunken_mask_with_its_detection_at_a_low_iou():
    assert pairs(boxes((2, 0, 8, 5)), boxes((0, 0, 10, 20))) == [(0, 0)]
    place, one = boxes((0, 0, 10, 20)), np.ones((1, 1), np.float32)
    ((_, _, iou),) = match(boxes((2, 0, 8, 5)), place, place, one[0], one > 0, one)
    assert iou == pytest.approx(0.15)


def test_match_leaves_distant_boxes_alone():
    assert pairs(boxes((0, 0, 10, 20)), boxes((9, 0, 19, 20))) == []
    assert pairs(boxes(), boxes((0, 0, 1, 1))) == []


def test_nearest_allows_a_step_but_not_a_leap():
    old = boxes((0, 0, 10, 40), (100, 0, 110, 40))
    assert nearest(old, boxes((120, 0, 130, 40), (300, 0, 310, 40))) == [(1, 0)]
    assert nearest(boxes(), old) == []


def test_a_detection_of_the_frame_before_outweighs_a_mask_that_strayed():
    detections = boxes((0, 0, 10, 20), (8, 0, 18, 20))
    strayed = boxes((8, 0, 18, 20), (0, 0, 10, 20))
    assert pairs(strayed, detections, last=detections, age=1) == [(0, 0), (1, 1)]
    assert pairs(strayed, detections, last=detections, age=50) == [(0, 1), (1, 0)]


def test_a_track_takes_no_detection_of_another_class_but_its_own():
    mask = boxes((0, 0, 10, 20))
    near, same_place = boxes((4, 0, 14, 20)), boxes((1, 0, 11, 20))
    assert pairs(mask, near, last=mask) != []
    assert pairs(mask, near, last=mask, same_class=False) == []
    assert pairs(mask, same_place, last=mask, same_class=False) == [(0, 0)]


def test_colors_settle_who_is_who_where_both_stand_in_one_place():
    place = boxes((0, 0, 10, 20), (1, 0, 11, 20))
    detections = boxes((0, 0, 10, 20), (1, 0, 11, 20))
    alike = [[0.5, 0.95], [0.9, 0.5]]
    assert pairs(place, detections, last=place, alike=alike) == [(0, 1), (1, 0)]


def test_a_track_takes_no_detection_in_other_colors():
    place = boxes((0, 0, 10, 20))
    assert pairs(place, place, last=place, alike=0.3) == []
