"""A whole evaluation: figures, sidebar, run, FiftyOne's own evaluations, comparison."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fiftyone as fo
import fiftyone.operators as foo
import people
import pytest
import stored
from fiftyone import ViewField as F
from planted import Game

import hoop_plugins
from hoop_plugins.data.mark_fields import SAMPLE_FIGURES
from hoop_plugins.data.store import SampleStore
from hoop_plugins.errors import HoopError
from hoop_plugins.evaluation import job, runs
from hoop_plugins.evaluation.figures import HEADLINES, lookup
from hoop_plugins.evaluation.job import Evaluation
from hoop_plugins.stages.stage import Progress

FRAMES = 8


@pytest.fixture
def store(dataset: fo.Dataset, make_video: Callable[..., Path]) -> SampleStore:
    """A clip in which player 12 is missed in two frames and player 11's number is always wrong."""
    game = Game(FRAMES)
    game.remove("players", 12, [5, 6])
    game.change("players", 11, number="99")
    return stored.add(dataset, make_video, game)


def test_one_call_writes_figures_where_people_look(store: SampleStore) -> None:
    dataset = store.dataset
    steps: list[Progress] = []
    report = hoop_plugins.evaluate(dataset, progress=steps.append)
    assert [(step.stage, step.video, step.done, step.total) for step in steps] == [
        ("evaluate", "clip.mp4", 0, 1),
        ("evaluate", "", 1, 1),
        ("find errors", "", 0, 1),
        ("find errors", "", 1, 1),
    ]
    assert [step.whole for step in steps] == [0, 0.5, 0.5, 1]

    figures = report.to_json()
    sample = dataset[store.sample_id]
    for name, path in SAMPLE_FIGURES.items():
        assert sample[name] == lookup(figures, path)
    assert sample["eval_identity"] == (4 * FRAMES - 2 - FRAMES) / (4 * FRAMES)
    assert (sample["eval_tp"], sample["eval_fp"], sample["eval_fn"]) == (4 * FRAMES - 2, 0, 2)

    assert runs.list_runs(dataset) == ["evaluation"]
    assert runs.load_run(dataset, "evaluation").to_json() == figures
    assert runs.load_figures(dataset, "evaluation") == json.loads(json.dumps(figures))


def test_model_evaluation_shows_the_figures(store: SampleStore) -> None:
    dataset = store.dataset
    report = hoop_plugins.evaluate(dataset)
    assert dataset.get_evaluation_info("eval").config.type == "detection"
    metrics = fo.load_dataset(dataset.name).load_evaluation_results("eval").metrics()
    headlines = report.pooled.headlines()
    for figure in HEADLINES:
        if headlines[figure] is not None:
            assert metrics[figure] == pytest.approx(headlines[figure])
    assert metrics["recall"] == pytest.approx((4 * FRAMES - 2) / (4 * FRAMES))
    assert metrics["precision"] == 1
    custom = dataset.load_evaluation_results("eval").custom_metrics
    assert {metric["lower_is_better"] for metric in custom.values()} == {False}

    patches = dataset.to_frames(sample_frames="dynamic").to_evaluation_patches("eval")
    assert sum(kind == "fn" for kind in patches.values("type")) == 2
    dataset.delete_evaluation("eval")
    assert "players.detections.eval" not in dataset.get_frame_field_schema(flat=True)
    hoop_plugins.evaluate(dataset)
    assert dataset[store.sample_id]["eval_fn"] == 2


def test_the_panel_of_fiftyone_gets_the_figures(store: SampleStore) -> None:
    hoop_plugins.evaluate(store.dataset)
    result = foo.execute_operator(
        "@voxel51/panels/model_evaluation_panel_builtin",
        dataset=store.dataset,
        params={
            "panel_id": "p",
            "__method__": "load_evaluation",
            "panel_state": {"view": {"key": "eval"}},
            "key": "eval",
        },
    )
    shown = json.dumps(result.executor.to_json()["requests"], default=str)
    assert "identity.frame_accuracy" in shown


