"""Average precision, precision and recall of the detector's boxes, by COCO's rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from hotcoco import COCO, COCOeval
from hotcoco.metrics import average_precision
from numpy.typing import NDArray

from hoop_plugins.evaluation.tables import ClipTables, ratio

WHOLE_RANGE = [0.0, 1e10]

THRESHOLDS = np.linspace(0.5, 0.95, 10)
"""COCO's IoU thresholds."""

CHUNK = 500
"""Frames that are matched at a time."""


@dataclass
class ClassCounts:
    """The boxes of one label: what the figures of a clip, or of several pooled, come from.

    Attributes:
        scores: Arrays ``(D,)``, the confidence of each detection, in [0, 1].
        matched: Arrays ``(10, D)`` of booleans: whether it matched a box of the ground truth at IoU
            0.50, 0.55, ..., 0.95.
        truth: How many boxes the ground truth has.
    """

    scores: list[NDArray[np.float64]]
    matched: list[NDArray[np.bool_]]
    truth: int

    def ap50(self) -> float | None:
        """Returns average precision at IoU 0.50, ``None`` without ground truth."""
        return self._average_precision(slice(1))

    def ap(self) -> float | None:
        """Returns average precision over IoU 0.50 to 0.95, ``None`` without ground truth."""
        return self._average_precision(slice(None))

    def _average_precision(self, thresholds: slice) -> float | None:
        if not self.truth:
            return None
        scores, matched = np.concatenate(self.scores), np.concatenate(self.matched, axis=1)
        return float(
            np.mean([average_precision(scores, hits, self.truth) for hits in matched[thresholds]])
        )

    def figures(self) -> dict[str, float | int | None]:
        """Returns AP, precision and recall (at IoU 0.50, of all detections), and the counts."""
        hits = sum(int(matched[0].sum()) for matched in self.matched)
        predicted = sum(len(scores) for scores in self.scores)
        return {
            "ap50": self.ap50(),
            "ap": self.ap(),
            "precision": ratio(hits, predicted),
            "recall": ratio(hits, self.truth),
            "matched": hits,
            "predicted": predicted,
            "truth": self.truth,
        }


@dataclass
class BoxMatches:
    """Which detections of a clip are right.

    Attributes:
        counts: By label, of the labels that occur in either.
        pairs: ``(P, 2)`` rows of ``ClipTables.detected`` and of ``true_boxes`` that match at IoU
            0.50.
    """

    counts: dict[str, ClassCounts]
    pairs: NDArray[np.int64]


def match_boxes(tables: ClipTables) -> BoxMatches:
    """Matches a clip's detections with its ground truth as pycocotools does.

    Lin et al., "Microsoft COCO: Common Objects in Context", ECCV 2014; matched and averaged by
    hotcoco, which reproduces pycocotools.

    Args:
        tables: The clip. Every ``player-*`` label is already "player".

    Returns:
        The matches.
    """
    detected, truth = (boxes[boxes.label.notna()] for boxes in (tables.detected, tables.true_boxes))
    names = sorted({*detected.label, *truth.label})
    empty = np.zeros((len(THRESHOLDS), 0), dtype=bool)
    counts = {name: ClassCounts([np.zeros(0)], [empty], 0) for name in names}
    pairs: list[tuple[int, int]] = []
    # In chunks: what hotcoco says of a frame takes much more memory than the frame.
    for start in range(0, len(tables.frames), CHUNK):
        first, last = tables.frames[start : start + CHUNK][[0, -1]]
        ours, true = (boxes[boxes.frame.between(first, last)] for boxes in (detected, truth))
        for image in _compare(ours, true, names):
            boxes = counts[names[image["category_id"] - 1]]
            boxes.truth += len(image["gtIds"])
            if image["dtScores"]:
                boxes.scores.append(np.array(image["dtScores"]))
                boxes.matched.append(np.array(image["dtMatched"], dtype=bool))
                pairs += [
                    (ours.index[box - 1], match - 1)
                    for box, match in zip(image["dtIds"], image["dtMatches"][0], strict=True)
                    if match
                ]
    for boxes in counts.values():
        boxes.scores = [np.concatenate(boxes.scores)]
        boxes.matched = [np.concatenate(boxes.matched, axis=1)]
    return BoxMatches(counts, np.array(pairs, dtype=np.int64).reshape(-1, 2))


def _compare(
    detected: pd.DataFrame, truth: pd.DataFrame, names: list[str]
) -> Iterator[dict[str, Any]]:
    """What hotcoco says of each frame and label.

    Its ids of the ground truth are the rows of the table, from 1; of detections those of this call.
    """
    images = sorted({*detected.frame, *truth.frame})
    if not images:
        return
    place = ["x", "y", "width", "height"]
    labels, true_labels = (pd.Categorical(b.label, names).codes + 1 for b in (detected, truth))
    annotations = [
        {
            "id": row + 1,
            "image_id": frame,
            "category_id": label,
            "bbox": box,
            "area": box[2] * box[3],
            "iscrowd": 0,
        }
        for row, frame, label, box in zip(
            truth.index,
            truth.frame,
            true_labels.tolist(),
            truth[place].to_numpy().tolist(),
            strict=True,
        )
    ]
    ground_truth = COCO(
        {
            "images": [{"id": int(image), "width": 1, "height": 1} for image in images],
            "categories": [{"id": index, "name": name} for index, name in enumerate(names, 1)],
            "annotations": annotations,
        }
    )
    found = np.column_stack([detected[["frame", *place, "confidence"]], labels])
    results = ground_truth.load_res(found.astype(np.float64))
    evaluation = COCOeval(ground_truth, results, "bbox")
    evaluation.params.area_rng = [WHOLE_RANGE]
    evaluation.params.area_rng_lbl = ["all"]
    evaluation.evaluate()
    yield from filter(None, evaluation.eval_imgs)
