"""Average precision, precision and recall of the detector's boxes, by COCO's rules."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from hotcoco import COCO, COCOeval
from hotcoco.metrics import average_precision
from numpy.typing import NDArray

from hoop_plugins.evaluation.pooling import ratio
from hoop_plugins.evaluation.tables import ClipTables

WHOLE_RANGE = [0.0, 1e10]


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


def measure_detection(tables: ClipTables) -> dict[str, ClassCounts]:
    """Matches a clip's detections with its ground truth as pycocotools does.

    Lin et al., "Microsoft COCO: Common Objects in Context", ECCV 2014; matched and averaged by
    hotcoco, which reproduces pycocotools.

    Args:
        tables: The clip. Every ``player-*`` label is already "player".

    Returns:
        Counts by label, of the labels that occur in either.
    """
    detected, truth = tables.detected, tables.true_boxes
    names = sorted({*detected.label.dropna(), *truth.label.dropna()})
    if not names:
        return {}
    images = sorted({*detected.frame, *truth.frame})
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

    empty = np.zeros((len(evaluation.params.iou_thrs), 0), dtype=bool)
    counts = {name: ClassCounts([np.zeros(0)], [empty], 0) for name in names}
    for image in filter(None, evaluation.eval_imgs):
        one = counts[names[image["category_id"] - 1]]
        one.truth += len(image["gtIds"])
        if image["dtScores"]:
            one.scores.append(np.array(image["dtScores"]))
            one.matched.append(np.array(image["dtMatched"], dtype=bool))
    return {
        name: ClassCounts(
            [np.concatenate(one.scores)], [np.concatenate(one.matched, axis=1)], one.truth
        )
        for name, one in counts.items()
    }


def _annotations(boxes: pd.DataFrame, names: list[str]) -> list[dict[str, object]]:
    rows = boxes[boxes.label.notna()]
    return [
        {
            "id": index,
            "image_id": frame,
            "category_id": names.index(label) + 1,
            "bbox": [x, y, width, height],
            "area": width * height,
            "iscrowd": 0,
        }
        for index, (frame, label, _, x, y, width, height) in enumerate(
            rows.itertuples(index=False), 1
        )
    ]


def _results(boxes: pd.DataFrame, names: list[str]) -> NDArray[np.float64]:
    rows = boxes[boxes.label.notna()]
    columns = rows[["frame", "x", "y", "width", "height", "confidence"]].to_numpy(np.float64)
    labels = np.array([names.index(label) + 1 for label in rows.label], dtype=np.float64)
    return np.column_stack([columns, labels])
