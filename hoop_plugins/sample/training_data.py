"""Images and annotations that the detector and the reader are trained on."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np

from hoop_plugins.data.folders import files_in
from hoop_plugins.data.vocabulary import CLASSES, NONE, PROMPT
from hoop_plugins.formats import coco_file

from .camera import HEIGHT, WIDTH
from .ground_truth import Box, FrameTruth

PAD = 10
_FULL, _HIDDEN, _LOWEST = 0.9, 0.5, 10
_NEGATIVES = 0.25  # for each positive: a fifth of all the crops


def write_training_data(out: Path, name: str, clip: Path, truths: list[FrameTruth], stride: int,
                        seed: int) -> None:  # fmt: skip
    """Writes a clip's images for detector and reader, taken from the decoded video.

    Args:
        out: the folder that holds `coco` and `reader`.
        name: the clip's name.
        clip: the encoded video.
        truths: its frames' ground truth.
        stride: every how many frames an image is kept.
        seed: decides which negatives are kept.
    """
    rng = np.random.default_rng([seed, 7])
    images, notes = out / "coco" / "images", []
    crops: list[tuple[str, np.ndarray, str]] = []
    spare: list[tuple[str, np.ndarray, str]] = []
    images.mkdir(parents=True, exist_ok=True)
    (out / "reader").mkdir(parents=True, exist_ok=True)
    with av.open(str(clip)) as container:
        for index, decoded in enumerate(container.decode(video=0)):
            if index % stride:
                continue
            image, truth = decoded.to_ndarray(format="bgr24"), truths[index]
            file = f"{name}-{truth.frame_number:06d}"
            cv2.imwrite(str(images / f"{file}.jpg"), image, [cv2.IMWRITE_JPEG_QUALITY, 93])
            notes.append({"image": f"{file}.jpg", "annotations": _annotations(truth)})
            for number in truth.numbers:
                high = number.box[3] - number.box[1]
                at = (f"{file}-{number.track_id:03d}.png", _crop(image, number.box))
                if number.visible >= _FULL and high >= _LOWEST:
                    crops.append((*at, number.text))
                elif number.visible <= _HIDDEN and not _shows_number(truth, number.box):
                    spare.append((*at, NONE))
            for track_id, box in _bare_torsos(truth):
                spare.append((f"{file}-{track_id:03d}.png", _crop(image, box), NONE))
    keep = min(len(spare), round(_NEGATIVES * len(crops)))
    crops += [spare[i] for i in rng.permutation(len(spare))[:keep]]
    rows = []
    for file, crop, text in sorted(crops, key=lambda item: item[0]):
        cv2.imwrite(str(out / "reader" / file), crop)
        rows.append({"image": file, "prefix": PROMPT, "suffix": text})
    part = {"images": notes, "reader": rows}
    _replace(out / "coco" / "parts" / f"{name}.json", json.dumps(part))


def merge_training_data(out: Path) -> None:
    """Joins the clips' annotations: `coco/_annotations.coco.json`, `reader/annotations.jsonl`."""
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    rows: list[str] = []
    for path in files_in(out, "coco/parts/*.json"):
        part = json.loads(path.read_text())
        for note in part["images"]:
            images.append({"id": len(images) + 1, "file_name": f"images/{note['image']}",
                           "width": WIDTH, "height": HEIGHT})  # fmt: skip
            annotations += [{"image_id": len(images), **box} for box in note["annotations"]]
        rows += [json.dumps(row) for row in part["reader"]]
    content = coco_file.document(CLASSES, images, annotations)
    _replace(out / "coco" / "_annotations.coco.json", json.dumps(content))
    _replace(out / "reader" / "annotations.jsonl", "".join(f"{row}\n" for row in rows))


def _replace(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{os.getpid()}-{path.name}")
    temporary.write_text(text)
    temporary.replace(path)


def _annotation(category: str, box: Box, mask: np.ndarray | None = None) -> dict[str, Any]:
    corner = int(box[0]), int(box[1])
    encoded = None if mask is None else coco_file.encode_mask(mask, corner, (HEIGHT, WIDTH))
    return coco_file.annotation(CLASSES.index(category) + 1, box, encoded)


def _annotations(truth: FrameTruth) -> list[dict[str, Any]]:
    found = [
        _annotation("referee" if p.label == "referee" else p.action, p.box, p.mask)
        for p in truth.people
    ]
    found += [_annotation("number", n.box) for n in truth.numbers]
    if truth.ball:
        found.append(_annotation(truth.ball.label, truth.ball.box))
    if truth.rim:
        found.append(_annotation("rim", truth.rim))
    return found


def _crop(image: np.ndarray, box: Box) -> np.ndarray:
    x0, y0, x1, y1 = (int(v) for v in box)
    return image[max(y0 - PAD, 0) : y1 + PAD, max(x0 - PAD, 0) : x1 + PAD].copy()


def _shows_number(truth: FrameTruth, box: Box) -> bool:
    """Whether a number that one could read reaches into the box."""
    return any(
        n.visible > _HIDDEN
        and n.box[0] < box[2] + PAD and box[0] - PAD < n.box[2]
        and n.box[1] < box[3] + PAD and box[1] - PAD < n.box[3]
        for n in truth.numbers
    )  # fmt: skip


def _bare_torsos(truth: FrameTruth) -> list[tuple[int, Box]]:
    numbered = {n.track_id for n in truth.numbers}
    found = []
    for p in truth.people:
        if p.label != "player" or p.track_id in numbered or p.visible < 0.6:
            continue
        x0, y0, x1, y1 = p.box
        wide, high = x1 - x0, y1 - y0
        middle = (x0 + x1) / 2
        half = min(wide, 0.22 * high) / 2
        box = (middle - half, y0 + 0.2 * high, middle + half, y0 + 0.42 * high)
        if half >= 6 and not _shows_number(truth, box):
            found.append((p.track_id, box))
    return found
