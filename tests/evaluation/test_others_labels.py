"""Ground truth that other people made, with FiftyOne alone: read with our words, or refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import fiftyone as fo
import numpy as np
import pytest
import stored
from planted import TEAMS, TRACK_OF, Game

import hoop_plugins
from hoop_plugins.data.fields import Fields
from hoop_plugins.data.mark_fields import MARKS
from hoop_plugins.data.store import SampleStore
from hoop_plugins.errors import HoopError
from hoop_plugins.evaluation import runs
from hoop_plugins.mining.views import count_errors, load_errors

FRAMES = 4
THEIR_NAMES = {"player": "Person", "number": "jersey number", "ball": "basketball", "rim": "Hoop"}


@pytest.fixture
def store(dataset: fo.Dataset, make_video: Callable[..., Path]) -> SampleStore:
    """A clip in which player 12 is missed in two frames."""
    game = Game(FRAMES)
    game.remove("players", 12, [3, 4])
    return stored.add(dataset, make_video, game)


def change(
    store: SampleStore, how: Callable[[fo.Detection], Any], field: str = "ground_truth"
) -> None:
    """Changes every label of a field, as a person would with FiftyOne."""
    for sample in store.dataset.iter_samples(autosave=True):
        for frame in sample.frames.values():
            for label in frame[field].detections:
                how(label)


def rename(names: dict[str, str]) -> Callable[[fo.Detection], None]:
    def to(label: fo.Detection) -> None:
        label.label = names.get(label.label, label.label)

    return to


def figures(store: SampleStore, **options: Any) -> dict[str, Any]:
    return hoop_plugins.evaluate(store.dataset, **options).to_json()


@pytest.mark.parametrize("field", ["ground_truth", "detections", "players"])
@pytest.mark.parametrize("names", [THEIR_NAMES, {"player": "PLAYER", "number": "jersey-number"}])
def test_their_class_names_give_the_same_figures(
    store: SampleStore, names: dict[str, str], field: str
) -> None:
    expected = figures(store, mark=False)
    change(store, rename(names), field)
    assert figures(store, mark=False) == expected
    assert set(names.values()) & set(store.count_labels(field)), "they stay as they were"


@pytest.mark.parametrize("on_disk", [False, True])
def test_masks_of_another_size_give_the_same_figures(
    on_disk: bool, dataset: fo.Dataset, make_video: Callable[..., Path], tmp_path: Path
) -> None:
    game = Game(FRAMES)
    for x, person, track in [*((150 * n, n, TRACK_OF[n]) for n in TEAMS), (800, 9, 19)]:
        name = "referee" if person == 9 else "player"
        game.change_box("truth", name, person, mask=(x + 20, 90, 40, 120))
        game.change_box("players", name, track, mask=(x + 25, 100, 40, 120))
    store = stored.add(dataset, make_video, game)
    expected = figures(store, mark=False)["tracking"]["masks"]
    assert 0.3 < expected["hota"] < 0.9

    def resize(label: fo.Detection) -> None:
        if label.mask is None:
            return
        small = cv2.resize(label.mask.astype(np.uint8), (28, 28), interpolation=cv2.INTER_NEAREST)
        label.mask = None if on_disk else small.astype(bool)
        if on_disk:
            label.mask_path = str(tmp_path / f"{label.id}.png")
            cv2.imwrite(label.mask_path, small * 255)

    change(store, resize)
    change(store, resize, "players")
    assert figures(store, mark=False)["tracking"]["masks"] == pytest.approx(expected, abs=0.06)


def test_their_errors_are_found(store: SampleStore) -> None:
    change(store, rename(THEIR_NAMES))
    counts = {count.kind.name: count.labels for count in hoop_plugins.find_errors(store.dataset)}
    assert (counts["missed players"], counts["false players"]) == (2, 0)
    shown = load_errors(store.dataset, "missed players")
    assert set(shown.values("frames.ground_truth.detections.label", unwind=True)) == {"Person"}


def test_fiftyones_own_evaluation_says_what_it_cannot_read(store: SampleStore) -> None:
    change(store, rename(THEIR_NAMES))
    with pytest.raises(HoopError, match="calls a player 'Person': import it into a field of its"):
        hoop_plugins.evaluate(store.dataset, key="first", per_label=True)


def test_where_nobody_is_a_player_it_is_refused(store: SampleStore) -> None:
    change(store, rename({"player": "athlete", "referee": "Ref"}))
    with pytest.raises(HoopError) as refused:
        hoop_plugins.evaluate(store.dataset)
    message = str(refused.value)
    assert "clip.mp4: the ground truth has no player: it has " in message
    assert f"athlete {4 * FRAMES}" in message
    assert message.endswith("name them with --classes athlete=player")
    assert store.dataset.count_values("frames.players.detections.eval") == {None: 5 * FRAMES - 2}


def test_named_they_are_compared_and_the_dataset_remembers(store: SampleStore) -> None:
    expected = figures(store, mark=False)
    change(store, rename({"player": "athlete"}))
    assert figures(store, classes="athlete=player", mark=False) == expected
    with pytest.raises(HoopError, match="has no player"):
        hoop_plugins.evaluate(store.dataset, mark=False)
    assert figures(store, classes={"athlete": "player"}) == expected
    assert figures(store, mark=False) == expected
    counts = {count.kind.name: count.labels for count in count_errors(store.dataset)}
    assert counts["missed players"] == 2


def test_what_is_not_known_is_told_with_its_count(store: SampleStore) -> None:
    def one_more(label: fo.Detection) -> None:
        if label.label == "rim":
            label.label = "scoreboard"

    change(store, one_more)
    report = hoop_plugins.evaluate(store.dataset)
    (note,) = report.notes
    assert f"scoreboard {FRAMES}" in note
    assert "--classes scoreboard=CLASS" in note
    assert runs.load_run(store.dataset, "evaluation").notes == [note]
    assert hoop_plugins.evaluate(store.dataset, classes="scoreboard=", mark=False).notes == []


def test_a_truth_of_things_alone_is_told(store: SampleStore) -> None:
    def drop(label: fo.Detection) -> None:
        if label.label == "player":
            label.label = "Ref"

    change(store, drop)
    (note,) = hoop_plugins.evaluate(store.dataset, mark=False).notes
    assert note.startswith("the ground truth has no player, so tracked ones are false: it has ball")


def test_players_without_an_index_are_told(store: SampleStore) -> None:
    def forget(label: fo.Detection) -> None:
        if label.label == "player":
            label.index = None

    change(store, forget)
    (note,) = hoop_plugins.evaluate(store.dataset, mark=False).notes
    assert note.startswith(f"{4 * FRAMES} players of the ground truth have no index")


@pytest.mark.parametrize("written", ["{}.0", "#{}", " {} "])
def test_their_numbers_give_the_same_figures(store: SampleStore, written: str) -> None:
    def write(label: fo.Detection) -> None:
        for name in ("number", "text"):
            if label.get_attribute_value(name, None) is not None:
                label[name] = written.format(label[name])

    expected = figures(store, mark=False)
    change(store, write)
    assert figures(store, mark=False) == expected


def test_numbers_that_are_none_do_not_count(store: SampleStore) -> None:
    def spoil(label: fo.Detection) -> None:
        if label.label == "player":
            label["number"] = {1: "-1", 2: "nan", 3: "unreadable", 4: label["number"]}[label.index]

    change(store, spoil)
    report = hoop_plugins.evaluate(store.dataset, mark=False)
    assert report.pooled.numbers.players == 1
    assert report.pooled.headlines()["numbers.validated.precision"] == 1
    assert report.notes == []


def test_numbers_that_nobody_can_read_are_told(store: SampleStore) -> None:
    def spoil(label: fo.Detection) -> None:
        if label.label == "player" and label.index < 3:
            label["number"] = "100" if label.index == 1 else "abc"

    change(store, spoil)
    report = hoop_plugins.evaluate(store.dataset, mark=False)
    (note,) = report.notes
    assert f"'100' {FRAMES}, 'abc' {FRAMES}" in note
    assert report.pooled.numbers.players == 2


@pytest.mark.parametrize("declared", [True, False])
def test_values_of_theirs_are_not_taken_for_marks(store: SampleStore, declared: bool) -> None:
    def own(label: fo.Detection) -> None:
        label["number_correct"] = True

    change(store, own, "players")
    if declared:
        store.dataset.add_frame_field("players.detections.number_correct", fo.BooleanField)
    with pytest.raises(HoopError, match=r"number_correct of .* holds .* values that hoop_plugins"):
        hoop_plugins.evaluate(store.dataset)
    with pytest.raises(HoopError, match=r"rename_frame_field\('players.detections.number_correct'"):
        hoop_plugins.find_errors(store.dataset)
    assert not store.dataset.has_sample_field("errors")
    hoop_plugins.evaluate(store.dataset, overwrite=True)
    hoop_plugins.evaluate(store.dataset)  # the marks are ours now


@pytest.mark.parametrize(
    ("theirs", "duplicates"),
    [
        ({}, 2 * FRAMES),
        ({"number": 7}, 2 * FRAMES),
        ({"team": ["a"]}, 0),
        ({"number": ["2", "3"]}, 0),
        ({"team": {"a": 1}}, 0),
    ],
)
def test_lists_of_theirs_name_nobody(
    store: SampleStore, theirs: dict[str, Any], duplicates: int
) -> None:
    store.dataset.rename_frame_field("ground_truth", "true")
    said = {"label": "player", "team": "dark", "number": "7", **theirs}
    sample = store.dataset.first()
    for frame in sample.frames.values():
        pair = [fo.Detection(index=n, bounding_box=[0.2 * n, 0, 0.1, 0.3], **said) for n in (1, 2)]
        frame["rival"] = fo.Detections(detections=pair)
    sample.save()
    found = hoop_plugins.find_errors(store.dataset, fields=Fields(players="rival"))
    counts = {count.kind.name: count.labels for count in found}
    assert counts["duplicate numbers"] == duplicates


@pytest.mark.parametrize("theirs", [{"team": ["a"]}, {"number": ["7"]}, {"number": {"a": 7}}])
def test_lists_of_theirs_are_refused_with_their_place(
    store: SampleStore, theirs: dict[str, Any]
) -> None:
    (name,) = theirs
    sample = store.dataset.first()
    own = fo.Detection(label="player", index=1, bounding_box=[0.2, 0, 0.1, 0.3], **theirs)
    sample.frames[2]["theirs"] = fo.Detections(detections=[own])
    sample.save()
    with pytest.raises(HoopError, match=rf"clip\.mp4, frame 2: {name} is .*give text, or a number"):
        hoop_plugins.evaluate(store.dataset, ground_truth="theirs", mark=False)


@pytest.mark.parametrize("visible", ["yes", [0.5], True])
def test_what_others_call_visible_is_no_share(store: SampleStore, visible: Any) -> None:
    sample = store.dataset.first()
    for number, frame in sample.frames.items():
        for label in frame["ground_truth"].detections:
            del label["visible"]
        own = [label.copy() for label in frame["ground_truth"].detections]
        sample.frames[number]["theirs"] = fo.Detections(detections=own)
    sample.save()
    expected = figures(store, ground_truth="theirs", mark=False)
    for frame in sample.frames.values():
        for label in frame["theirs"].detections:
            label["visible"] = visible
    sample.save()
    assert figures(store, ground_truth="theirs", mark=False) == expected


def test_shapes_in_the_place_of_boxes_are_refused(store: SampleStore) -> None:
    dataset = store.dataset
    dataset.rename_frame_field("ground_truth", "boxes")
    shape = fo.Polylines(polylines=[fo.Polyline(label="player", points=[[(0.1, 0.1), (0.2, 0.2)]])])
    dataset.set_values("frames.ground_truth", [[shape] * FRAMES])
    for use_case in (hoop_plugins.evaluate, hoop_plugins.find_errors):
        with pytest.raises(HoopError, match=r"frames\.ground_truth of .* holds Polylines"):
            use_case(dataset)


def test_values_of_theirs_in_another_field_are_not_taken_for_marks(store: SampleStore) -> None:
    """As where another tracker's players are evaluated after ours."""
    dataset, mark = store.dataset, "id_switch"
    hoop_plugins.evaluate(dataset)
    dataset.clone_frame_field("players", "rival")
    marks = [f"rival.detections.{name}" for name in MARKS["players"]]
    dataset.delete_frame_fields(marks)

    def own(label: fo.Detection) -> None:
        label[mark] = True

    change(store, own, "rival")
    before = dataset.distinct(f"frames.rival.detections.{mark}")
    with pytest.raises(
        HoopError, match=rf"frames\.rival\.detections\.{mark} of .* holds 18 values"
    ):
        hoop_plugins.evaluate(dataset, players="rival", key="rival")
    with pytest.raises(HoopError, match=rf"rival\.detections\.{mark} of .* did not write"):
        hoop_plugins.find_errors(dataset, fields=Fields(players="rival"))
    assert dataset.distinct(f"frames.rival.detections.{mark}") == before == [True]
    hoop_plugins.evaluate(dataset)  # of ours everything is ours
    dataset.delete_frame_fields([f"rival.detections.{mark}"], error_level=2)
    change(store, lambda label: label.clear_field(mark), "rival")
    hoop_plugins.evaluate(dataset, players="rival", key="rival")
    hoop_plugins.evaluate(dataset, players="rival", key="rival")
    assert runs.list_runs(dataset) == ["evaluation", "rival"]


def test_fields_of_theirs_are_not_taken_for_figures(store: SampleStore) -> None:
    store.dataset.set_values("eval_teams", [0.5])
    with pytest.raises(HoopError, match="'eval_teams', 'eval_teams_before'"):
        hoop_plugins.evaluate(store.dataset)
    assert store.dataset.values("eval_teams") == [0.5]
    store.dataset.rename_sample_field("eval_teams", "my_teams")
    hoop_plugins.evaluate(store.dataset, mark=False)
    hoop_plugins.evaluate(store.dataset)
    assert store.dataset.values("my_teams") == [0.5]
