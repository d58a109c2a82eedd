"""What is measured on: the sample clip's first frames, its ground truth, and datasets of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import fiftyone as fo
import numpy as np
import supervision as sv

from hoop_plugins import SampleStore
from hoop_plugins.data.image import Image
from hoop_plugins.data.video import probe, read_frames, write_video
from hoop_plugins.sample.export import load_truth
from hoop_plugins.sample.ground_truth import FrameTruth
from hoop_plugins.sample.loading import truth_detections
from hoop_plugins.sample.weights import sample_data

CLIP = next((sample_data() / "clips").glob("*.mp4"))
TRUTH = sample_data() / "ground_truth" / f"{CLIP.stem}.json.gz"

PEOPLE = ("player", "referee")


def images(count: int, every: int = 1) -> list[Image]:
    """Some frames of the clip, from the first one on."""
    return [image for _, image in islice(read_frames(CLIP), 0, count * every, every)]


def truth(count: int) -> list[FrameTruth]:
    """What is true of the first frames."""
    return list(islice(load_truth(TRUTH), count))


def people(count: int) -> dict[int, sv.Detections]:
    """The people of the first frames, with masks, by frame number."""
    video = probe(CLIP)
    found = {}
    for frame in truth(count):
        everything = truth_detections(frame, (video.height, video.width))
        someone = everything.select(np.isin(everything.data["class_name"], PEOPLE))
        someone.confidence = np.ones(len(someone), np.float32)
        found[frame.frame_number] = someone
    return found


@contextmanager
def shortened(frames: int) -> Iterator[Path]:
    """A video of the first frames."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / CLIP.name
        write_video(path, images(frames), probe(CLIP).frame_rate)
        yield path


@contextmanager
def stored(video: Path = CLIP) -> Iterator[SampleStore]:
    """A dataset of one video, which is gone afterwards."""
    dataset = fo.Dataset()
    try:
        dataset.add_sample(fo.Sample(filepath=str(video)))
        yield SampleStore(dataset, dataset.first().id)
    finally:
        dataset.delete()