def test_fiftyones_own_evaluation_agrees(store: SampleStore) -> None:
    dataset = store.dataset
    report = hoop_plugins.evaluate(dataset, key="first", per_label=True)
    clear = report.pooled.tracking.clear
    sample = dataset[store.sample_id]
    assert sample["first_tp"] == sample["eval_tp"] == clear.true_positives
    assert sample["first_fp"] == sample["eval_fp"] == clear.false_positives
    assert sample["first_fn"] == sample["eval_fn"] == clear.false_negatives
    for role in ("players", "ground_truth"):
        path = f"frames.{role}.detections"
        theirs, ours, labels = dataset.values(
            [f"{path}.first", f"{path}.eval", f"{path}.label"], unwind=True
        )
        marks = zip(theirs, ours, labels, strict=True)
        agreed = [their == our for their, our, label in marks if label == "player"]
        assert len(agreed) > 4
        assert all(agreed)
    assert len(dict(store.read("players"))[1]) == 5, "the referee stays"
    metrics = dataset.load_evaluation_results("first").metrics()
    assert metrics["tracking.hota"] == pytest.approx(report.pooled.headlines()["tracking.hota"])


def test_several_processes_say_the_same_as_one(
    dataset: fo.Dataset, make_video: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("first.mp4", "second.mp4"):
        game = Game(FRAMES)
        game.change("players", 11, number="99")
        stored.add(dataset, make_video, game, name)
    path = "frames.players.detections.identity_correct"
    alone = hoop_plugins.evaluate(dataset)
    marks = dataset.values(path)
    monkeypatch.setattr(job, "FRAMES_A_PROCESS", 1)
    assert hoop_plugins.evaluate(dataset, processes=2).to_json() == alone.to_json()
    assert dataset.values(path) == marks
    assert list(alone.clips) == ["first.mp4", "second.mp4"]


def test_an_earlier_evaluation_is_compared_with(store: SampleStore) -> None:
    hoop_plugins.evaluate(store.dataset)
    store.assign("players", [(11, None, {"number": "4"})])
    job = Evaluation(store.dataset, against="evaluation")
    list(job.run())
    assert job.report.comparison
    changes = {change.figure: change for change in job.report.comparison.changes}
    assert changes["identity.frame_accuracy"].difference == pytest.approx(0.25)
    assert changes["tracking.hota"].difference == 0


VIEWS: dict[str, Callable[[fo.Dataset], Any]] = {
    "frames": lambda videos: videos.match_frames(F("frame_number") <= 5),
    "truth": lambda videos: videos.filter_labels("frames.ground_truth", F("index") != 1),
    "players": lambda videos: videos.filter_labels("frames.players", F("index") != 11),
    "both": lambda videos: (
        videos.exclude_fields("frames.numbers")
        .match_frames(F("frame_number") > 2)
        .limit_labels("frames.players", 3)
    ),
}


@pytest.mark.parametrize("kind", VIEWS)
def test_the_figures_are_those_of_what_a_view_shows(kind: str, store: SampleStore) -> None:
    dataset = store.dataset
    whole = hoop_plugins.evaluate(dataset, mark=False).to_json()
    view = VIEWS[kind](dataset)
    cloned = view.clone()
    try:
        expected = hoop_plugins.evaluate(cloned)
        report = hoop_plugins.evaluate(view)
        assert report.to_json()["notes"] == ["Evaluated are the frames and labels of the view."]
        assert {**report.to_json(), "notes": []} == expected.to_json() != whole
        assert runs.load_run(dataset, "evaluation").to_json() == report.to_json()
        wanted = ["id", "eval", "eval_iou", "number_correct"]
        paths = [f"frames.players.detections.{name}" for name in wanted]
        marks, theirs = (
            {label: rest for label, *rest in zip(*videos.values(paths, unwind=True), strict=True)}
            for videos in (dataset, cloned)
        )
        assert {label: marks[label] for label in theirs} == theirs
        assert all(marks[label] == [None] * 3 for label in set(marks) - set(theirs))
        assert dataset.count_values("errors.detections.label") == cloned.count_values(
            "errors.detections.label"
        )
        results = dataset.load_evaluation_results("eval").metrics()
        assert results == cloned.load_evaluation_results("eval").metrics()
    finally:
        cloned.delete()


def test_other_frames_are_not_compared_with(store: SampleStore) -> None:
    dataset = store.dataset
    view = VIEWS["frames"](dataset)
    hoop_plugins.evaluate(dataset, key="whole")
    hoop_plugins.evaluate(view, key="part")
    with pytest.raises(HoopError, match=r"'whole' is of other frames.*load_run_view\('whole'\)"):
        hoop_plugins.evaluate(view, against="whole")
    again = hoop_plugins.evaluate(dataset.load_run_view("part"), against="part")
    assert again.comparison
    assert {change.difference for change in again.comparison.changes} <= {0, None}


def test_clips_are_evaluated_as_the_frames_that_they_show(store: SampleStore) -> None:
    dataset = store.dataset
    frames = hoop_plugins.evaluate(dataset.match_frames(F("frame_number") <= 5), mark=False)
    clips = hoop_plugins.evaluate(dataset.to_clips([[(1, 3), (2, 5)]]), per_label=True, key="own")
    assert clips.to_json() == frames.to_json()
    assert len(dataset.load_run_view("own")) == 1


def test_a_run_says_what_it_was_made_with(store: SampleStore) -> None:
    dataset = store.dataset
    config = dataset.init_run(method="hoop_plugins.detect", model="rfdetr-nano", confidence=0.4)
    dataset.register_run("hoop_detect", config)
    dataset.info["profile"] = "sample"
    dataset.rename_frame_field("players", "rival")
    hoop_plugins.evaluate(dataset.limit(1), players="rival", key="rival")
    assert runs.run_fields(dataset, "rival").players == "rival"
    info = dataset.get_run_info("rival").config
    assert info.profile == "sample"
    assert info.stages == {"detect": {"model": "rfdetr-nano", "confidence": 0.4}}
    assert info.versions["fiftyone"] == fo.__version__
    assert len(dataset.load_run_view("rival")) == 1


def test_nothing_is_written_where_nothing_is_to_be_marked(store: SampleStore) -> None:
    before = store.dataset.get_frame_field_schema(flat=True)
    report = hoop_plugins.evaluate(store.dataset, mark=False)
    assert report.pooled.tracking.clear.false_negatives == 2
    assert store.dataset.get_frame_field_schema(flat=True) == before
    assert runs.list_runs(store.dataset) == []
    assert not store.dataset.has_evaluations


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"key": "not a name"}, "'not a name' is no key"),
        ({"key": "hoop_detect"}, "run of another kind"),
        ({"against": "before"}, "no evaluation 'before'; known: none yet"),
        ({"key": "eval", "per_label": True}, "'eval' is the key of the marks"),
        (
            {"key": "number", "per_label": True},
            "'number' is the key of an evaluation, or",
        ),
        ({"mark": False, "per_label": True}, "let them be marked"),
    ],
)
def test_what_cannot_work_is_refused(
    settings: dict[str, Any], message: str, clip: SampleStore
) -> None:
    clip.write("ground_truth", {1: people.tracked(1)})
    clip.dataset.register_run("hoop_detect", clip.dataset.init_run(method="hoop_plugins.detect"))
    with pytest.raises(HoopError, match=message):
        Evaluation(clip.dataset, **settings)


