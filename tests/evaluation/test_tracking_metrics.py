"""Tracking metrics of a small game in which one thing is wrong."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import supervision as sv
from planted import SHAPE, Game, Label, PlantedClip, evaluate_clips
from pycocotools import mask as coco_mask

from hoop_plugins.evaluation.tabulation import tabulate

NAMES = ("hota", "deta", "assa", "loca", "mota", "motp", "idf1", "idp", "idr")


def tracking(game: Game) -> dict:
    return evaluate_clips([game.clip()]).to_json()["tracking"]


def test_perfect_tracks():
    figures = tracking(Game(20))
    assert [figures[name] for name in NAMES] == pytest.approx([1.0] * 9)
    assert figures["id_switches"] == figures["fragmentations"] == figures["mostly_lost"] == 0
    assert figures["mostly_tracked"] == 4
    assert figures["truth"] == figures["predicted"] == 80, "the referee is not counted"


def test_two_tracks_swapped_half_way():
    game = Game(100)
    game.swap(11, 13, range(51, 101))
    figures = tracking(game)
    assert figures["id_switches"] == 2
    assert figures["mota"] == pytest.approx(1 - 2 / 400)
    assert figures["idf1"] == figures["idp"] == figures["idr"] == pytest.approx(300 / 400)
    assert figures["deta"] == pytest.approx(1)
    # Each half of a swapped track shares 50 of 150 frames with its person.
    assert figures["assa"] == pytest.approx((200 * 1 + 200 / 3) / 400)
    assert figures["hota"] == pytest.approx(math.sqrt(2 / 3))


def test_player_without_track():
    game = Game(50)
    game.remove("players", 12)
    figures = tracking(game)
    assert figures["mota"] == figures["idr"] == figures["deta"] == pytest.approx(0.75)
    assert figures["idp"] == 1
    assert figures["mostly_lost"] == 1
    assert figures["false_negatives"] == 50


def test_gap_is_a_fragmentation_and_no_switch():
    game = Game(50)
    game.remove("players", 12, range(20, 30))
    figures = tracking(game)
    assert (figures["fragmentations"], figures["id_switches"]) == (1, 0)
    assert figures["partly_tracked"] == 1, "80% of the frames are not more than 80%"


def test_boxes_that_overlap_by_three_fifths():
    game = Game(10)
    for person, track in ((1, 11), (2, 12), (3, 13), (4, 14)):
        game.change_box("players", "player", track, xywh=(150 * person, 50, 80, 120))
    figures = tracking(game)
    # IoU 0.6: right at the 12 thresholds 0.05 to 0.60, wrong at the other 7.
    assert figures["deta"] == pytest.approx(12 / 19)
    assert figures["mota"] == 1
    assert figures["loca"] == pytest.approx((12 * 0.6 + 7) / 19), "1 where nothing matches"


def test_track_on_a_referee_is_a_false_positive():
    game = Game(10)
    game.change_box("players", "referee", 19, name="player")
    assert tracking(game)["false_positives"] == 10


@pytest.mark.parametrize(("height", "truth"), [(19.5, 30), (20, 40)])
def test_people_under_twenty_pixels_are_ignored(height, truth):
    game = Game(10)
    for field, index in (("truth", 1), ("players", 11)):
        game.change_box(field, "player", index, xywh=(150, 50, 10, height))
    figures = tracking(game)
    assert figures["truth"] == figures["predicted"] == truth
    assert figures["mota"] == 1


def test_masks_are_compared_over_matched_pairs():
    game = Game(4)
    for field, shift in (("truth", 0), ("players", 10)):
        labels = getattr(game, field)
        for frame in labels:
            labels[frame] = [with_mask(label, 50 + shift) for label in labels[frame]]
    figures = tracking(game)
    # Both masks are 20 rows high, ten of them shared.
    assert figures["mask_iou"] == pytest.approx(1 / 3)
    assert figures["mask_pairs"] == 16


@pytest.mark.parametrize("masked", [1, 2, 3])
def test_who_has_no_mask_among_others_is_not_compared_by_mask(masked):
    game = Game(4)
    for frame in range(1, 5):
        game.truth[frame] = [with_mask(label, 50) for label in game.truth[frame]]
        players = game.players[frame]
        game.players[frame] = [with_mask(each, 60) for each in players[:masked]] + players[masked:]
    figures = tracking(game)
    assert figures["mask_iou"] == pytest.approx(1 / 3)
    assert figures["mask_pairs"] == 4 * masked
    assert ("masks" in figures) == (masked == 3)  # of four: most of them


def test_tracking_on_masks_is_tracking_with_their_overlap():
    game = Game(30)
    game.swap(11, 12, range(11, 31))
    for frame in range(1, 31):
        # Good masks at first, then masks a third of whose rows agree, in boxes that are right.
        shift = 0 if frame <= 20 else 10
        game.truth[frame] = [with_mask(label, 50) for label in game.truth[frame]]
        game.players[frame] = [with_mask(label, 50 + shift) for label in game.players[frame]]
    figures = tracking(game)
    assert figures["mota"] == pytest.approx((120 - 2) / 120)
    on_masks = figures["masks"]
    assert on_masks["false_positives"] == on_masks["false_negatives"] == 40
    assert on_masks["mota"] == pytest.approx((80 - 40 - 2) / 120)
    assert on_masks["motp"] == 1
    # Matched at the thresholds up to 0.30 with all boxes, above with those of 20 frames.
    assert on_masks["deta"] == pytest.approx((6 * 1 + 13 * 80 / 160) / 19)
    assert on_masks["hota"] < figures["hota"]


def test_mask_overlap_equals_that_of_the_coco_tools():
    random = np.random.default_rng(3)
    masks = random.random((7, 60, 90)) < 0.4
    masks[:, :, ::7] = False
    sides = []
    for some in (masks[:4], masks[4:]):
        boxes = np.tile([0, 0, 90, 60], (len(some), 1))
        packed = sv.CompactMask.from_dense(some, boxes, (60, 90))
        names = np.full(len(some), "player", dtype=object)
        ids = np.arange(len(some))
        sides.append(
            sv.Detections(boxes.astype(float), packed, tracker_id=ids, data={"class_name": names})
        )
    clip = PlantedClip("clip", players={1: sides[1]}, truth={1: sides[0]})
    (found,) = tabulate(clip).overlaps
    encoded = [coco_mask.encode(np.asfortranarray(mask.astype(np.uint8))) for mask in masks]
    expected = coco_mask.iou(encoded[:4], encoded[4:], [False] * 3)
    assert found.masks == pytest.approx(expected, abs=1e-9)


def test_no_figures_on_masks_where_one_side_has_none():
    game = Game(4)
    for frame, labels in game.truth.items():
        game.truth[frame] = [with_mask(label, 50) for label in labels]
    assert "masks" not in tracking(game)


def with_mask(label: Label, top: int) -> Label:
    left = int(label.xywh[0])
    assert left + 10 < SHAPE[1]
    return replace(label, mask=(left, top, 10, 20))


def test_mask_iou_is_undefined_without_masks():
    assert tracking(Game(2))["mask_iou"] is None


def test_no_ground_truth_leaves_fractions_undefined():
    game = Game(3)
    game.truth = {frame: [] for frame in game.truth}
    figures = tracking(game)
    assert figures["hota"] is figures["mota"] is figures["idf1"] is None
    assert figures["false_positives"] == 12
