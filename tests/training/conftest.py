"""Datasets to make training data of. FiftyOne is imported only once its settings are there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import court
import cv2
import numpy as np
import pytest

if TYPE_CHECKING:
    import fiftyone as fo

    from hoop_plugins.data.store import SampleStore


@pytest.fixture
def clips(dataset: fo.Dataset, make_video: Callable[..., Path]) -> list[SampleStore]:
    """Three clips of 30 frames with ground truth."""
    import fiftyone as fo

    from hoop_plugins.data.store import SampleStore

    stores = []
    for i in range(3):
        sample = fo.Sample(filepath=str(make_video(f"game-{i}.mp4")))
        dataset.add_sample(sample)
        store = SampleStore(dataset, sample.id)
        store.write("ground_truth", {frame: court.truth(frame) for frame in range(1, 31)})
        stores.append(store)
    return stores


@pytest.fixture
def crops(dataset: fo.Dataset, tmp_path: Path) -> fo.Dataset:
    """40 crops of four games: 24 of "7", 8 of "23", 8 of none."""
    import fiftyone as fo

    random = np.random.default_rng(0)
    (tmp_path / "crops").mkdir()
    for i in range(40):
        path = tmp_path / "crops" / f"{i}.png"
        cv2.imwrite(str(path), random.integers(0, 255, (30, 24, 3), dtype=np.uint8))
        answer = "7" if i % 5 < 3 else ("23" if i % 5 == 3 else "none")
        label = fo.Classification(label=answer)
        dataset.add_sample(fo.Sample(filepath=str(path), game=f"g{i // 10}", ground_truth=label))
    return dataset
