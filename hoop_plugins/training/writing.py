"""Reading the images that labels belong to, and writing them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import groupby
from pathlib import Path
from typing import TypeVar

import cv2

from hoop_plugins.data.image import Image, read_image
from hoop_plugins.data.video import read_frames
from hoop_plugins.stages.read import ReadSettings, padded_crop
from hoop_plugins.training.crop_labels import CropLabel
from hoop_plugins.training.frame_labels import LabeledFrame

JPEG_QUALITY = 95

Label = TypeVar("Label", LabeledFrame, CropLabel)


def with_images(
    labels: Sequence[tuple[str, Label]],
) -> Iterator[tuple[tuple[str, Label], Image]]:
    """Every label with its image; each video is decoded once, in order."""
    for origin, group in groupby(labels, key=lambda label: label[1].origin):
        by_frame: dict[int, list[tuple[str, Label]]] = {}
        for label in group:
            by_frame.setdefault(label[1].frame or 1, []).append(label)
        if not origin.spans:
            image = read_image(origin.path)
            yield from ((label, image) for label in by_frame[1])
            continue
        with closing(read_frames(origin.path, min(by_frame), max(by_frame))) as frames:
            for number, image in frames:
                yield from ((label, image) for label in by_frame.get(number, ()))


def stem(label: LabeledFrame | CropLabel) -> str:
    """What a label's image is named after: the file, and of a video the frame."""
    return label.origin.name if label.frame is None else f"{label.origin.name}-{label.frame:06d}"


def cut(label: CropLabel, image: Image, padding: int = ReadSettings.padding) -> Image:
    """A label's crop of its image, as the stage ``read`` cuts it; it may have no pixels."""
    return image if label.box is None else padded_crop(image, label.box, padding)


def write_frame(folder: Path, label: LabeledFrame, image: Image) -> str:
    """Writes a frame as JPEG; an image file is copied as it is.

    Returns:
        The file's name.
    """
    source = Path(label.origin.path)
    if label.frame is None and source.suffix.lower() in (".jpg", ".jpeg", ".png"):
        file = f"{stem(label)}{source.suffix.lower()}"
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, folder / file)
        return file
    return write_image(folder / f"{stem(label)}.jpg", image).name


def write_image(path: Path, image: Image) -> Path:
    """Writes an image, RGB uint8 ``(H, W, 3)``, and returns its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    colors = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    quality = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY] if path.suffix == ".jpg" else []
    if not cv2.imwrite(str(path), colors, quality):
        raise OSError(f"{path.name} cannot be written")
    return path