def test_an_evaluation_of_somebody_else_is_not_replaced(store: SampleStore) -> None:
    dataset = store.dataset
    dataset.evaluate_detections(
        "frames.detections", gt_field="frames.ground_truth", eval_key="eval", iou=0.9
    )
    with pytest.raises(HoopError, match=r"evaluation 'eval' that .* did not make.*--overwrite"):
        hoop_plugins.evaluate(dataset)
    assert dataset.get_evaluation_info("eval").config.iou == 0.9
    hoop_plugins.evaluate(dataset, mark=False)
    dataset.rename_evaluation("eval", "mine")
    hoop_plugins.evaluate(dataset)
    hoop_plugins.evaluate(dataset)  # our own is
    assert dataset.get_evaluation_info("mine").config.iou == 0.9
    with pytest.raises(HoopError, match="'mine' is the key of an evaluation"):
        hoop_plugins.evaluate(dataset, key="mine", per_label=True)


def test_labels_are_evaluated_without_the_video(store: SampleStore) -> None:
    dataset, (path,) = store.dataset, store.dataset.values("filepath")
    expected = hoop_plugins.evaluate(dataset, mark=False).to_json()
    Path(path).rename(f"{path}.elsewhere")
    assert hoop_plugins.evaluate(dataset, mark=False).to_json() == expected
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"
    Path(path).write_text(pointer)
    assert hoop_plugins.evaluate(dataset, mark=False).to_json() == expected
    dataset.set_values("metadata", [None])
    with pytest.raises(HoopError, match=r"clip\.mp4 is a Git LFS pointer .*git lfs pull"):
        hoop_plugins.evaluate(dataset, mark=False)
    Path(path).unlink()
    with pytest.raises(HoopError, match=r"clip\.mp4 does not exist.* hoop dataset relocate"):
        hoop_plugins.evaluate(dataset, mark=False)


