import numpy as np
import pytest
import supervision as sv

from hoop_plugins.stages.detect import merge_overlapping

BODY = (100, 100, 200, 300)
NEARLY = (101, 101, 201, 301)
BESIDE = (130, 100, 230, 300)


def detections(*rows: tuple[tuple[int, int, int, int], float, str]) -> sv.Detections:
    boxes, confidences, labels = zip(*rows, strict=True)
    return sv.Detections(
        xyxy=np.array(boxes, dtype=np.float32),
        confidence=np.array(confidences, dtype=np.float32),
        data={"class_name": np.array(labels, dtype=object)},
    )


def test_player_classes_merge_and_the_action_is_kept():
    found = detections((BODY, 0.6, "player-jump-shot"), (NEARLY, 0.9, "player"))
    merged = merge_overlapping(found)
    assert merged.data["class_name"].tolist() == ["player"]
    assert merged.data["action"].tolist() == ["player-jump-shot"]
    assert merged.confidence.tolist() == pytest.approx([0.9])
    assert merged.xyxy[0].tolist() == list(NEARLY)


def test_the_most_confident_specific_action_wins():
    found = detections(
        (BODY, 0.9, "player"), (BODY, 0.3, "player-layup-dunk"), (BODY, 0.5, "player-shot-block")
    )
    assert merge_overlapping(found).data["action"].tolist() == ["player-shot-block"]


@pytest.mark.parametrize(
    ("first", "second", "count"),
    [("ball", "ball", 1), ("referee", "player", 2), ("ball", "ball-in-basket", 2)],
)
def test_other_classes_merge_only_with_themselves(first, second, count):
    assert len(merge_overlapping(detections((BODY, 0.8, first), (NEARLY, 0.7, second)))) == count


def test_boxes_below_the_threshold_stay_in_their_order():
    found = detections((BESIDE, 0.5, "player"), (BODY, 0.9, "player-in-possession"))
    merged = merge_overlapping(found)
    assert merged.data["action"].tolist() == ["player", "player-in-possession"]
    assert len(merge_overlapping(found, iou=0.5)) == 1


def test_nothing_in_nothing_out():
    merged = merge_overlapping(sv.Detections.empty())
    assert len(merged) == 0
    assert len(merged.data["action"]) == 0
