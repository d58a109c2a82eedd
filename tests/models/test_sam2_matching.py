"""Who is who between two frames."""

import numpy as np
import pytest

from hoop_plugins.models.sam2_matching import doubles, match, nearest


def boxes(*xyxy):
    return np.array(xyxy, np.float32).reshape(-1, 4)


def test_match_is_one_to_one_by_the_best_total():
    masks = boxes((0, 0, 10, 20), (6, 0, 16, 20))
    detections = boxes((5, 0, 15, 20), (0, 0, 10, 20), (50, 0, 60, 20))
    assert [(i, j) for i, j, _ in match(masks, detections)] == [(0, 1), (1, 0)]


def test_match_keeps_a_shrunken_mask_with_its_detection_at_a_low_iou():
    ((i, j, iou),) = match(boxes((2, 0, 8, 5)), boxes((0, 0, 10, 20)))
    assert (i, j) == (0, 0)
    assert iou == pytest.approx(0.15)


def test_match_leaves_distant_boxes_alone():
    assert match(boxes((0, 0, 10, 20)), boxes((9, 0, 19, 20))) == []
    assert match(boxes(), boxes((0, 0, 1, 1))) == []


def test_nearest_allows_a_step_but_not_a_leap():
    old = boxes((0, 0, 10, 40), (100, 0, 110, 40))
    assert nearest(old, boxes((120, 0, 130, 40), (300, 0, 310, 40))) == [(1, 0)]
    assert nearest(boxes(), old) == []


def test_of_two_tracks_on_one_body_the_younger_goes():
    masks = np.zeros((3, 8, 8), bool)
    masks[:2, 1:6, 1:6] = True
    masks[1, 5, 5] = False
    masks[2, 6:, 6:] = True
    assert doubles(masks, [(5.0, -0.9), (0.0, -0.5), (0.0, -0.9)]) == [0]
    assert doubles(masks, [(0.0, -0.9), (0.0, -0.5), (0.0, -0.9)]) == [1]


def test_empty_masks_are_no_doubles():
    assert doubles(np.zeros((2, 4, 4), bool), [(0.0, 0.0), (0.0, 0.0)]) == []


def test_a_detection_of_the_frame_before_outweighs_a_mask_that_strayed():
    detections = boxes((0, 0, 10, 20), (8, 0, 18, 20))
    strayed = boxes((8, 0, 18, 20), (0, 0, 10, 20))
    pairs = match(strayed, detections, last=detections, age=np.array([1, 1], np.float32))
    assert [(i, j) for i, j, _ in pairs] == [(0, 0), (1, 1)]
    pairs = match(strayed, detections, last=detections, age=np.array([50, 50], np.float32))
    assert [(i, j) for i, j, _ in pairs] == [(0, 1), (1, 0)]


def test_a_track_takes_no_detection_of_another_class_but_its_own():
    mask = boxes((0, 0, 10, 20))
    near, same_place = boxes((4, 0, 14, 20)), boxes((1, 0, 11, 20))
    other = np.array([[False]])
    assert match(mask, near, last=mask) != []
    assert match(mask, near, last=mask, same_class=other) == []
    assert [(i, j) for i, j, _ in match(mask, same_place, last=mask, same_class=other)] == [(0, 0)]


def test_colors_settle_who_is_who_where_both_stand_in_one_place():
    place = boxes((0, 0, 10, 20), (1, 0, 11, 20))
    detections = boxes((0, 0, 10, 20), (1, 0, 11, 20))
    alike = np.array([[0.5, 0.95], [0.9, 0.5]], np.float32)
    pairs = match(place, detections, last=place, alike=alike)
    assert [(i, j) for i, j, _ in pairs] == [(0, 1), (1, 0)]


def test_a_track_takes_no_detection_in_other_colors():
    place = boxes((0, 0, 10, 20))
    assert match(place, place, last=place, alike=np.array([[0.3]], np.float32)) == []
