"""Merging boxes that name one thing twice: RF-DETR has no non-maximum suppression of its own."""

from __future__ import annotations

from typing import cast

import numpy as np
import supervision as sv

from hoop_plugins.data.vocabulary import PLAYER_ACTIONS


def merge_overlapping(detections: sv.Detections, iou: float = 0.9) -> sv.Detections:
    """Merges boxes of one class that overlap; all ``player-*`` classes count as one.

    The most confident box of each group stays, with its label. A body that was given both as
    ``player`` and as ``player-jump-shot`` is one box whose action is the jump shot.

    Args:
        detections: N detections with ``confidence`` and ``data["class_name"]``.
        iou: Boxes whose intersection over union is at least this are one, in [0, 1].

    Returns:
        The M <= N detections that stay, in their order, with ``data["action"]``: the most confident
        specific action of the group (a ``player-*`` label), else the label itself.
    """
    labels = np.asarray(detections.data.get("class_name", ()), dtype=object)
    families = ["player" if label in PLAYER_ACTIONS else label for label in labels]
    groups: list[list[int]] = []
    if families:
        assert detections.confidence is not None
        _, ids = np.unique(families, return_inverse=True)
        rows = np.column_stack((detections.xyxy, detections.confidence, ids)).astype(np.float64)
        # The most confident of a group comes first, the others in falling confidence.
        groups = sorted(sv.box_non_max_merge(rows, iou_threshold=iou), key=lambda group: group[0])
    merged = cast(sv.Detections, detections[np.array([group[0] for group in groups], dtype=int)])
    merged.data["action"] = np.array([_action(labels[group]) for group in groups], dtype=object)
    return merged


def _action(labels: np.ndarray) -> str:
    """The first specific action of a group's labels, else its first label."""
    result: str = next((label for label in labels if label in PLAYER_ACTIONS[1:]), labels[0])
    return result
