"""What people put right, and take back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import fiftyone as fo

    from hoop_plugins.data.fields import Fields


def correct(
    dataset: fo.Dataset,
    track: int,
    *,
    sample: str = "",
    frame: int | None = None,
    number: str | None = None,
    team: str | None = None,
    role: str | None = None,
    same_as: int | None = None,
    not_a_person: bool = False,
    fields: Fields | None = None,
) -> list[str]:
    """Corrects a track: it shows at once and outlives every re-run.

    Args:
        dataset: A video dataset.
        track: The track's id, as shown.
        sample: The video: its sample's id, or its file name; may be empty where there is one only.
        frame: A frame in which the person is seen well; found where none is given.
        number: "0" to "99" or "00".
        team: A team's name.
        role: "player" or "referee".
        same_as: The id of another track of the same person, whose id stays.
        not_a_person: Whether nobody is there.
        fields: The names of the label fields.

    Returns:
        A line for every correction of the video that cannot be laid on at present.

    Raises:
        HoopError: If there is no such video or track, or something of it cannot be; nothing has
            been changed then.
    """
    from hoop_plugins import corrections
    from hoop_plugins.data.videos import find_video

    return corrections.correct(
        find_video(dataset, sample, fields),
        track,
        frame=frame,
        number=number,
        team=team,
        role=role,
        same_as=same_as,
        not_a_person=not_a_person,
    )


def undo(dataset: fo.Dataset, keys: Sequence[str], *, fields: Fields | None = None) -> list[str]:
    """Takes corrections back; what was predicted shows again.

    Args:
        dataset: A video dataset.
        keys: Of the corrections.
        fields: The names of the label fields.

    Returns:
        As :func:`correct`.

    Raises:
        HoopError: If there is no such correction; nothing has been changed then.
    """
    from hoop_plugins import corrections

    stores = [corrections.find_store(dataset, key, fields) for key in keys]
    problems = []
    for sample_id, store in {store.sample_id: store for store in stores}.items():
        pairs = zip(keys, stores, strict=True)
        problems += corrections.undo(
            store, [key for key, found in pairs if found.sample_id == sample_id]
        )
    return problems
