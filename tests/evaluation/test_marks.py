"""Marks on the labels: what is planted is marked, and the marks count as the figures do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import fiftyone as fo
import numpy as np
import pytest
import supervision as sv
from planted import SHAPE, Game, Label, detections, evaluate_clips
from stored import PREDICTED, write

from hoop_plugins.data.fields import Fields
from hoop_plugins.data.mark_fields import FRAME_MARKS, MARKS
from hoop_plugins.data.store import SampleStore
from hoop_plugins.errors import HoopError, MissingFieldError
from hoop_plugins.evaluation.clips import clips_of
from hoop_plugins.evaluation.marks import mark_labels

FRAMES = 12


@pytest.fixture
def game() -> Game:
    return Game(FRAMES)


@pytest.fixture
def store(dataset: fo.Dataset, make_video: Callable[..., Path]) -> SampleStore:
    sample = fo.Sample(filepath=str(make_video(frames=FRAMES, width=SHAPE[1], height=SHAPE[0])))
    dataset.add_sample(sample)
    return SampleStore(dataset, sample.id)


def marks(store: SampleStore, role: str, *names: str) -> Iterator[tuple[Any, ...]]:
    """Frame, id, and the marks of each label."""
    field = getattr(store.names, role)
    for frame, labels in store.dataset[store.sample_id].frames.items():
        for label in labels[field].detections if labels[field] else ():
            yield frame, label, *(getattr(label, name, None) for name in names)


def found(store: SampleStore, role: str, name: str, value: object) -> set[tuple[int, int | None]]:
    """Frame and index of the labels with that mark."""
    return {
        (frame, label.index) for frame, label, mark in marks(store, role, name) if mark == value
    }


def check_counts(store: SampleStore) -> None:
    """Every count of the report is the count of a mark."""
    figures = evaluate_clips(clips_of(store.dataset, store.names)).to_json()
    tracking, numbers, identity = figures["tracking"], figures["numbers"], figures["identity"]

    def count(role: str, name: str, value: object = True, label: str | None = "player") -> int:
        return sum(
            mark == value and (label is None or marked.label.startswith(label))
            for _, marked, mark in marks(store, role, name)
        )

    matched = tracking["truth"] - tracking["false_negatives"]
    assert count("players", "eval", "tp") == count("ground_truth", "eval", "tp") == matched
    assert count("players", "eval", "fp") == tracking["false_positives"]
    assert count("ground_truth", "eval", "fn") == tracking["false_negatives"]
    assert count("ground_truth", "id_switch") == tracking["id_switches"]
    assert count("players", "id_switch") == tracking["id_switches"]
    assert count("players", "team_correct") == figures["teams"]["frames_right"]
    assert count("players", "identity_correct") == identity["frames_right"]
    assert count("ground_truth", "identity_correct") == identity["frames_right"]
    wrong = count("ground_truth", "identity_correct", False)
    assert wrong == identity["frames"] - identity["frames_right"]
    assert count("numbers", "owner_correct", label=None) == numbers["pairing"]["pairs_right"]
    assert count("numbers", "number_correct", label=None) == numbers["reading"]["right"]
    for label, boxes in figures["detection"].items():
        assert count("detections", "eval", "tp", label) == boxes["matched"]
        assert count("detections", "eval", "fp", label) == boxes["predicted"] - boxes["matched"]
        if label != "player":
            missed = boxes["truth"] - boxes["matched"]
            assert count("ground_truth", "eval", "fn", label) == missed
    sample = store.dataset[store.sample_id]
    counted = {
        name: sum(frame[name] or 0 for frame in sample.frames.values()) for name in FRAME_MARKS
    }
    assert counted == {
        "eval_tp": matched,
        "eval_fp": tracking["false_positives"],
        "eval_fn": tracking["false_negatives"],
        "eval_id_switches": tracking["id_switches"],
    }


def test_perfect_predictions_are_marked_right(store: SampleStore, game: Game) -> None:
    write(store, game)
    mark_labels(store.dataset, Fields())
    for role, right in {
        "players": {"eval": "tp", "eval_iou": 1.0, "id_switch": False, "team_correct": True},
        "numbers": {"eval": "tp", "owner_correct": True, "number_correct": True},
        "detections": {"eval": "tp", "eval_iou": 1.0},
    }.items():
        for name, value in right.items():
            said = Counter(
                mark for _, label, mark in marks(store, role, name) if label.label != "referee"
            )
            assert list(said) == [pytest.approx(value)], (role, name)
    check_counts(store)


def test_matched_labels_name_each_other(store: SampleStore, game: Game) -> None:
    write(store, game)
    mark_labels(store.dataset, Fields())
    truth = {label.id: (frame, label) for frame, label in marks(store, "ground_truth")}
    for frame, label, other in marks(store, "players", "eval_id"):
        if label.label == "player":
            at, person = truth[other]
            assert (at, person.index) == (frame, label.index - 10)
            assert person.eval_id == label.id
    for role in ("numbers", "detections"):
        for frame, label, other in marks(store, role, "eval_id"):
            assert truth[other][0] == frame
            assert truth[other][1].label == label.label
            assert np.allclose(truth[other][1].bounding_box, label.bounding_box)


def test_referees_are_compared_by_the_detector_alone(store: SampleStore, game: Game) -> None:
    write(store, game)
    mark_labels(store.dataset, Fields())
    referees = [
        mark for _, label, mark in marks(store, "players", "eval") if label.label == "referee"
    ]
    assert referees == [None] * FRAMES
    assert found(store, "ground_truth", "eval", "tp") >= {(1, 9), (FRAMES, 9)}


def test_planted_errors_are_marked(store: SampleStore, game: Game) -> None:
    late = range(10, FRAMES + 1)
    game.swap(13, 14, late)
    game.remove("players", 12, [5, 6])
    game.remove("numbers", 12, [5, 6])
    game.change("players", 11, [3], number="99")
    game.change("numbers", 11, [4], text="14")
    for frame in (7, 8):
        game.players[frame].append(Label("player", (700, 300, 40, 90), 77))
    game.detections[9] = [box for box in game.detections[9] if box.name != "ball"]
    game.detections[9].append(Label("ball", (500, 350, 20, 20)))
    write(store, game)
    mark_labels(store.dataset, Fields())

    assert found(store, "ground_truth", "eval", "fn") == {(5, 2), (6, 2), (9, None)}
    assert found(store, "players", "eval", "fp") == {(7, 77), (8, 77)}
    assert found(store, "detections", "eval", "fp") == {(9, None)}
    assert found(store, "ground_truth", "id_switch", True) == {(10, 3), (10, 4)}
    assert found(store, "players", "id_switch", True) == {(10, 13), (10, 14)}
    swapped = {(frame, track) for frame in late for track in (13, 14)}
    assert found(store, "players", "number_correct", False) == {(3, 11), *swapped}
    assert found(store, "players", "identity_correct", False) == {(3, 11), *swapped}
    assert found(store, "players", "team_correct", False) == set()
    assert found(store, "ground_truth", "identity_correct", False) == {
        *((3, 1), (5, 2), (6, 2)),
        *((frame, person) for frame in late for person in (3, 4)),
    }
    assert found(store, "numbers", "number_correct", False) == {(4, 11), *swapped}
    assert found(store, "numbers", "owner_correct", False) == swapped
    check_counts(store)


def test_a_box_on_nobody_has_no_owner_to_be_right_about(store: SampleStore, game: Game) -> None:
    game.change_box("numbers", "number", 11, [2], xywh=(900, 350, 20, 20))
    write(store, game)
    mark_labels(store.dataset, Fields())
    assert found(store, "numbers", "eval", "fp") == {(2, 11)}
    assert (2, 11) in found(store, "numbers", "owner_correct", None)
    check_counts(store)


def test_people_too_small_to_count_are_not_marked(store: SampleStore, game: Game) -> None:
    game.change_box("truth", "player", 2, xywh=(300, 50, 10, 15))
    game.change_box("players", "player", 12, xywh=(300, 50, 10, 15))
    write(store, game)
    mark_labels(store.dataset, Fields())
    everywhere = {(frame, 12) for frame in range(1, FRAMES + 1)}
    assert found(store, "players", "eval", None) >= everywhere
    check_counts(store)


def test_random_games_count_as_their_figures(store: SampleStore, game: Game) -> None:
    random = np.random.default_rng(5)
    for labels in (game.players, game.detections, game.numbers):
        for frame, boxes in labels.items():
            kept = [box for box in boxes if random.random() > 0.15]
            labels[frame] = [
                replace(
                    box, xywh=tuple(np.array(box.xywh) + random.uniform(-1, 1, 4) * box.xywh[2] / 4)
                )
                for box in kept
            ]
    write(store, game)
    mark_labels(store.dataset, Fields())
    check_counts(store)


def test_what_was_fixed_is_marked_anew(store: SampleStore, game: Game) -> None:
    game.change("players", 11, number="99")
    game.change("players", 13, team="dark")
    write(store, game)
    mark_labels(store.dataset, Fields())
    assert len(found(store, "players", "number_correct", False)) == FRAMES
    for track, values in ((11, {"number": "4"}), (13, {"team": "light"})):
        store.assign("players", [(track, None, values)])
    mark_labels(store.dataset, Fields())
    assert found(store, "players", "number_correct", False) == set()
    assert found(store, "players", "team_correct", False) == set()


def test_frames_without_ground_truth_lose_their_marks(store: SampleStore, game: Game) -> None:
    write(store, game)
    mark_labels(store.dataset, Fields())
    store.clear("ground_truth", after=8)
    mark_labels(store.dataset, Fields())
    for role in PREDICTED:
        for frame, label, *found_marks in marks(store, role, *MARKS[role]):
            if label.label != "referee":
                assert (found_marks[0] is not None) == (frame <= 8)
            assert frame <= 8 or not any(found_marks)
    last = store.dataset[store.sample_id].frames[FRAMES]
    assert [last[name] for name in FRAME_MARKS] == [None] * 4
    check_counts(store)


def test_masks_and_attributes_stay(store: SampleStore, game: Game) -> None:
    game.change_box("players", "player", 11, mask=(150, 50, 60, 150))
    write(store, game)
    before = dict(store.read("players"))
    mark_labels(store.dataset, Fields())
    for frame, now in store.read("players"):
        assert now.mask.area.tolist() == before[frame].mask.area.tolist()
        assert now.data["team"].tolist() == before[frame].data["team"].tolist()
        assert now.xyxy.tolist() == before[frame].xyxy.tolist()


def test_marks_are_in_the_schema_and_can_be_filtered(store: SampleStore, game: Game) -> None:
    game.change("players", 11, [3], number="99")
    write(store, game)
    mark_labels(store.dataset, Fields())
    schema = store.dataset.get_frame_field_schema(flat=True)
    for role, attributes in MARKS.items():
        for name, kind in attributes.items():
            assert isinstance(schema[f"{role}.detections.{name}"], kind)
    wrong = store.dataset.filter_labels("frames.players", fo.ViewField("number_correct") == False)  # noqa: E712
    assert wrong.values("frames.players.detections.index", unwind=True) == [11]


def test_other_names_of_fields(store: SampleStore, game: Game) -> None:
    write(store, game)
    store.dataset.rename_frame_field("players", "rival")
    names = Fields(players="rival")
    mark_labels(store.dataset, names)
    store = SampleStore(store.dataset, store.sample_id, names)
    assert found(store, "players", "eval", "fp") == set()
    check_counts(store)


def test_fields_that_are_not_there_are_passed_over(store: SampleStore, game: Game) -> None:
    store.write("ground_truth", {frame: detections(labels) for frame, labels in game.truth.items()})
    mark_labels(store.dataset, Fields())
    assert len(found(store, "ground_truth", "eval", "fn")) > 0
    assert not store.dataset.has_frame_field("players")


def test_a_video_without_labels_is_left_alone(
    store: SampleStore, game: Game, make_video: Any
) -> None:
    write(store, game)
    store.dataset.add_sample(fo.Sample(filepath=str(make_video("other.mp4"))))
    mark_labels(store.dataset, Fields())
    check_counts(store)


def test_what_cannot_be_compared_keeps_its_marks(store: SampleStore, game: Game) -> None:
    write(store, game)
    mark_labels(store.dataset, Fields())
    twice = sv.Detections.merge([detections(game.truth[2]), detections(game.truth[2])])
    store.write("ground_truth", {2: twice})
    with pytest.raises(HoopError, match=r"frame 2: index 1 occurs twice"):
        mark_labels(store.dataset, Fields())
    assert (5, 11) in found(store, "players", "eval", "tp")


def test_without_ground_truth_nothing_is_declared(store: SampleStore, game: Game) -> None:
    store.write("players", {1: detections(game.players[1])})
    with pytest.raises(MissingFieldError, match="ground_truth"):
        mark_labels(store.dataset, Fields())
    assert "players.detections.eval" not in store.dataset.get_frame_field_schema(flat=True)
