"""What is wrong, or in doubt: a saved view a kind."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

from hoop_plugins.api.use_case import UseCase, counted

if TYPE_CHECKING:
    import fiftyone as fo

    from hoop_plugins.data.fields import Fields
    from hoop_plugins.mining.views import ErrorCount
    from hoop_plugins.stages.stage import Progress


@UseCase
def find_errors(
    view: fo.core.collections.SampleCollection,
    *,
    fields: Fields | None = None,
    compare: bool = True,
    progress: Callable[[Progress], Any] | None = None,
) -> Generator[Progress, None, list[ErrorCount]]:
    """Finds every error of the videos of a view, and saves a view of each kind on their dataset.

    Args:
        view: A video dataset or view.
        fields: The names of the label fields; by default those that were evaluated last.
        compare: Whether labels are compared with the ground truth, where there is one; not needed
            straight after an evaluation.
        progress: Called after every video.

    Returns:
        How often each kind of error was found in the dataset.

    Raises:
        HoopError: If the view holds no whole videos.
    """
    from hoop_plugins.compat.fiftyone import dataset_of
    from hoop_plugins.evaluation.runs import last_fields
    from hoop_plugins.mining import views

    views.check_videos(view)
    dataset = dataset_of(view)
    names = fields or last_fields(dataset)

    def steps() -> Generator[Progress, None, list[ErrorCount]]:
        yield from counted("find errors", "video", views.find_errors(view, names, compare))
        return views.count_errors(dataset, names)

    return steps()
