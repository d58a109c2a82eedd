"""What is wrong, or in doubt: a saved view a kind."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

from hoop_plugins.api.use_case import UseCase

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
    from hoop_plugins.mining.views import check_videos

    check_videos(view)
    return _find_errors(view, fields or last_fields(dataset_of(view)), compare)


def _find_errors(
    view: fo.core.collections.SampleCollection, names: Fields, compare: bool
) -> Generator[Progress, None, list[ErrorCount]]:
    from hoop_plugins.compat.fiftyone import dataset_of
    from hoop_plugins.mining import views
    from hoop_plugins.stages.stage import Progress

    for done, total in views.find_errors(view, names, compare):
        yield Progress("find errors", "", done, total, unit="video")
    return views.count_errors(dataset_of(view), names)
