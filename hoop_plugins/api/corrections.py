"""What people put right, and take back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import fiftyone as fo

    from hoop_plugins.corrections import Correction
    from hoop_plugins.data.fields import Fields
    from hoop_plugins.data.store import SampleStore
    from hoop_plugins.data.tracks import Track


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

    store = find_video(dataset, sample, fields)
    said: Any = {"number": number, "team": team, "role": role, "same_as": same_as}
    return corrections.correct(store, track, frame=frame, **said, not_a_person=not_a_person)


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

    clips = {key: corrections.find_store(dataset, key, fields) for key in keys}
    problems = []
    for clip in {clip.sample_id: clip for clip in clips.values()}.values():
        of_clip = [key for key in keys if clips[key].sample_id == clip.sample_id]
        problems += corrections.undo(clip, of_clip)
    return problems


def tracks(
    dataset: fo.Dataset, sample_id: str, *, fields: Fields | None = None
) -> tuple[str, dict[int, Track]]:
    """The name of a video, and its tracks by their ids."""
    from hoop_plugins.data.store import SampleStore

    store = SampleStore(dataset, sample_id, fields)
    return store.name, store.read_tracks()


def list_corrections(
    dataset: fo.Dataset, *, fields: Fields | None = None
) -> Iterator[tuple[SampleStore, int | None, Correction]]:
    """What people put right: the clip, the track that it lies on, if on any, and the correction."""
    from hoop_plugins.corrections import listed, shown_tracks
    from hoop_plugins.data.fields import CORRECTIONS_FIELD
    from hoop_plugins.data.store import SampleStore
    from hoop_plugins.data.views import all_videos

    if not dataset.has_sample_field(CORRECTIONS_FIELD):
        return
    for sample_id in all_videos(dataset).exists(CORRECTIONS_FIELD).values("id"):
        store = SampleStore(dataset, sample_id, fields)
        tracks = shown_tracks(store)
        for correction in listed(store):
            yield store, tracks.get(correction.key), correction
