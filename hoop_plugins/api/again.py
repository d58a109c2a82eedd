"""Tracking a stretch again from what people put right."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

from hoop_plugins.api.corrections import known_fields
from hoop_plugins.api.use_case import UseCase

if TYPE_CHECKING:
    import fiftyone as fo

    from hoop_plugins.data.fields import Fields
    from hoop_plugins.stages.again import TrackedAgain
    from hoop_plugins.stages.stage import Progress


@UseCase
def track_again(
    dataset: fo.Dataset,
    frame: int,
    *,
    track: int | None = None,
    sample: str = "",
    device: str = "auto",
    fields: Fields | None = None,
    progress: Callable[[Progress], Any] | None = None,
) -> Generator[Progress, None, TrackedAgain]:
    """Tracks a stretch again, from a frame in which people put right where somebody is.

    Boxes and masks of that frame, as they show, tell the tracker who is where. It goes on from
    there until it agrees with what is stored, at the latest to the next camera cut, the next frame
    in which one of these was put right, or the clip's end; nothing else changes, and ids stay. What
    was built on it is to be done again: :func:`recognize` does that.

    Args:
        dataset: A video dataset.
        frame: The frame, from 1, in which boxes or masks were put right.
        track: The id of a track that is meant too, as shown; those that were put right there are
            meant in any case.
        sample: The video: its sample's id, or its file name; may be empty where there is one only.
        device: Where the network runs: "auto" (a GPU if there is one), "cpu", "mps" or "cuda:N".
        fields: The names of the label fields.
        progress: Called with every :class:`~hoop_plugins.stages.stage.Progress`.

    Returns:
        Which frames were tracked again, why these, and which stages are to be done again.

    Raises:
        HoopError: If it cannot work, in one line: the video is not tracked, nobody was put right in
            that frame, or the tracker cannot be told. All labels are as they were then.
    """
    from hoop_plugins.data.videos import find_video
    from hoop_plugins.models.loading import resolve_device
    from hoop_plugins.stages import again

    store = find_video(dataset, sample, known_fields(fields))
    again.check_tracked(store, frame)
    where = resolve_device(device)

    def steps() -> Generator[Progress, None, TrackedAgain]:
        try:
            return (yield from again.track_again(store, frame, track, where))
        finally:
            dataset.reload()

    return steps()
