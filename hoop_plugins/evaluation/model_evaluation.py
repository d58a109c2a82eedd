"""Evaluations as FiftyOne's Model Evaluation panel shows them, our figures among its metrics."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import fiftyone as fo
from fiftyone import ViewField as F
from fiftyone.operators.registry import OperatorRegistry
from fiftyone.utils.eval.coco import COCOEvaluation, COCOEvaluationConfig
from fiftyone.utils.eval.detection import DetectionResults

from hoop_plugins.compat.fiftyone import dataset_of
from hoop_plugins.corrections import former_frames
from hoop_plugins.data.classes import labeled, remembered
from hoop_plugins.data.fields import FORMER, Fields
from hoop_plugins.data.mark_fields import MARKS_KEY
from hoop_plugins.data.store import SampleStore
from hoop_plugins.errors import HoopError
from hoop_plugins.evaluation.figures import HEADLINES, metric_name
from hoop_plugins.evaluation.matching import MATCH_IOU
from hoop_plugins.evaluation.runs import list_runs, run_fields

Match = tuple[str | None, str | None, float | None, float | None, str | None, str | None]
"""As FiftyOne has it: true label, predicted label, IoU, confidence, true id, predicted id."""


def custom_metrics(run_key: str) -> dict[str, dict[str, str]]:
    """The ``custom_metrics`` that show an evaluation's figures in one of FiftyOne's own.

    There are none where the plugin is not in FiftyOne's folder.
    """
    uris = [f"@hoop/hoop_plugins/{metric_name(figure)}" for figure in HEADLINES]
    registry = OperatorRegistry()
    return {uri: {"run": run_key} for uri in uris if registry.operator_exists(uri)}


def check_marks(dataset: fo.Dataset) -> None:
    """Refuses to replace an evaluation under the key of the marks that is of other people.

    Raises:
        HoopError: In one line, with the ways out.
    """
    if not dataset.has_evaluation(MARKS_KEY):
        return
    config = dataset.get_evaluation_info(MARKS_KEY).config
    said = ("type", "method", "pred_field", "gt_field", "iou")
    ours = [_configuration(run_fields(dataset, key)) for key in list_runs(dataset)]
    if not any(all(getattr(config, s, None) == getattr(o, s) for s in said) for o in ours):
        raise HoopError(
            f"{dataset.name!r} has an evaluation {MARKS_KEY!r} that hoop_plugins did not make, and "
            f"its marks would replace it: rename it, dataset.rename_evaluation({MARKS_KEY!r}, "
            f"'my_{MARKS_KEY}'), or allow it (--overwrite)"
        )


def _configuration(names: Fields, **options: Any) -> COCOEvaluationConfig:
    predicted, truth = f"frames.{names.players}", f"frames.{names.ground_truth}"
    return COCOEvaluationConfig(predicted, truth, iou=MATCH_IOU, classwise=True, **options)


def register_marks(view: fo.core.collections.SampleCollection, names: Fields, run_key: str) -> None:
    """Registers the players' marks as one of FiftyOne's evaluations, under the key ``eval``.

    The marks on the labels have the names that FiftyOne's own evaluation of that key would give
    them, so its panel, ``to_evaluation_patches("eval")`` and ``delete_evaluation("eval")`` work.

    Args:
        view: What was evaluated.
        names: The names of the label fields.
        run_key: The evaluation whose figures are shown.

    Returns:
        FiftyOne's results.
    """
    dataset = dataset_of(view)
    config = _configuration(names, custom_metrics=custom_metrics(run_key))
    method = COCOEvaluation(config)
    if dataset.has_evaluation(MARKS_KEY):
        # Without its cleanup, which would delete the marks that were written just now.
        COCOEvaluation.delete_run(dataset, MARKS_KEY, cleanup=False)
    method.register_run(view, MARKS_KEY, cleanup=False)
    matches = [
        match
        for sample_id in view.values("id")
        for match in _matches(SampleStore(dataset, sample_id, names))
    ]
    results = DetectionResults(view, config, MARKS_KEY, matches, classes=["player"], backend=method)
    method.compute_custom_metrics(view, MARKS_KEY, results)
    method.save_run_results(view, MARKS_KEY, results)


def evaluate_labels(view: fo.core.collections.SampleCollection, names: Fields, key: str) -> None:
    """Runs FiftyOne's own evaluation of the tracked players, about 25 ms a frame.

    It knows nothing of what was predicted before something was tracked again: these frames are left
    out.

    Args:
        view: What to evaluate.
        names: The names of the label fields.
        key: The evaluation whose figures are shown, and the name of the attributes and fields that
            FiftyOne writes: ``KEY``, ``KEY_id``, ``KEY_iou``, ``KEY_tp``, ``KEY_fp``, ``KEY_fn``.

    Returns:
        FiftyOne's results.
    """
    players, truth = f"frames.{names.players}", f"frames.{names.ground_truth}"
    dataset = dataset_of(view)
    player = labeled("player", {**remembered(dataset), **names.classes})
    people = view.filter_labels(players, player, only_matches=False)
    people = people.filter_labels(truth, player, only_matches=False)
    if any(former_frames(SampleStore(dataset, i, names)) for i in view.values("id")):
        people = people.match_frames(F(f"{names.players}.{FORMER}.players").exists(False))
    people.evaluate_detections(
        players, gt_field=truth, eval_key=key, iou=MATCH_IOU, custom_metrics=custom_metrics(key)
    )


def _matches(store: SampleStore) -> Iterator[Match]:
    wanted = ("_id", "eval", "eval_id", "eval_iou", "confidence")
    # Of what was tracked again, the labels that were compared are out of sight.
    here = {f"{store.names.players}.{FORMER}.players": {"$exists": False}}
    for _, tracks in store.find("players", F("eval").exists(), wanted, here):
        for track in tracks:
            person = track["eval_id"]
            true = "player" if person else None
            yield true, "player", track["eval_iou"], track["confidence"], person, str(track["_id"])
    missed = (F("eval") == "fn") & labeled("player", store.vocabulary.classes)
    for _, people in store.find("ground_truth", missed, ("_id",), here):
        for person in people:
            yield "player", None, None, None, str(person["_id"]), None
