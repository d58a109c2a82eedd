"""The sample clip's first frames: short enough for the real networks."""

from __future__ import annotations

from pathlib import Path

from hoop_plugins.data import video
from hoop_plugins.sample.weights import sample_data

FRAMES = 24
"""Enough for three reads in a row, few enough for a minute on two cores."""


def shorten(folder: Path, frames: int) -> Path:
    """Writes the first frames of the sample clip, with its ground truth, as the renderer would.

    Args:
        folder: The folder to write into.
        frames: How many frames.

    Returns:
        The folder, for ``load_rendered``.
    """
    whole = next((sample_data() / "clips").glob("*.mp4"))
    images = (image for _, image in video.read_frames(whole, stop=frames))
    video.write_video(folder / "clips" / whole.name, images, 30)
    truth = sample_data() / "ground_truth" / f"{whole.stem}.json.gz"
    (folder / "ground_truth").mkdir()
    (folder / "ground_truth" / truth.name).write_bytes(truth.read_bytes())
    return folder
