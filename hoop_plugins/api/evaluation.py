"""What was recognized, compared with what is true; and what is wrong with it, or in doubt."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hoop_plugins.api.use_case import UseCase, counted
from hoop_plugins.data.steps import mapped

if TYPE_CHECKING:
    import fiftyone as fo

    from hoop_plugins.data.fields import Fields
    from hoop_plugins.evaluation.report import EvaluationReport
    from hoop_plugins.mining.views import ErrorCount
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
    classes: Mapping[str, str] | str | None = None,
    key: str = "evaluation",
    against: str | None = None,
    mark: bool = True,
    per_label: bool = False,
    processes: int = 1,
    engine: str = "local",
    overwrite: bool = False,
    progress: Callable[[Progress], Any] | None = None,
) -> Generator[Progress, None, EvaluationReport]:
    """Compares what the stages wrote with the ground truth.

    Clips without ground truth are compared with what people corrected in them, and with nothing
    else: the report's ``notes`` say so. What was predicted is measured, not what shows since it was
    corrected.

    What was edited in FiftyOne's own editor becomes corrections first, where anything is written;
    else it is measured as it shows, and the report's ``notes`` say so.
    Every label is marked with what is right about it, every sample gets its figures, every kind of
    error a saved view (see ``mining/views.py``), and the evaluation is kept on the dataset (see
    ``evaluation/runs.py``).

    Args:
        view: A video dataset or view with ``frames.ground_truth``, or with corrections. The figures
            are those of the frames and labels that it shows.
        detections: The frame field of the detector's boxes; ``frames.`` is left out.
        players: The frame field of the tracked people.
        numbers: The frame field of the number boxes.
        ground_truth: The frame field of what is true.
        fields: The names of all label fields; the four above go before it.
        classes: Our names for the classes of labels that others made, also as
            "athlete=player,crowd="; one without is left out. Where marks are written, the dataset
            remembers them.
        key: The name under which the evaluation is kept; one of that name is replaced.
        against: The key of an earlier evaluation, for the report's ``comparison`` with it.
        mark: Whether anything is written; otherwise the dataset is left as it is.
        per_label: Whether FiftyOne's own ``evaluate_detections`` is run too, on the players and
            under the same key, for evaluation patches and to compare runs in the Model Evaluation
            panel: about 25 ms a frame.
        processes: How many may compare clips, where there are minutes of video; several only in a
            script that can be imported (``if __name__ == "__main__"``).
        engine: Who compares clips: "local", this machine, or "ray", every machine of a Ray cluster.
        overwrite: Replace an evaluation under the key ``eval``, an attribute of that name, and
            labels in the field of the errors, that other people made.
        progress: Called after every clip with a :class:`~hoop_plugins.stages.stage.Progress`.

    Returns:
        Every figure of the job, with the counts behind it.

    Raises:
        MissingFieldError: If there is no ground truth, and nothing was corrected.
        HoopError: If something else cannot work, in one line; nothing has been changed then.
    """
    from hoop_plugins.api.corrections import take_over_edits
    from hoop_plugins.compat.fiftyone import dataset_of
    from hoop_plugins.data.editing import offer_editing
    from hoop_plugins.data.fields import Fields
    from hoop_plugins.data.vocabulary import read_classes
    from hoop_plugins.evaluation.job import Evaluation
    from hoop_plugins.mining.views import check_fields
    from hoop_plugins.stages.stage import Progress

    given = {"players": players, "numbers": numbers, "ground_truth": ground_truth}
    chosen: Any = {
        role: name for role, name in [("detections", detections), *given.items()] if name
    }
    names = replace(fields or Fields(), classes=read_classes(classes), **chosen)
    how: Any = {"mark": mark, "per_label": per_label, "processes": processes}
    how["engine"] = engine
    job = Evaluation(view, names, key=key, against=against, overwrite=overwrite, **how)
    told: list[str] = []
    if mark:
        check_fields(view, names, overwrite)
        told = take_over_edits(view, fields=names)
        job = Evaluation(view, names, key=key, against=against, overwrite=overwrite, **how)

    def steps() -> Generator[Progress, None, EvaluationReport]:
        for line in told:
            yield Progress("correct", "", 0, 0, line)
        parts = 1 + job.mark
        yield from mapped(job.run(), lambda step: replace(step, part=0, parts=parts))
        if job.mark:
            dataset = dataset_of(job.view)
            if f"frames.{job.names.players}" in dataset.label_schemas:
                offer_editing(dataset, job.names)  # which lists the marks, too
            errors = find_errors.steps(job.view, fields=job.names, compare=False, overwrite=True)
            yield from mapped(errors, lambda step: replace(step, part=1, parts=parts))
        return job.report

    return steps()


@UseCase
def find_errors(
    view: fo.core.collections.SampleCollection,
    *,
    fields: Fields | None = None,
    compare: bool = True,
    overwrite: bool = False,
    progress: Callable[[Progress], Any] | None = None,
) -> Generator[Progress, None, list[ErrorCount]]:
    """Finds every error of the videos of a view, and saves a view of each kind on their dataset.

    Args:
        view: A video dataset or view: errors are those of what it shows.
        fields: The names of the label fields; by default those that were evaluated last.
        compare: Whether labels are compared with the ground truth, where there is one; not needed
            straight after an evaluation.
        overwrite: Replace an attribute ``eval``, and labels in the field of the errors, that other
            people made.
        progress: Called after every video.

    Returns:
        How often each kind of error was found in the dataset.

    Raises:
        HoopError: If the view holds no videos, or a field something else.
    """
    from hoop_plugins.compat.fiftyone import dataset_of
    from hoop_plugins.data.views import all_videos, videos_of
    from hoop_plugins.evaluation.runs import last_fields
    from hoop_plugins.mining import views

    view = videos_of(view)
    dataset = dataset_of(view)
    names = fields or last_fields(dataset)
    views.check_fields(view, names, overwrite)

    def steps() -> Generator[Progress, None, list[ErrorCount]]:
        yield from counted("find errors", "video", views.find_errors(view, names, compare))
        return views.count_errors(all_videos(dataset), names)

    return steps()


def count_errors(dataset: fo.Dataset) -> list[ErrorCount]:
    """How often each kind of error was found in the dataset; empty where nobody has looked."""
    from hoop_plugins.data.views import all_videos
    from hoop_plugins.evaluation.runs import last_fields
    from hoop_plugins.mining import views

    names, videos = last_fields(dataset), all_videos(dataset)
    return views.count_errors(videos, names) if dataset.has_sample_field(names.errors) else []
