"""Rendered clips at the tracker's size, on disk, and the training sequences drawn from them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from hoop_plugins import read_frames
from hoop_plugins.data.folders import files_in
from hoop_plugins.models.sam2_inputs import normalize, resize
from hoop_plugins.sample.export import load_truth

MIN_PIXELS = 80
"""People with fewer visible pixels at 384 px (an eighth of a median figure) are no prompts."""


@dataclass(frozen=True)
class Batch:
    """Sequences of one length, and the objects to follow in them.

    Attributes:
        images: float32 ``(B, T, 3, S, S)``.
        owner: int64 ``(N,)``, the sequence of each object.
        boxes: float32 ``(N, 4)``, the prompts on the first frame, in network pixels.
        masks: float32 ``(N, T, S / 2, S / 2)`` in [0, 1], the visible share of each cell.
    """

    images: torch.Tensor
    owner: torch.Tensor
    boxes: torch.Tensor
    masks: torch.Tensor


def cache_clips(folder: Path, size: int) -> list[Path]:
    """Decodes every clip of a rendered folder once.

    Args:
        folder: Holds ``clips/*.mp4`` and ``ground_truth/*.json.gz``.
        size: The network's input size.

    Returns:
        One uint8 array file a clip, ``(T, size, size, 4)``: red, green, blue and the track id of
        the visible person, 0 for none. Files that are already there are kept.
    """
    cache = folder / f"tracker-{size}"
    cache.mkdir(exist_ok=True)
    paths = []
    # A clip's ground truth is written last, so clips that are still being rendered are left out.
    for truth in files_in(folder, "ground_truth/*.json.gz"):
        name = truth.name.removesuffix(".json.gz")
        path = cache / f"{name}.npy"
        if not path.exists():
            partial = path.with_suffix(".partial.npy")
            np.save(partial, _decode(folder / "clips" / f"{name}.mp4", truth, size))
            partial.replace(path)
        paths.append(path)
    return paths


def _decode(video: Path, truth: Path, size: int) -> NDArray[np.uint8]:
    frames: list[NDArray[np.uint8]] = []
    for (_, frame), record in zip(read_frames(video), load_truth(truth), strict=True):
        owners = np.zeros(frame.shape[:2], np.uint8)
        for person in record.people:
            x, y = (int(value) for value in person.box[:2])
            height, width = person.mask.shape
            owners[y : y + height, x : x + width][person.mask] = person.track_id
        small = cv2.resize(owners, (size, size), interpolation=cv2.INTER_NEAREST_EXACT)
        frames.append(np.dstack([resize(frame, size), small]))
    return np.stack(frames)


def draw_batch(
    rng: np.random.Generator, clips: list[Path], sequences: int, frames: int, objects: int
) -> Batch:
    """Draws training sequences: any start, any of four speeds, forwards or backwards, varied.

    Args:
        rng: Source of everything random.
        clips: Array files of :func:`cache_clips`.
        sequences: How many sequences.
        frames: Frames of each.
        objects: At most so many people of each: neighbors, who hide each other, or anybody.
    """
    images: list[torch.Tensor] = []
    masks: list[torch.Tensor] = []
    owners, boxes = [], []
    while len(images) < sequences:
        clip = np.load(clips[rng.integers(len(clips))], mmap_mode="r")
        stride = min(int(rng.integers(1, 5)), (len(clip) - 1) // max(frames - 1, 1))
        start = int(rng.integers(len(clip) - stride * (frames - 1)))
        times = start + stride * np.arange(frames)
        sequence = clip[times[::-1] if rng.random() < 0.3 else times]
        if rng.random() < 0.5:
            sequence = sequence[:, :, ::-1]
        sequence = np.ascontiguousarray(sequence)
        people = _choose(rng, sequence[0, :, :, 3], objects)
        if not len(people):
            continue
        if frames > 1 and rng.random() < 0.2:
            _hide(rng, sequence, int(people[0]))
        owner_map = sequence[..., 3]
        boxes.append(_jitter(rng, visible_boxes(owner_map[0], people), owner_map.shape[1]))
        masks.append(visible_shares(owner_map, people))
        owners.append(np.full(len(people), len(images)))
        images.append(_recolor(rng, normalize(sequence[..., :3])))
    return Batch(
        torch.stack(images),
        torch.from_numpy(np.concatenate(owners)),
        torch.from_numpy(np.concatenate(boxes)),
        torch.cat(masks),
    )


def everybody(clip: Path, start: int, frames: int) -> Batch:
    """Takes one sequence as it is, with everybody visible at its start, for validation."""
    sequence = np.load(clip, mmap_mode="r")[start : start + frames]
    owner_map = np.ascontiguousarray(sequence[..., 3])
    counts = np.bincount(owner_map[0].ravel(), minlength=2)
    people = np.flatnonzero(counts >= MIN_PIXELS)
    people = people[people > 0]
    return Batch(
        normalize(np.ascontiguousarray(sequence[..., :3]))[None],
        torch.zeros(len(people), dtype=torch.int64),
        torch.from_numpy(visible_boxes(owner_map[0], people)),
        visible_shares(owner_map, people),
    )


def visible_boxes(owners: NDArray[np.uint8], people: NDArray[np.int64]) -> NDArray[np.float32]:
    """Returns the xyxy box of each person's pixels in a map of track ids, float32 ``(N, 4)``."""
    boxes = []
    for person in people:
        ys, xs = np.nonzero(owners == person)
        boxes.append([xs.min(), ys.min(), xs.max() + 1, ys.max() + 1])
    return np.asarray(boxes, np.float32).reshape(-1, 4)


def visible_shares(owners: NDArray[np.uint8], people: NDArray[np.int64]) -> torch.Tensor:
    """Returns each person's share of every 2 x 2 cell, float32 ``(N, T, S / 2, S / 2)``."""
    time, height, width = owners.shape
    cells = owners.reshape(time, height // 2, 2, width // 2, 2)
    shares = [(cells == person).mean((2, 4), dtype=np.float32) for person in people]
    return torch.from_numpy(np.stack(shares)) if shares else torch.zeros(0, time, height // 2, 1)


def _choose(rng: np.random.Generator, owners: NDArray[np.uint8], most: int) -> NDArray[np.int64]:
    counts = np.bincount(owners.ravel(), minlength=2)
    people = np.flatnonzero(counts >= MIN_PIXELS)
    people = rng.permutation(people[people > 0])
    if len(people) > most and rng.random() < 0.7:
        boxes = visible_boxes(owners, people)
        centers = (boxes[:, :2] + boxes[:, 2:]) / 2
        # The squeeze into a square makes a step sideways look a third as long.
        apart = np.hypot(*((centers - centers[0]) * (3, 1)).T)
        people = people[np.argsort(apart)]
    return people[:most]


def _hide(rng: np.random.Generator, sequence: NDArray[np.uint8], person: int) -> None:
    """Covers one person with a plain screen on some of the later frames."""
    first = int(rng.integers(1, len(sequence)))
    last = int(rng.integers(first, len(sequence)))
    color = rng.integers(0, 256, 3)
    for frame in sequence[first : last + 1]:
        ys, xs = np.nonzero(frame[..., 3] == person)
        if len(xs):
            screen = frame[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1]
            screen[...] = (*color, 0)


def _jitter(rng: np.random.Generator, boxes: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    """Moves each side as a detector would: by 5% of the box, now and then by more."""
    sides = np.tile(boxes[:, 2:] - boxes[:, :2], 2)
    scale = np.where(rng.random((len(boxes), 1)) < 0.1, 0.12, 0.05)
    return (boxes + rng.normal(0, 1, boxes.shape) * scale * sides).clip(0, size).astype(np.float32)


def _recolor(rng: np.random.Generator, images: torch.Tensor) -> torch.Tensor:
    gain = torch.from_numpy(rng.uniform(0.85, 1.15, (1, 3, 1, 1))).float()
    shift = torch.from_numpy(rng.uniform(-0.2, 0.2, (1, 3, 1, 1))).float()
    return images * gain + shift
