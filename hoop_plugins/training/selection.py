"""Which of many labels are trained on: few negatives, rare answers first, nothing twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TypeVar

import cv2
import numpy as np

from hoop_plugins.data.image import Image
from hoop_plugins.data.vocabulary import NONE
from hoop_plugins.training.crop_labels import CropLabel
from hoop_plugins.training.frame_labels import LabeledFrame
from hoop_plugins.training.splits import SPLITS, CurationError

Label = TypeVar("Label", LabeledFrame, CropLabel)

SIDE = 16
DISTANCE = 16
"""Bits of the 256 in which near-duplicates may differ."""


def thin_negatives(
    labels: list[tuple[str, CropLabel]], share: float, seed: int
) -> list[tuple[str, CropLabel]]:
    """Leaves out negatives until they are no more than a share of each split, in [0, 1)."""
    rng = np.random.default_rng([seed, 1])
    left_out: set[int] = set()
    for wanted in SPLITS:
        within = [i for i, (split, _) in enumerate(labels) if split == wanted]
        negative = [i for i in within if labels[i][1].answer == NONE]
        most = int(share / (1 - share) * (len(within) - len(negative)))
        left_out.update(rng.permutation(negative)[most:].tolist() if negative else ())
    return [label for i, label in enumerate(labels) if i not in left_out]


def draw(labels: list[tuple[str, Label]], limit: int | None, seed: int) -> list[tuple[str, Label]]:
    """Draws so many at most; splits and negatives keep their shares, rare numbers gain.

    A number is drawn as the square root of its count, as the trainer draws it, too.

    Raises:
        CurationError: If the limit is less than 2.
    """
    if limit is not None and limit < 2:
        raise CurationError(f"limit is {limit}: training and validating need at least 2")
    if limit is None or len(labels) <= limit:
        return labels
    rng = np.random.default_rng([seed, 2])
    answers = [label.answer for _, label in labels]
    groups: dict[tuple[str, bool], list[int]] = {}
    for i, (split, _) in enumerate(labels):
        groups.setdefault((split, answers[i] == NONE), []).append(i)
    kept: set[int] = set()
    for _, group in sorted(groups.items()):
        counts = Counter(answers[i] for i in group)
        weights = np.array([counts[answers[i]] ** -0.5 for i in group])
        size = max(1, int(limit * len(group) / len(labels)))
        kept.update(rng.choice(group, size, replace=False, p=weights / weights.sum()).tolist())
    return [label for i, label in enumerate(labels) if i in kept]


def check(labels: Sequence[tuple[str, Label]], image: str, label: str) -> Counter[str]:
    """Counts what there is to learn from of each class; what is split and learned has names.

    Raises:
        CurationError: If there is nothing for train or valid, or only one class.
    """
    for split in ("train", "valid"):
        if split not in dict(labels):
            raise CurationError(f"no {image} is left for {split}: add games, or take more of them")
    learned = Counter(name for split, each in labels for name in each.classes if split == "train")
    if not learned:
        raise CurationError(f"there is no {label} to learn from: label some")
    if len(learned) == 1:
        raise CurationError(
            f"every {label} to learn from is {next(iter(learned))!r}: one class alone teaches "
            "nothing; add others"
        )
    return learned


class Duplicates:
    """Remembers what was seen, and tells what looks like it.

    Images look alike when the same of their low frequencies are stronger than the median: the pHash
    of Zauner (2010), with 16 by 16 frequencies instead of 8 by 8, so that what changes in a part of
    the picture counts.
    """

    def __init__(self) -> None:
        self._seen: dict[str, list[int]] = {}

    def repeats(self, image: Image, label: str = "") -> bool:
        """Whether an RGB image looks like an earlier one of that label; else it is remembered."""
        gray = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
        small = cv2.resize(gray, (4 * SIDE, 4 * SIDE), interpolation=cv2.INTER_AREA)
        low = cv2.dct(small.astype(np.float32))[:SIDE, :SIDE]
        code = int.from_bytes(np.packbits(low > np.median(low)).tobytes(), "big")
        seen = self._seen.setdefault(label, [])
        if any((code ^ other).bit_count() <= DISTANCE for other in seen):
            return True
        seen.append(code)
        return False
