"""The operators that evaluate and that find errors, and our figures as FiftyOne's metrics."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from typing import TYPE_CHECKING, Any, ClassVar

import fiftyone as fo
import fiftyone.core.utils as fou
import fiftyone.operators as foo
from fiftyone.operators import types

from hoop_plugins import api
from hoop_plugins.compat.fiftyone import dataset_of
from hoop_plugins.data.options import option_of
from hoop_plugins.evaluation.figures import HEADLINES, lookup, metric_name
from hoop_plugins.operators.base import LongOperator
from hoop_plugins.operators.inputs import ask_fields
from hoop_plugins.operators.run_card import Action, Ending, open_panel

if TYPE_CHECKING:
    from hoop_plugins.evaluation.report import EvaluationReport
    from hoop_plugins.mining.views import ErrorCount

MAIN_FIGURES = {
    "HOTA": "tracking.hota",
    "IDF1": "tracking.idf1",
    "team": "teams.frame_accuracy",
    "number": "numbers.validated.precision",
    "identity": "identity.frame_accuracy",
}
"""What the notification says."""

FIELDS = ("detections", "players", "numbers", "ground_truth")


def _earlier(ctx: Any) -> dict[str, Any] | None:
    """The evaluations that were kept, the newest first."""
    from hoop_plugins.evaluation.runs import list_runs

    known = list_runs(ctx.dataset)
    return {"label": "Compare with", "choices": known[::-1]} if known else None


class EvaluateRecognition(LongOperator):
    """Evaluates the target view: figures, marks on the labels, a run that is kept.

    Its parameters, all optional: ``key``, ``against`` (the key of an earlier evaluation),
    ``classes``, ``per_label``, and below ``fields`` the label fields' names. Its result, for
    scripts, is kept on the dataset: ``evaluation.runs.load_run``.
    """

    operator_name = "evaluate_recognition"
    title = "evaluate"
    icon = "assessment"
    explanation = "Compares detections, tracks, teams and numbers with the ground truth."
    target = "Evaluate"
    use_case = api.evaluate
    form: ClassVar = {
        "key": {},
        "against": _earlier,
        "classes": {},
        "per_label": {"label": "FiftyOne's own evaluation too"},
    }

    def about(self, ctx: Any) -> str:
        """What is written, and what stands for ground truth."""
        return (
            "Labels are marked with what is right about them; samples get their figures. Clips "
            "without ground truth are compared with what was corrected in them."
        )

    def fill(self, inputs: types.Object, ctx: Any) -> None:
        """Fields, key, and what to compare with."""
        from hoop_plugins.data.fields import Fields

        known = ctx.dataset.get_frame_field_schema(embedded_doc_type=fo.Detections) or {}
        texts = {role: option_of(api.evaluate, role).help for role in FIELDS}
        ask_fields(inputs, texts, Fields(), known)
        super().fill(inputs, ctx)

    def given(self, ctx: Any) -> dict[str, Any]:
        """The label fields too."""
        from hoop_plugins.data.fields import Fields

        return {**super().given(ctx), "fields": Fields.named(ctx.params.get("fields") or {})}

    def ending(self, ctx: Any, result: EvaluationReport) -> Ending:
        """The main figures, and where to see all of them."""
        following = [
            open_panel("Open the report", "recognition_report"),
            open_panel("Review errors", "review_queue"),
        ]
        return Ending([self.summary(result), *result.notes], following)

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


class FindErrors(LongOperator):
    """Finds the errors of the whole dataset; a button opens the view of each kind.

    Its parameter, optional: ``kind``, the name of a kind of error. Then nothing is looked for, and
    the App shows what was found of it.
    """

    operator_name = "find_errors"
    title = "find errors"
    icon = "error_outline"
    explanation = (
        "A clip around every error: with ground truth, what is wrong; without, what is in doubt. "
        "One saved view a kind."
    )

    def about(self, ctx: Any) -> str:
        """What Execute does."""
        return "Execute looks through all videos; what an earlier search found can be opened here."

    def fill(self, inputs: types.Object, ctx: Any) -> None:
        """What was found before."""
        counts = api.count_errors(ctx.dataset)
        for action in self._buttons(counts):
            button = types.Button(label=action.label, operator=self.uri, params=action.params)
            inputs.view(fou.to_slug(action.params["kind"]).replace("-", "_"), button)
        if others := _others(counts):
            inputs.view("others", types.Notice(label="; ".join(others)))

    def start(self, ctx: Any) -> Generator[Any, None, Any]:
        """Finds errors in the fields that were evaluated last."""
        return api.find_errors.steps(ctx.dataset)

    def execute(self, ctx: Any) -> Iterator[Any]:
        """Finds errors, or opens the view of a kind."""
        if not ctx.params.get("kind"):
            yield from super().execute(ctx)
            return
        from hoop_plugins.data.views import drawn_fields
        from hoop_plugins.evaluation.runs import last_fields
        from hoop_plugins.mining.views import load_errors

        view = load_errors(ctx.dataset, ctx.params["kind"])
        # By its name, the App finds only views that were there when the dataset was opened.
        yield ctx.ops.set_view(view=view)
        players = last_fields(ctx.dataset).path("players")
        yield ctx.ops.set_active_fields(drawn_fields(view, players))

    def ending(self, ctx: Any, result: list[ErrorCount]) -> Ending:
        """What was found, with a button that opens it."""
        return Ending([self.summary(result), *_others(result)], self._buttons(result))

    def finish(self, ctx: Any, result: Any, messages: Iterable[str]) -> Iterator[Any]:
        """Leaves the view that is open, but for clips of errors that may be gone."""
        from hoop_plugins.data.views import is_cut_by
        from hoop_plugins.evaluation.runs import last_fields

        if is_cut_by(ctx.view, last_fields(ctx.dataset).errors):
            ctx.view.reload()
            yield ctx.ops.set_view(view=ctx.view)
        yield from super().finish(ctx, result, messages)

    def summary(self, result: list[ErrorCount]) -> str:
        """How many kinds of errors were found."""
        kinds = sum(bool(count.clips) for count in result)
        return f"Errors of {kinds} kind{'s' * (kinds != 1)} were found"

    def _buttons(self, counts: list[ErrorCount]) -> list[Action]:
        """A button for every kind of error that was found."""
        return [
            Action(f"{count.kind.name}: {count.text}", self.uri, {"kind": count.kind.name})
            for count in counts
            if count.clips
        ]


def _others(counts: list[ErrorCount]) -> list[str]:
    """The kinds of errors that were not found, a line for each reason."""
    others: dict[str, list[str]] = {}
    for count in counts:
        if not count.clips:
            others.setdefault(count.text, []).append(count.kind.name)
    return [f"{text}: {', '.join(names)}" for text, names in others.items()]


class FigureMetric(foo.EvaluationMetric):
    """One figure of an evaluation that was kept.

    Attributes:
        figure: Its dotted name, which is also its key in ``results.metrics()``.
    """

    figure: ClassVar[str]

    @property
    def config(self) -> foo.EvaluationMetricConfig:
        """See FiftyOne's ``Operator.config``."""
        config = foo.EvaluationMetricConfig(
            name=metric_name(self.figure),
            label=self.figure.replace("_", " ").replace(".", " "),
            description=f"{self.figure} of an evaluation by evaluate_recognition",
            aggregate_key=self.figure,
            lower_is_better=False,
            unlisted=True,
        )
        # FiftyOne 1.22 looks for it here, and would take every figure for an error rate.
        config.kwargs["lower_is_better"] = False
        return config

    def compute(self, samples: Any, results: Any, run: str = "evaluation") -> float | None:
        """See FiftyOne's ``EvaluationMetric.compute``.

        Args:
            samples: What was evaluated.
            results: FiftyOne's results.
            run: The key of the evaluation that has the figure.
        """
        from hoop_plugins.evaluation.runs import load_figures

        value: float | None = lookup(load_figures(dataset_of(samples), run), self.figure)
        return value


METRICS: tuple[type[FigureMetric], ...] = tuple(
    type(f"Metric_{figure}", (FigureMetric,), {"figure": figure, "__module__": __name__})
    for figure in HEADLINES
)
"""A metric for each of the headlines."""
