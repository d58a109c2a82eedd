"""The operator that compares what was recognized with the ground truth."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import fiftyone as fo
from fiftyone.operators import types

from hoop_plugins.operators.base import LongOperator
from hoop_plugins.operators.inputs import choose, suggest

if TYPE_CHECKING:
    from hoop_plugins.evaluation.report import EvaluationReport

MAIN_FIGURES = {
    "HOTA": "tracking.hota",
    "IDF1": "tracking.idf1",
    "team": "teams.frame_accuracy",
    "number": "numbers.validated.precision",
    "identity": "identity.frame_accuracy",
}
"""What the notification says."""

FIELDS = {
    "detections": "The detector's boxes.",
    "players": "The tracked people, with team and number.",
    "numbers": "The number boxes, with owner and text.",
    "ground_truth": "What is true.",
}


class EvaluateRecognition(LongOperator):
    """Evaluates the target view: figures, marks on the labels, a run that is kept.

    Its parameters, all optional: ``key``, ``against`` (the key of an earlier evaluation),
    ``per_label``, and below ``fields`` the label fields' names. Its result, for scripts, is kept on
    the dataset: ``evaluation.runs.load_run``.
    """

    operator_name = "evaluate_recognition"
    title = "evaluate"
    explanation = "Compares detections, tracks, teams and numbers with the ground truth."
    target = "Evaluate"

    def about(self, ctx: Any) -> str:
        """What is written, and what stands for ground truth."""
        return (
            "Labels are marked with what is right about them; samples get their figures. Clips "
            "without ground truth are compared with what was corrected in them."
        )

    def fill(self, inputs: types.Object, ctx: Any) -> None:
        """Fields, key, and what to compare with."""
        from hoop_plugins.evaluation.runs import DEFAULT_KEY, list_runs

        _choose_fields(inputs, ctx.dataset)
        inputs.str(
            "key",
            default=DEFAULT_KEY,
            label="Key",
            description="The name under which it is kept. An evaluation of that name is replaced.",
        )
        if earlier := list_runs(ctx.dataset):
            choose(
                inputs,
                "against",
                reversed(earlier),
                label="Compare with",
                description="An earlier evaluation.",
            )
        inputs.bool(
            "per_label",
            default=False,
            label="FiftyOne's own evaluation too",
            description="evaluate_detections on the players, under the same key, for evaluation "
            "patches and to compare runs in the Model Evaluation panel. About 25 ms a frame.",
        )

    def start(self, ctx: Any) -> Generator[Any, None, Any]:
        """Evaluates."""
        from hoop_plugins.api import evaluate
        from hoop_plugins.data.fields import Fields
        from hoop_plugins.evaluation.runs import DEFAULT_KEY

        return evaluate.steps(
            ctx.target_view(),
            fields=Fields.named(ctx.params.get("fields") or {}),
            key=ctx.params.get("key") or DEFAULT_KEY,
            against=ctx.params.get("against") or None,
            per_label=bool(ctx.params.get("per_label")),
        )

    def finish(self, ctx: Any, result: Any, messages: Iterable[str]) -> Iterator[Any]:
        """Tells the main figures, and what stood for ground truth."""
        yield from super().finish(ctx, result, messages)
        for note in result.notes:
            yield ctx.ops.notify(note, variant="info")

    def summary(self, result: EvaluationReport) -> str:
        """The main figures in one line, with what changed."""
        figures = result.pooled.headlines()
        compared = result.comparison.changes if result.comparison else []
        changed = {change.figure: change.difference for change in compared}
        texts = []
        for name, path in MAIN_FIGURES.items():
            value, difference = figures[path], changed.get(path)
            if value is not None:
                more = "" if difference is None else f" ({difference:+.3f})"
                texts.append(f"{name} {value:.3f}{more}")
        clips = len(result.clips)
        told = ", ".join(texts) or "nothing to compare"
        return f"Evaluated {clips} clip{'s' * (clips != 1)}: {told}"


def _choose_fields(inputs: types.Object, dataset: fo.Dataset) -> None:
    from hoop_plugins.data.fields import Fields

    schema = dataset.get_frame_field_schema() or {}
    known = [
        name
        for name, field in schema.items()
        if getattr(field, "document_type", None) is fo.Detections
    ]
    group = inputs.obj(
        "fields", label="Fields", description="Frame fields, without 'frames.'."
    ).type
    for role, description in FIELDS.items():
        default = getattr(Fields(), role)
        suggest(group, role, known, default=default, label=role, description=description)
