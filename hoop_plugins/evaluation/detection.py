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

from hoop_plugins.evaluation.pooling import ratio
from hoop_plugins.evaluation.tables import ClipTables

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
        of_detected: For each row of ``ClipTables.detected`` the row of ``true_boxes`` that it
            matches at IoU 0.50; -1 where there is none.
        of_truth: For each row of ``ClipTables.true_boxes`` the row of ``detected``, likewise.
    """

    counts: dict[str, ClassCounts]
    of_detected: NDArray[np.int64]
    of_truth: NDArray[np.int64]


def match_boxes(tables: ClipTables) -> BoxMatches:
    """Matches a clip's detections with its ground truth as pycocotools does.

    Lin et al., "Microsoft COCO: Common Objects in Context", ECCV 2014; matched and averaged by
    hotcoco, which reproduces pycocotools.

    Args:
        tables: The clip. Every ``player-*`` label is already "player".

    Returns:
        The matches.
    """
    detected, truth = (
        boxes.assign(row=np.arange(len(boxes)))[boxes.label.notna()]
        for boxes in (tables.detected, tables.true_boxes)
    )
    names = sorted({*detected.label, *truth.label})
    empty = np.zeros((len(THRESHOLDS), 0), dtype=bool)
    counts = {name: ClassCounts([np.zeros(0)], [empty], 0) for name in names}
    of_detected, of_truth = (
        np.full(len(boxes), -1, dtype=np.int64) for boxes in (tables.detected, tables.true_boxes)
    )
    # In chunks: what hotcoco says of a frame takes much more memory than the frame.
    for start in range(0, len(tables.frames), CHUNK):
        numbers = tables.frames[start : start + CHUNK]
        ours, true = (
            boxes[(boxes.frame >= numbers[0]) & (boxes.frame <= numbers[-1])]
            for boxes in (detected, truth)
        )
        rows, true_rows = ours.row.to_numpy(np.int64), true.row.to_numpy(np.int64)
        for image in _compare(ours, true, names):
            one = counts[names[image["category_id"] - 1]]
            one.truth += len(image["gtIds"])
            if not image["dtScores"]:
                continue
            one.scores.append(np.array(image["dtScores"]))
            one.matched.append(np.array(image["dtMatched"], dtype=bool))
            for box, match in zip(image["dtIds"], image["dtMatches"][0], strict=True):
                if match:
                    of_detected[rows[box - 1]] = true_rows[match - 1]
                    of_truth[true_rows[match - 1]] = rows[box - 1]
    joined = {
        name: ClassCounts(
            [np.concatenate(one.scores)], [np.concatenate(one.matched, axis=1)], one.truth
        )
        for name, one in counts.items()
    }
    return BoxMatches(joined, of_detected, of_truth)


def _compare(
    detected: pd.DataFrame, truth: pd.DataFrame, names: list[str]
) -> Iterator[dict[str, Any]]:
    """What hotcoco says of each frame and label; its ids are rows, from 1."""
    images = sorted({*detected.frame, *truth.frame})
    if not images:
        return
    ground_truth = COCO(
        {
            "images": [{"id": int(image), "width": 1, "height": 1} for image in images],
            "categories": [{"id": index, "name": name} for index, name in enumerate(names, 1)],
            "annotations": _annotations(truth, names),
        }
    )
    evaluation = COCOeval(ground_truth, ground_truth.load_res(_results(detected, names)), "bbox")
    evaluation.params.area_rng = [WHOLE_RANGE]
    evaluation.params.area_rng_lbl = ["all"]
    evaluation.evaluate()
    yield from filter(None, evaluation.eval_imgs)


def _annotations(boxes: pd.DataFrame, names: list[str]) -> list[dict[str, object]]:
    columns = boxes[["frame", "label", "x", "y", "width", "height"]]
    return [
        {
            "id": index,
            "image_id": frame,
            "category_id": names.index(label) + 1,
            "bbox": [x, y, width, height],
            "area": width * height,
            "iscrowd": 0,
        }
        for index, (frame, label, x, y, width, height) in enumerate(
            columns.itertuples(index=False), 1
        )
    ]


def _results(boxes: pd.DataFrame, names: list[str]) -> NDArray[np.float64]:
    columns = boxes[["frame", "x", "y", "width", "height", "confidence"]].to_numpy(np.float64)
    labels = np.array([names.index(label) + 1 for label in boxes.label], dtype=np.float64)
    return np.column_stack([columns, labels])
