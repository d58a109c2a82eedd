"""Masks as crops."""

from __future__ import annotations

import numpy as np
import pytest
import supervision as sv

from hoop_plugins.data import masks


def test_crops_come_back_where_they_were() -> None:
    random = np.random.default_rng(0)
    crops = [random.random((7, 5)) > 0.5, random.random((3, 9)) > 0.5]
    packed = masks.from_crops(crops, [(10, 4), (0, 37)], (40, 50))
    dense = packed.to_dense()
    assert dense.shape == (2, 40, 50)
    assert np.array_equal(dense[0, 4:11, 10:15], crops[0])
    assert np.array_equal(dense[1, 37:40, 0:9], crops[1])
    assert dense.sum() == sum(crop.sum() for crop in crops)


def test_a_pixel_that_is_not_of_it_stands_for_no_mask() -> None:
    shape, pixel = np.array([[True, False, True]]), np.ones((1, 1), bool)
    some = masks.from_crops([masks.NONE, shape, pixel], [(3, 4), (5, 6), (7, 8)], (20, 30))
    assert masks.absent(some).tolist() == [True, False, False]
    assert masks.mask_of(some, 0) is None
    assert np.array_equal(masks.mask_of(some, 1), shape)
    assert np.array_equal(masks.mask_of(some, 2), pixel)
    assert masks.mask_of(None, 0) is None


def test_no_crops_are_no_masks() -> None:
    assert masks.from_crops([], [], (40, 50)).to_dense().shape == (0, 40, 50)


@pytest.mark.parametrize(
    "crop",
    [
        np.random.default_rng(0).random((9, 6)) > 0.5,
        np.asfortranarray(np.random.default_rng(1).random((4, 7)) > 0.5),
        np.random.default_rng(2).random((12, 12))[2:9, 3:11] > 0.5,
        np.ones((3, 2), bool),
        np.zeros((3, 2), bool),
        np.ones((1, 1), bool),
    ],
    ids=["rows", "columns", "part", "full", "empty", "pixel"],
)
def test_masks_are_packed_as_supervision_packs_them(crop: np.ndarray) -> None:
    height, width = crop.shape
    frame = np.zeros((1, 30, 40), bool)
    frame[0, 5 : 5 + height, 8 : 8 + width] = crop
    box = np.array([[8, 5, 7 + width, 4 + height]])
    expected = sv.CompactMask.from_dense(frame, box, (30, 40))
    found = masks.from_crops([crop], [(8, 5)], (30, 40))
    assert found == expected
    assert np.array_equal(found.crop(0), crop)
    assert found.area.tolist() == expected.area.tolist()
    assert sv.CompactMask.merge([found, expected]).to_dense().sum() == 2 * crop.sum()
