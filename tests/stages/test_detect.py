"""Which boxes are kept."""

from __future__ import annotations

import numpy as np
import supervision as sv

from hoop_plugins.stages.detect import DetectSettings, select


def test_doubtful_boxes_are_dropped_and_doubles_merged() -> None:
    found = sv.Detections(
        xyxy=np.array([[0, 0, 20, 60], [0, 0, 20, 61], [50, 0, 70, 60]], dtype=np.float32),
        confidence=np.array([0.9, 0.6, 0.39], dtype=np.float32),
        data={"class_name": np.array(["player", "player-jump-shot", "player"], dtype=object)},
    )
    kept = select(found, DetectSettings(confidence=0.4, merge_iou=0.9))
    assert kept.data["class_name"].tolist() == ["player"]
    assert kept.data["action"].tolist() == ["player-jump-shot"]
    assert kept.confidence is not None
    assert kept.confidence.tolist() == [np.float32(0.9)]


def test_nothing_found_is_nothing_kept() -> None:
    assert len(select(sv.Detections.empty(), DetectSettings())) == 0


def test_numbers_have_a_threshold_of_their_own() -> None:
    found = sv.Detections(
        xyxy=np.array([[0, 0, 20, 60], [5, 10, 15, 20], [50, 0, 70, 60]], dtype=np.float32),
        confidence=np.array([0.9, 0.3, 0.3], dtype=np.float32),
        data={"class_name": np.array(["player", "number", "player"], dtype=object)},
    )
    kept = select(found, DetectSettings(confidence=0.4, number_confidence=0.25))
    assert kept.data["class_name"].tolist() == ["player", "number"]