def test_errors_are_found_without_the_video(store: SampleStore) -> None:
    dataset, (path,) = store.dataset, store.dataset.values("filepath")
    expected = {count.kind.name: count.text for count in hoop_plugins.find_errors(dataset)}
    assert expected["missed players"] == "2 labels in 1 clip"
    Path(path).unlink()
    counts = hoop_plugins.find_errors(dataset)
    assert {count.kind.name: count.text for count in counts} == expected


@pytest.mark.parametrize("field", ["players", "ground_truth"])
def test_an_attribute_of_somebody_else_is_not_replaced(store: SampleStore, field: str) -> None:
    dataset, path = store.dataset, f"frames.{field}.detections.eval"
    labels = dataset.values(f"frames.{field}.detections.label")
    good = [[["good"] * len(frame) for frame in clip] for clip in labels]
    dataset.set_values(path, good, dynamic=True)
    for use_case in (hoop_plugins.evaluate, hoop_plugins.find_errors):
        with pytest.raises(HoopError, match=rf"{path} .* as 'good': .*--overwrite"):
            use_case(dataset)
    assert set(dataset.distinct(path)) == {"good"}
    hoop_plugins.evaluate(dataset, overwrite=True)
    assert set(dataset.distinct(path)) <= {"tp", "fp", "fn"}


def test_errors_of_somebody_else_are_not_replaced(store: SampleStore) -> None:
    dataset = store.dataset
    own = fo.TemporalDetection(label="camera shakes", support=[1, 3])
    dataset.set_values("errors", [fo.TemporalDetections(detections=[own])])
    for use_case in (hoop_plugins.evaluate, hoop_plugins.find_errors):
        with pytest.raises(HoopError, match=r"1 labels that .* such as 'camera shakes'"):
            use_case(dataset)
    assert not dataset.has_evaluation("eval")
    dataset.rename_sample_field("errors", "my_errors")
    hoop_plugins.evaluate(dataset)
    hoop_plugins.find_errors(dataset)
    dataset.set_values("errors", [fo.TemporalDetections(detections=[own])])
    hoop_plugins.evaluate(dataset, overwrite=True)


def test_a_field_of_another_type_than_figures_and_errors_have_is_refused(
    store: SampleStore,
) -> None:
    store.dataset.set_values("errors", ["none found"])
    with pytest.raises(HoopError, match=r"errors of .* holds StringField"):
        hoop_plugins.evaluate(store.dataset)
    store.dataset.delete_sample_field("errors")
    store.dataset.set_values("eval_hota", ["good"])
    with pytest.raises(HoopError, match=r"eval_hota of .* holds StringField"):
        hoop_plugins.evaluate(store.dataset)


@pytest.mark.parametrize("field", ["ground_truth", "players"])
def test_labels_of_another_type_are_refused(field: str, store: SampleStore) -> None:
    store.dataset.rename_frame_field(field, "before")
    sample = store.dataset.first()
    sample.frames[1][field] = fo.Classification(label="x")
    sample.save()
    with pytest.raises(HoopError, match=rf"frames\.{field} of .* holds Classification"):
        hoop_plugins.evaluate(store.dataset)
