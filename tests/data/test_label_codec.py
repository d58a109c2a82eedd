"""Labels as MongoDB keeps them, turned into detections."""

from __future__ import annotations

from typing import Any

import fiftyone.core.utils as fou
import numpy as np

from hoop_plugins.data.label_codec import from_documents, from_value, to_value

WIDTH, HEIGHT = 40, 20


def label(left: float, top: float, mask: np.ndarray | None) -> dict[str, Any]:
    packed = None if mask is None else fou.serialize_numpy_array(mask)
    box = [left / WIDTH, top / HEIGHT, 8 / WIDTH, 6 / HEIGHT]
    return {"label": "player", "bounding_box": box, "mask": packed}


def test_masks_come_back_cut_to_the_frame() -> None:
    mask = np.random.default_rng(0).random((6, 8)) > 0.4
    labels = [
        label(3, 4, mask),
        label(36, 17, mask),
        label(5, 5, mask.astype(np.uint8) * 255),
        label(-2, 2, mask),
        label(45, 30, mask),
        label(1, 1, None),
    ]
    found = from_documents(labels, (WIDTH, HEIGHT)).mask
    dense = np.zeros((6, HEIGHT, WIDTH), bool)
    dense[0, 4:10, 3:11] = dense[2, 5:11, 5:13] = dense[3, 2:8, :8] = mask
    dense[1, 17:, 36:] = mask[:3, :4]
    assert np.array_equal(found.to_dense(), dense)


def test_labels_without_masks_have_none() -> None:
    assert from_documents([label(3, 4, None)], (WIDTH, HEIGHT)).mask is None
    assert from_documents([], (WIDTH, HEIGHT)).mask is None


def test_arrays_that_were_read_can_be_changed() -> None:
    read = from_value(to_value(np.arange(3, dtype=np.float16)))
    read += 1
    assert read.tolist() == [1, 2, 3]
