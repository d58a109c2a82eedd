"""The detector's figures: worked by hand, and equal to pycocotools'."""

from __future__ import annotations

import contextlib
import io
from dataclasses import replace

import numpy as np
import pytest
import supervision as sv
from planted import Game, Label, PlantedClip, evaluate_clips

LABELS = ("ball", "number", "player", "rim")


def detection(*games: Game) -> dict:
    clips = [game.clip(f"clip {number}") for number, game in enumerate(games)]
    return evaluate_clips(clips).to_json()["detection"]


def test_perfect_boxes():
    figures = detection(Game(5))
    assert set(figures) == {"ball", "number", "player", "referee", "rim"}
    for boxes in figures.values():
        assert boxes["ap50"] == boxes["ap"] == pytest.approx(1)
        assert boxes["precision"] == boxes["recall"] == 1
    assert figures["player"]["truth"] == 20


def test_actions_count_as_player():
    game = Game(5)
    game.change_box("detections", "player", 1, name="player-jump-shot")
    figures = detection(game)
    assert figures["player"]["recall"] == 1
    assert "player-jump-shot" not in figures


def test_average_precision_by_hand():
    game = Game(1)
    ball = next(label for label in game.truth[1] if label.name == "ball")
    second = replace(ball, xywh=(10, 60, 20, 20))
    game.truth[1].append(second)
    game.detections[1] = [
        replace(ball, confidence=0.9),
        replace(ball, confidence=0.8, xywh=(500, 300, 20, 20)),
        replace(second, confidence=0.7),
    ]
    figures = detection(game)["ball"]
    # 51 of COCO's 101 recalls lie at or below a half, with precision 1; the others have 2/3.
    assert figures["ap50"] == pytest.approx((51 + 50 * 2 / 3) / 101)
    assert figures["ap"] == pytest.approx(figures["ap50"])
    assert figures["precision"] == pytest.approx(2 / 3)
    assert figures["recall"] == 1


def test_loose_boxes_count_at_low_thresholds_only():
    game = Game(3)
    for frame in game.detections:
        game.detections[frame] = [
            replace(label, xywh=(10, 10, 20, 14)) if label.name == "ball" else label
            for label in game.detections[frame]
        ]
    figures = detection(game)["ball"]
    assert figures["ap50"] == pytest.approx(1)
    assert figures["ap"] == pytest.approx(0.5), "IoU 0.7: right at 0.50 to 0.70 of ten thresholds"


def test_second_box_on_one_player_is_false():
    game = Game(2)
    for frame in game.detections:
        one = game.detections[frame][0]
        game.detections[frame].append(replace(one, name="player-in-possession", confidence=0.5))
    assert detection(game)["player"]["precision"] == pytest.approx(4 / 5)


def test_label_that_is_never_found_or_never_there():
    game = Game(2)
    for frame in game.detections:
        game.detections[frame] = [
            replace(label, name="ball-in-basket") if label.name == "ball" else label
            for label in game.detections[frame]
        ]
    figures = detection(game)
    assert (figures["ball"]["ap50"], figures["ball"]["recall"]) == (0, 0)
    assert figures["ball"]["precision"] is None
    assert figures["ball-in-basket"]["ap50"] is figures["ball-in-basket"]["recall"] is None
    assert figures["ball-in-basket"]["precision"] == 0


def test_clips_are_pooled_over_boxes():
    good, bad = Game(30), Game(10)
    bad.detections = {frame: [] for frame in bad.detections}
    assert detection(good, bad)["player"]["recall"] == pytest.approx(0.75)


def test_equals_pycocotools():
    coco = pytest.importorskip("pycocotools.coco")
    cocoeval = pytest.importorskip("pycocotools.cocoeval")
    random = np.random.default_rng(5)
    games = [random_game(random) for _ in range(3)]
    ours = evaluate_clips(games).to_json()["detection"]

    images, truth, predicted = [], [], []
    for game in games:
        for frame in game.truth:
            image = len(images) + 1
            images.append({"id": image, "width": 1000, "height": 1000})
            truth += annotations(game.truth[frame], image)
            predicted += annotations(game.detections[frame], image)
    reference = coco.COCO()
    reference.dataset = {
        "images": images,
        "annotations": [{**box, "id": number} for number, box in enumerate(truth, 1)],
        "categories": [{"id": number, "name": name} for number, name in enumerate(LABELS)],
    }
    with contextlib.redirect_stdout(io.StringIO()):
        reference.createIndex()
        evaluation = cocoeval.COCOeval(reference, reference.loadRes(predicted), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
    precision = evaluation.eval["precision"][:, :, :, 0, -1]
    for number, name in enumerate(LABELS):
        assert ours[name]["ap50"] == pytest.approx(precision[0, :, number].mean(), abs=1e-9)
        assert ours[name]["ap"] == pytest.approx(precision[:, :, number].mean(), abs=1e-9)


def random_game(random: np.random.Generator) -> PlantedClip:
    truth, found = {}, {}
    for frame in range(1, 31):
        boxes = np.column_stack([random.uniform(0, 600, (12, 2)), random.uniform(20, 300, (12, 2))])
        names = random.choice(LABELS, 12)
        seen = random.random(12) < 0.8
        moved = boxes + random.normal(0, 8, boxes.shape)
        false = np.column_stack([random.uniform(0, 600, (3, 2)), random.uniform(20, 300, (3, 2))])
        truth[frame] = as_detections(boxes, names, None)
        found[frame] = as_detections(
            np.concatenate([moved[seen], false]),
            np.concatenate([names[seen], random.choice(LABELS, 3)]),
            random.random(int(seen.sum()) + 3).round(2),
        )
    return PlantedClip(f"clip {random.integers(10**9)}", detections=found, truth=truth)


def as_detections(xywh: np.ndarray, names: np.ndarray, confidence: np.ndarray | None):
    corners = xywh.copy()
    corners[:, 2:] = xywh[:, :2] + np.maximum(1, xywh[:, 2:])
    return sv.Detections(
        xyxy=corners, confidence=confidence, data={"class_name": names.astype(object)}
    )


def annotations(labels: sv.Detections, image: int) -> list[dict]:
    rows = []
    for number, (x1, y1, x2, y2) in enumerate(labels.xyxy.tolist()):
        row = {
            "image_id": image,
            "category_id": LABELS.index(labels.data["class_name"][number]),
            "bbox": [x1, y1, x2 - x1, y2 - y1],
            "area": (x2 - x1) * (y2 - y1),
            "iscrowd": 0,
        }
        if labels.confidence is not None:
            row["score"] = float(labels.confidence[number])
        rows.append(row)
    return rows


def test_boxes_without_label_are_left_out():
    game = Game(1)
    game.detections[1].append(Label(None, (0, 0, 10, 10)))
    assert set(detection(game)) == {"ball", "number", "player", "referee", "rim"}
