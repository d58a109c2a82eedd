"""Crops and what is stored of a read."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from hoop_plugins.data.vocabulary import NO_NUMBER, NUMBERS
from hoop_plugins.stages.read import crop_quality, padded_crop, reading


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
