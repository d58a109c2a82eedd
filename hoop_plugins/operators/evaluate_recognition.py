"""The operator that compares what was recognized with the ground truth."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import fiftyone as fo
import fiftyone.operators as foo
from fiftyone.operators import types

from hoop_plugins.errors import HoopError
from hoop_plugins.operators.showing import show_changes

if TYPE_CHECKING:
    from hoop_plugins.evaluation.job import Evaluation

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


class EvaluateRecognition(foo.Operator):
    """Evaluates the target view: figures, marks on the labels, a run that is kept.

    Its parameters, all optional: ``key``, ``against`` (the key of an earlier evaluation),
    ``per_label``, and below ``fields`` the label fields' names.
    """

    @property
    def config(self) -> foo.OperatorConfig:
        """See FiftyOne's ``Operator.config``."""
        return foo.OperatorConfig(
            name="evaluate_recognition",
            label="Hoop: evaluate",
            description="Compares detections, tracks, teams and numbers with the ground truth.",
            dynamic=True,
            execute_as_generator=True,
            allow_immediate_execution=True,
            allow_delegated_execution=True,
        )

    def __call__(self, view: Any, delegate: bool = False, **params: Any) -> Any:
        """Runs the operator from a script, with the parameters of its form.

        Args:
            view: A video dataset or view.
            delegate: Whether to queue it for FiftyOne's delegated execution.
            **params: Parameters by name.

        Returns:
            FiftyOne's ``ExecutionResult``.
        """
        return foo.execute_operator(
            self.uri, view=view.view(), params=params, request_delegation=delegate
        )

    def resolve_input(self, ctx: Any) -> types.Property:
        """See FiftyOne's ``Operator.resolve_input``."""
        from hoop_plugins.evaluation.runs import DEFAULT_KEY

        inputs = types.Object()
        inputs.view_target(ctx, action_description="Evaluate")
        _choose_fields(inputs, ctx.dataset)
        inputs.str(
            "key",
            default=DEFAULT_KEY,
            label="Key",
            description="The name under which it is kept. An evaluation of that name is replaced.",
        )
        _choose_earlier(inputs, ctx.dataset)
        inputs.bool(
            "per_label",
            default=False,
            label="FiftyOne's own evaluation too",
            description="evaluate_detections on the players, under the same key, for evaluation "
            "patches and to compare runs in the Model Evaluation panel. About 25 ms a frame.",
        )
        try:
            _evaluation(ctx)
        except HoopError as error:
            refusal = inputs.view("refusal", types.Error(label=str(error)))
            refusal.invalid = True
            refusal.error_message = str(error)
        about = (
            "Labels are marked with what is right about them; samples get their figures. Clips "
            "without ground truth are compared with what was corrected in them."
        )
        return types.Property(inputs, view=types.View(label="Evaluate", description=about))

    def execute(self, ctx: Any) -> Iterator[Any]:
        """See FiftyOne's ``Operator.execute``; clips that are done when it is stopped stay marked.

        Its result, for scripts, is kept on the dataset: ``evaluation.runs.load_run``.
        """
        from hoop_plugins.mining.views import find_errors

        evaluation = _evaluation(ctx)
        for step in evaluation.run():
            progress, label = step.done / step.total, f"evaluated {step.video}"
            if ctx.delegated:
                ctx.set_progress(progress=progress, label=label)
            else:
                yield ctx.ops.set_progress(progress=progress, label=label)
        for _ in find_errors(evaluation.view, evaluation.names, compare=False):
            pass
        if not ctx.delegated:
            yield from show_changes(ctx)
            yield ctx.ops.notify(summary(evaluation), variant="success")
            for note in evaluation.report.notes:
                yield ctx.ops.notify(note, variant="info")


def summary(evaluation: Evaluation) -> str:
    """The main figures in one line, with what changed.

    Args:
        evaluation: One that is through.
    """
    figures = evaluation.report.pooled.headlines()
    compared = evaluation.comparison.changes if evaluation.comparison else []
    changed = {change.figure: change.difference for change in compared}
    said = []
    for name, path in MAIN_FIGURES.items():
        value, difference = figures[path], changed.get(path)
        if value is not None:
            more = "" if difference is None else f" ({difference:+.3f})"
            said.append(f"{name} {value:.3f}{more}")
    clips = len(evaluation.report.clips)
    return f"Evaluated {clips} clip{'s' * (clips != 1)}: {', '.join(said) or 'nothing to compare'}"


def _evaluation(ctx: Any) -> Evaluation:
    from hoop_plugins.data.fields import Fields
    from hoop_plugins.evaluation.job import Evaluation
    from hoop_plugins.evaluation.runs import DEFAULT_KEY

    given = ctx.params.get("fields") or {}
    return Evaluation(
        ctx.target_view(),
        Fields.named(given),
        key=ctx.params.get("key") or DEFAULT_KEY,
        per_label=bool(ctx.params.get("per_label")),
        against=ctx.params.get("against") or None,
    )


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
        choices = types.AutocompleteView(allow_user_input=True)
        for name in known:
            choices.add_choice(name, label=name)
        group.str(role, default=default, label=role, description=description, view=choices)


def _choose_earlier(inputs: types.Object, dataset: fo.Dataset) -> None:
    from hoop_plugins.evaluation.runs import list_runs

    choices = types.Dropdown()
    for key in reversed(list_runs(dataset)):
        choices.add_choice(key, label=key)
    if choices.values():
        inputs.enum(
            "against",
            choices.values(),
            label="Compare with",
            description="An earlier evaluation.",
            view=choices,
        )
