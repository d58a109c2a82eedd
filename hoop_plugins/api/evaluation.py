"""What was recognized, compared with what is true."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hoop_plugins.api.errors import find_errors
from hoop_plugins.api.use_case import UseCase

if TYPE_CHECKING:
    import fiftyone as fo

    from hoop_plugins.data.fields import Fields
    from hoop_plugins.evaluation.report import EvaluationReport
    from hoop_plugins.stages.stage import Progress


@UseCase
def evaluate(
    view: fo.core.collections.SampleCollection,
    *,
    detections: str | None = None,
    players: str | None = None,
    numbers: str | None = None,
    ground_truth: str | None = None,
    fields: Fields | None = None,
    key: str = "evaluation",
    against: str | None = None,
    mark: bool = True,
    per_label: bool = False,
    processes: int = 1,
    progress: Callable[[Progress], Any] | None = None,
) -> Generator[Progress, None, EvaluationReport]:
    """Compares what the stages wrote with the ground truth.

    Clips without ground truth are compared with what people corrected in them, and with nothing
    else: the report's ``notes`` say so. What was predicted is measured, not what shows since it was
    corrected.

    Every label is marked with what is right about it, every sample gets its figures, every kind of
    error a saved view (see ``mining/views.py``), and the evaluation is kept on the dataset (see
    ``evaluation/runs.py``).

    Args:
        view: A video dataset or view with ``frames.ground_truth``, or with corrections.
        detections: The frame field with the detector's boxes, without ``frames.``.
        players: That with the tracked people.
        numbers: That with the number boxes.
        ground_truth: That with what is true.
        fields: The names of all label fields; the four above go before it.
        key: The name under which the evaluation is kept; one of that name is replaced.
        against: The key of an earlier evaluation, to which the report's ``comparison`` compares.
        mark: Whether anything is written; otherwise the dataset is left as it is.
        per_label: Whether FiftyOne's own ``evaluate_detections`` is run too, under the same key:
            about 25 ms a frame.
        processes: How many may compare clips, where there are minutes of video; several only in a
            script that can be imported (``if __name__ == "__main__"``).
        progress: Called after every clip with a :class:`~hoop_plugins.stages.stage.Progress`.

    Returns:
        Every figure of the job, with the counts behind it.

    Raises:
        MissingFieldError: If there is no ground truth, and nothing was corrected.
        HoopError: If something else cannot work, in one line; nothing has been changed then.
    """
    from hoop_plugins.data.fields import Fields
    from hoop_plugins.evaluation.job import Evaluation

    given = {
        "detections": detections,
        "players": players,
        "numbers": numbers,
        "ground_truth": ground_truth,
    }
    chosen: dict[str, Any] = {role: name for role, name in given.items() if name}
    job = Evaluation(
        view,
        replace(fields or Fields(), **chosen),
        key=key,
        mark=mark,
        per_label=per_label,
        against=against,
        processes=processes,
    )

    def steps() -> Generator[Progress, None, EvaluationReport]:
        yield from job.run()
        if job.mark:
            yield from find_errors.steps(job.view, fields=job.names, compare=False)
        return job.report

    return steps()
