"""What has to hold for boxes, masks and ids."""

from __future__ import annotations

import numpy as np
import pytest
from pycocotools import mask as coco_mask

from hoop_plugins.errors import HoopError
from hoop_plugins.formats.checks import encode_segmentation, fit_boxes, whole_numbers

SIZE = (32, 18)

where = "file, row {}".format


def test_boxes_are_cut_off_at_the_edges():
    inside, cut = fit_boxes(np.array([[-4, 2, 10, 30], [1, 1, 32.5, 9]]), SIZE, where)
    assert inside.tolist() == [[0, 2, 10, 18], [1, 1, 32, 9]]
    assert cut == 1, "half a pixel comes of rounding"
    assert fit_boxes(np.empty((0, 4)), SIZE, where)[0].shape == (0, 4)


@pytest.mark.parametrize(
    ("box", "problem"),
    [
        ([1, 2, np.nan, 9], "is no number: fix or remove it .*1, 2, nan, 9"),
        ([1, 2, np.inf, 9], "is no number"),
        ([1, 2, 1, 9], "has no area"),
        ([9, 2, 1, 9], "has no area"),
        ([0, 0, 100, 9], "is far larger than the 32x18 picture"),
        ([33, 0, 40, 9], "lies outside the 32x18 picture"),
    ],
)
def test_boxes_that_cannot_be_are_named(box, problem):
    with pytest.raises(HoopError, match=f"file, row 1: the box {problem}"):
        fit_boxes(np.array([[1, 1, 9, 9], box]), SIZE, where)


def test_ids_may_be_text_or_missing():
    found = whole_numbers([7, "8", 9.0, None, float("nan"), -1, 2**53], "id", -1, where)
    assert found.tolist() == [7, 8, 9, -1, -1, -1, 2**53]


@pytest.mark.parametrize("value", ["P3", "", -7, 1.5, 1e20, 10**30, float("inf"), [1], {}])
def test_what_is_no_id_is_named(value):
    with pytest.raises(HoopError, match=r"file, row 1: id .* is wrong: give a whole number from 0"):
        whole_numbers([1, value], "id", -1, where)


def test_a_frame_is_never_missing():
    with pytest.raises(HoopError, match="row 0: frame null"):
        whole_numbers([None], "frame", 0, where)


def test_segmentations_of_every_kind():
    whole = np.zeros(SIZE[::-1], np.uint8, order="F")
    whole[2:10, 4:12] = 1
    compressed = coco_mask.encode(whole)
    runs = [4 * 18 + 2, *[8, 10] * 7, 8, 18 * 32 - 11 * 18 - 10]
    for given in (
        [[4, 2, 12, 2, 12, 10, 4, 10]],
        [[4, 2, 12, 2, 12, 6, 4, 6], [4, 6, 12, 6, 12, 10, 4, 10]],
        {"size": [18, 32], "counts": compressed["counts"].decode()},
        {"size": [18, 32], "counts": runs},
    ):
        assert (coco_mask.decode(encode_segmentation(given, SIZE)) == whole).all()
    for nothing in (None, [], {}, {"size": [18, 32], "counts": [18 * 32]}):
        assert encode_segmentation(nothing, SIZE) is None


@pytest.mark.parametrize(
    "given",
    [
        [4, 2, 12, 2, 12, 10],
        [[]],
        [[4, 2, 12, 10]],
        [[4, 2, 12, 2, 12, 10, 4]],
        [[4, 2, 12, 2, 12, "b"]],
        [[4, 2, 12, 2, 12, None]],
        [[4, 2, 12, 2, float("nan"), 10]],
        [[4, 2, 12, 2, 1e18, 10]],
        [{"x": 4}],
        "mask.png",
        7,
        {"counts": [18 * 32]},
        {"size": None, "counts": [18 * 32]},
        {"size": [32, 18], "counts": [18 * 32]},
        {"size": [18, 32], "counts": None},
        {"size": [18, 32], "counts": [1, 2]},
        {"size": [18, 32], "counts": [-1, 18 * 32 + 1]},
        {"size": [18, 32], "counts": "%%%"},
        {"size": [18, 32], "counts": "é"},
    ],
)
def test_segmentations_that_cannot_be_read(given):
    with pytest.raises(ValueError, match=r"is no mask|a polygon is a list"):
        encode_segmentation(given, SIZE)
