"""Crops and what is stored of a read."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import supervision as sv

from hoop_plugins.data.vocabulary import NO_NUMBER, NUMBERS
from hoop_plugins.stages.read import choose, crop_quality, padded_crop, reading


@pytest.mark.parametrize(
    ("frames", "interval", "chosen"),
    [
        ([3, 4, 7, 8, 9, 20, 24, 25], 5, [3, 8, 20, 25]),
        ([1, 2, 3], 1, [1, 2, 3]),
        ([], 5, []),
    ],
)
def test_a_track_is_read_every_fifth_frame_counted_from_its_last_read(
    frames: list[int], interval: int, chosen: list[int]
) -> None:
    def numbers(*tracks: int) -> sv.Detections:
        return sv.Detections(np.zeros((len(tracks), 4)), tracker_id=np.array(tracks, dtype=int))

    found = [(frame, numbers(7, 8) if frame == 4 else numbers(7)) for frame in frames]
    others = {4: {8}} if 4 in frames else {}
    assert choose(found, lambda index: interval) == {frame: {7} for frame in chosen} | others


@pytest.mark.parametrize(
    ("box", "shape"),
    [
        pytest.param((50, 40, 60, 50), (30, 30), id="inside"),
        pytest.param((2, 0, 12, 10), (20, 22), id="corner"),
        pytest.param((95, 70, 130, 85), (20, 15), id="beyond the edge"),
        pytest.param((-40, -40, -20, -20), (0, 0), id="outside"),
    ],
)
def test_crops_are_padded_as_far_as_the_frame_goes(
    box: tuple[int, ...], shape: tuple[int, int]
) -> None:
    image = np.zeros((80, 100, 3), dtype=np.uint8)
    crop = padded_crop(image, box, 10)
    assert crop.shape[:2] == shape or (0 in crop.shape and 0 in shape)


def test_sharp_and_large_crops_are_better() -> None:
    random = np.random.default_rng(0)
    sharp = random.integers(0, 255, (40, 40, 3), dtype=np.uint8)
    blurred = cv2.GaussianBlur(sharp, (15, 15), 0)
    assert crop_quality(sharp) > crop_quality(blurred) > crop_quality(np.zeros_like(sharp))
    assert crop_quality(sharp) > crop_quality(sharp[:20])
    assert crop_quality(sharp[:0]) == 0


def test_no_number_is_an_empty_text() -> None:
    row = np.zeros(102, np.float32)
    row[NUMBERS.index("00")], row[NO_NUMBER] = 0.6, 0.4
    assert (reading(row)["text"], reading(row)["text_confidence"]) == ("00", pytest.approx(0.6))
    assert reading(np.eye(102, dtype=np.float32)[NO_NUMBER])["text"] == ""
    assert reading(row)["probabilities"].dtype == np.float16
