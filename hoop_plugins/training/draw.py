"""Which of many labels are trained on: few negatives, rare answers first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from hoop_plugins.data.vocabulary import NONE
from hoop_plugins.training.crop_labels import CropLabel
from hoop_plugins.training.frame_labels import LabelledFrame
from hoop_plugins.training.splits import SPLITS, CurationError

Label = TypeVar("Label", LabelledFrame, CropLabel)


def thin_negatives(
    labels: list[tuple[str, CropLabel]], share: float, seed: int
) -> list[tuple[str, CropLabel]]:
    """Leaves out negatives until they are no more than a share of each split.

    Args:
        labels: Split and crop.
        share: In [0, 1).
        seed: Of which are left out.
    """
    rng = np.random.default_rng([seed, 1])
    left_out: set[int] = set()
    for wanted in SPLITS:
        here = [i for i, (split, _) in enumerate(labels) if split == wanted]
        negative = [i for i in here if labels[i][1].answer == NONE]
        most = int(share / (1 - share) * (len(here) - len(negative)))
        left_out.update(rng.permutation(negative)[most:].tolist() if negative else ())
    return [label for i, label in enumerate(labels) if i not in left_out]


def draw(
    labels: list[tuple[str, Label]], answers: Sequence[str], limit: int | None, seed: int
) -> list[tuple[str, Label]]:
    """Draws so many at most; splits and negatives keep their shares, rare numbers gain.

    A number is drawn as the square root of its count, as the trainer draws it, too.

    Args:
        labels: N labels, with their splits.
        answers: The answer of each.
        limit: How many; ``None`` for all.
        seed: Of what is drawn.

    Raises:
        CurationError: If the limit is less than 2.
    """
    if limit is not None and limit < 2:
        raise CurationError(f"limit is {limit}: training and validating need at least 2")
    if limit is None or len(labels) <= limit:
        return labels
    rng = np.random.default_rng([seed, 2])
    groups: dict[tuple[str, bool], list[int]] = {}
    for i, (split, _) in enumerate(labels):
        groups.setdefault((split, answers[i] == NONE), []).append(i)
    kept: set[int] = set()
    for _, here in sorted(groups.items()):
        counts = Counter(answers[i] for i in here)
        weights = np.array([counts[answers[i]] ** -0.5 for i in here])
        size = max(1, int(limit * len(here) / len(labels)))
        kept.update(rng.choice(here, size, replace=False, p=weights / weights.sum()).tolist())
    return [label for i, label in enumerate(labels) if i in kept]


def check(splits: Sequence[str], learnt: Counter[str], image: str, label: str) -> None:
    """Refuses what nothing can be learnt from.

    Args:
        splits: The splits there are, as often as one likes.
        learnt: How many labels of each class there are to learn from.
        image: What one of the things that are split is called.
        label: What one of the things that are learnt is called.

    Raises:
        CurationError: If there is nothing for train or valid, or only one class.
    """
    for split in ("train", "valid"):
        if split not in splits:
            raise CurationError(f"no {image} is left for {split}: add games, or take more of them")
    if not learnt:
        raise CurationError(f"there is no {label} to learn from: label some")
    if len(learnt) == 1:
        raise CurationError(
            f"every {label} to learn from is {next(iter(learnt))!r}: one class alone teaches "
            "nothing; add others"
        )
