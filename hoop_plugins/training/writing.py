"""Reading the images that labels belong to, and writing them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import TypeVar

import cv2

from hoop_plugins.data.image import Image, read_image
from hoop_plugins.data.video import read_frames
from hoop_plugins.training.crop_labels import CropLabel
from hoop_plugins.training.frame_labels import LabelledFrame

JPEG_QUALITY = 95

Label = TypeVar("Label", LabelledFrame, CropLabel)


def with_images(
    labels: Sequence[tuple[str, Label]],
) -> Iterator[tuple[tuple[str, Label], Image]]:
    """Every label with its image; each video is decoded once, in order."""
    for origin, group in groupby(labels, key=lambda label: label[1].origin):
        here = list(group)
        if not origin.spans:
            image = read_image(origin.path)
            yield from ((label, image) for label in here)
            continue
        by_frame: dict[int, list[tuple[str, Label]]] = {}
        for label in here:
            by_frame.setdefault(label[1].frame or 1, []).append(label)
        frames = read_frames(origin.path, min(by_frame), max(by_frame))
        try:
            for number, image in frames:
                yield from ((label, image) for label in by_frame.get(number, ()))
        finally:
            frames.close()


def stem(label: LabelledFrame | CropLabel) -> str:
    """What a label's image is named after: the file, and of a video the frame."""
    return label.origin.name if label.frame is None else f"{label.origin.name}-{label.frame:06d}"


def write_frame(folder: Path, label: LabelledFrame, image: Image) -> str:
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
    file = f"{stem(label)}.jpg"
    write_image(folder / file, image)
    return file


def write_image(path: Path, image: Image) -> None:
    """Writes an image: RGB uint8 ``(H, W, 3)``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    colors = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    quality = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY] if path.suffix == ".jpg" else []
    if not cv2.imwrite(str(path), colors, quality):
        raise OSError(f"{path.name} cannot be written")
