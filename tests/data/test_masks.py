"""Masks as crops."""

from __future__ import annotations

import numpy as np

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


def test_no_crops_are_no_masks() -> None:
    assert masks.from_crops([], [], (40, 50)).to_dense().shape == (0, 40, 50)
