"""What people's kits look like."""

import numpy as np
import pytest

from hoop_plugins.data.masks import from_crops
from hoop_plugins.models.kit_colors import BINS, UNKNOWN, likeness, torso_histograms

RED, BLUE = (200, 40, 30), (30, 40, 200)


def frame_of(*shirts):
    """People of 20 x 50 pixels side by side on gray, and their boxes."""
    frame = np.full((60, 30 * len(shirts), 3), 90, np.uint8)
    boxes = np.array([(30 * i, 5, 30 * i + 20, 55) for i in range(len(shirts))], np.float32)
    for (x1, y1, x2, _), shirt in zip(boxes.astype(int), shirts, strict=True):
        frame[y1 : y1 + 30, x1:x2] = shirt
    return frame, boxes


def test_a_shirt_is_like_its_own_kind_only():
    found = torso_histograms(*frame_of(RED, RED, BLUE))
    assert found.shape == (3, BINS**3)
    alike = likeness(found, found)
    assert alike[0] == pytest.approx([1, 1, 0])
    assert alike[2] == pytest.approx([0, 0, 1])


def test_shorts_and_arms_do_not_count():
    frame, boxes = frame_of(RED)
    before = torso_histograms(frame, boxes)
    frame[35:55, :20] = BLUE
    frame[5:35, :5] = frame[5:35, 15:20] = BLUE
    assert likeness(before, torso_histograms(frame, boxes))[0, 0] == pytest.approx(1)


def test_a_box_at_the_edge_or_outside_is_described_by_what_is_there():
    frame, boxes = frame_of(RED)
    outside = boxes + 1000
    cut = boxes - (8, 0, 8, 0)
    found = torso_histograms(frame, np.concatenate([boxes, outside, cut]))
    assert not found[1].any()
    alike = likeness(found[:1], found)
    assert alike[0, 1] == pytest.approx(UNKNOWN)
    assert alike[0, 2] == pytest.approx(1)


def test_nobody():
    frame, boxes = frame_of(RED)
    nobody = torso_histograms(frame, boxes[:0])
    assert likeness(nobody, torso_histograms(frame, boxes)).shape == (0, 1)


def test_of_who_has_a_mask_only_its_pixels_count():
    frame, boxes = frame_of(RED, RED)
    before = torso_histograms(frame, boxes)
    frame[5:35, 10:20] = BLUE  # somebody in front of the first
    half = np.zeros((50, 20), bool)
    half[:, :10] = True
    masks = from_crops([half, np.zeros((1, 1), bool)], [(0, 5), (30, 5)], (60, 60))
    alike = likeness(before, torso_histograms(frame, boxes, masks))
    assert alike[0] == pytest.approx(1)
    assert likeness(before, torso_histograms(frame, boxes))[0, 0] < 0.8


def test_of_whom_the_mask_does_not_show_the_torso_the_box_counts():
    frame, boxes = frame_of(RED)
    legs = from_crops([np.ones((15, 20), bool)], [(0, 40)], (60, 30))
    found = torso_histograms(frame, boxes, legs)
    assert likeness(torso_histograms(frame, boxes), found)[0, 0] == pytest.approx(1)
