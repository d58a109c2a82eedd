"""Datasets of videos: filling one, and opening one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import fiftyone as fo


def import_videos(paths: Sequence[str | Path], dataset: str) -> tuple[fo.Dataset, list[str]]:
    """Adds videos to a dataset, each once.

    Args:
        paths: Video files.
        dataset: The dataset's name; made, and kept, where it does not exist.

    Returns:
        The dataset, and the sample ids in the order of ``paths``.

    Raises:
        HoopError: If a file is no video, or the dataset holds other media; nothing has been changed
            then.
    """
    from hoop_plugins.data import videos

    return videos.import_videos(paths, dataset)


def open_dataset(name: str) -> fo.Dataset:
    """Loads a dataset.

    Raises:
        HoopError: If there is none of that name (the message lists the known ones), or the database
            does not answer.
    """
    from hoop_plugins.data import videos

    return videos.open_dataset(name)
