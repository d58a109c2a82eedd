"""Our figures as metrics of FiftyOne's evaluations: a metric operator each."""

from __future__ import annotations

from typing import Any, ClassVar

import fiftyone.operators as foo

from hoop_plugins.compat.fiftyone import dataset_of
from hoop_plugins.evaluation.headlines import HEADLINES, metric_name


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
        from hoop_plugins.evaluation.counts import lookup
        from hoop_plugins.evaluation.runs import load_figures

        value: float | None = lookup(load_figures(dataset_of(samples), run), self.figure)
        return value


METRICS: tuple[type[FigureMetric], ...] = tuple(
    type(f"Metric_{figure}", (FigureMetric,), {"figure": figure, "__module__": __name__})
    for figure in HEADLINES
)
"""A metric for each of the headlines."""
