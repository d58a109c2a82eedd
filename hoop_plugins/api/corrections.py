"""What people put right, and take back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain
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
    other_from: int | None = None,
    confirm: bool = False,
    fields: Fields | None = None,
) -> list[str]:
    """Corrects a track: it shows at once and outlives every re-run.

    Who is the same person, and who is not, the stage ``link`` obeys: a game that was linked is
    linked again, as it was before.

    Args:
        dataset: A video dataset.
        track: The track's id, as shown.
        sample: The video: its sample's id, or its file name; may be empty where there is one only.
        frame: A frame in which the person is seen well; found where none is given. With
            ``same_as``, where both are seen at once: one of the stretch that is meant.
        number: "0" to "99" or "00".
        team: A team's name.
        role: "player" or "referee".
        same_as: The id of another track of the same person, also in another clip of the game.
        not_a_person: Whether nobody is there.
        other_from: The frame from which on the track is somebody else than before.
        confirm: Whether all that shows of the track is right; nothing else is given beside it.
        fields: The names of the label fields.

    Returns:
        A line for every correction of the video that cannot be laid on at present.

    Raises:
        HoopError: If there is no such video or track, or something of it cannot be; nothing has
            been changed then.
    """
    from hoop_plugins import corrections
    from hoop_plugins.data.videos import find_video

    store = find_video(dataset, sample, known_fields(fields))
    told = _take_over(store)
    said: Any = {"number": number, "team": team, "role": role, "same_as": same_as}
    said |= {"not_a_person": not_a_person, "other_from": other_from, "confirm": confirm}
    again = [store] if same_as is not None or other_from is not None else []
    with _linked_again(again) as problems:
        problems += corrections.correct(store, track, frame=frame, **said)
    return [*told, *problems]


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

    clips = {key: corrections.find_store(dataset, key, known_fields(fields)) for key in keys}
    told = [line for clip in clips.values() for line in _take_over(clip)]
    said = {
        clip.sample_id: [said for said in corrections.listed(clip) if said.key in keys]
        for clip in clips.values()
    }
    found = {clip.sample_id: clip for clip in clips.values()}
    identity = [
        clip
        for sample_id, clip in found.items()
        if any(one.attribute in corrections.IDENTITY for one in said[sample_id])
    ]
    with _linked_again(identity) as problems:
        for sample_id, clip in found.items():
            problems += corrections.undo(clip, [one.key for one in said[sample_id]])
    return [*told, *problems]


def take_over_edits(
    view: fo.core.collections.SampleCollection, *, fields: Fields | None = None
) -> list[str]:
    """Makes corrections of what people changed of players in FiftyOne's own editor.

    That is whatever their labels say otherwise than when a run, or a correction, left them: number,
    team or class of a track, a split, a merge, a track that was deleted. Runs, evaluations,
    corrections, tables and label files of players do this first.

    Args:
        view: A video dataset or view.
        fields: The names of the label fields.

    Returns:
        A line for everything that is not understood, which stays as it is, and for every correction
        that cannot be laid on at present.
    """
    from hoop_plugins.compat.fiftyone import dataset_of
    from hoop_plugins.data.store import SampleStore
    from hoop_plugins.data.views import videos_of

    videos, names = videos_of(view), known_fields(fields)
    stores = [SampleStore(dataset_of(videos), one, names) for one in videos.values("id")]
    return [line for store in stores for line in _take_over(store)]


def _take_over(store: SampleStore) -> list[str]:
    from hoop_plugins import corrections

    def identity() -> list[str]:
        said = corrections.listed(store)
        return [one.key for one in said if one.attribute in corrections.IDENTITY]

    before = identity()
    told = corrections.take_over(store)
    if identity() != before:
        with _linked_again([store]) as problems:
            problems += told
        return problems
    return told


def known_fields(fields: Fields | None) -> Fields:
    """The names of the fields, with what says under which names stages recorded their work."""
    from hoop_plugins.stages.pipeline import job_fields

    usual = job_fields()
    return replace(fields, used_by=usual.used_by) if fields else usual


@contextmanager
def _linked_again(clips: Sequence[SampleStore]) -> Iterator[list[str]]:
    """Links the games of clips again at the end, where they were linked.

    Args:
        clips: The clips.

    Yields:
        A list of lines on corrections that cannot be laid on; at the end it holds those that
        linking left.

    Raises:
        HoopError: If that cannot work; before anything has been changed.
    """
    from hoop_plugins.data.games import clips_of_game
    from hoop_plugins.stages.relink import relink

    games = {clips_of_game(clip)[0].sample_id: clip for clip in clips}
    steps = chain.from_iterable([relink(clip) for clip in games.values()])
    problems: list[str] = []
    yield problems
    for i, step in enumerate(steps):
        if i == 0:
            problems.clear()
        if step.stage == "correct":
            problems.append(step.message)


def tracks(
    dataset: fo.Dataset, sample_id: str, *, fields: Fields | None = None
) -> tuple[str, dict[int, Track]]:
    """The name of a video, and its tracks by their ids."""
    from hoop_plugins.data.store import SampleStore

    store = SampleStore(dataset, sample_id, fields)
    return store.name, store.read_tracks()


def tracks_of_game(
    dataset: fo.Dataset, sample_id: str, *, fields: Fields | None = None
) -> dict[int, str]:
    """What the tracks of a video are called, by id, and those of the other clips of its game, where
    tracks were linked to people.
    """
    from hoop_plugins.data.games import clips_of_game
    from hoop_plugins.data.store import SampleStore

    store = SampleStore(dataset, sample_id, fields)
    found = {index: track.title for index, track in store.read_tracks().items()}
    for clip in clips_of_game(store):
        if clip.tracklets:
            for index, track in clip.read_tracks().items():
                found.setdefault(index, f"{track.title} ({clip.name})")
    return found


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


@dataclass(frozen=True)
class LinkAnswers:
    """What can be said of a join or a split.

    Attributes:
        sample_id: The clip's sample.
        index: The person.
        frame: The frame from which on the person is on that track.
        split: Whose the track was before, if somebody else's.
        about: What is known of it, in words.
        answers: What can be said, by "apart" (somebody else than before), "together" (who the track
            was before), or the key of a correction to take back.
    """

    sample_id: str
    index: int
    frame: int
    split: int | None
    about: str
    answers: dict[str, str]


def link_answers(
    dataset: fo.Dataset, sample_id: str, index: int, frame: int, *, fields: Fields | None = None
) -> LinkAnswers:
    """What can be said of a join or a split that the identity timeline shows.

    Raises:
        HoopError: If there is none.
    """
    from hoop_plugins.corrections import IDENTITY, listed
    from hoop_plugins.data.store import SampleStore
    from hoop_plugins.errors import HoopError
    from hoop_plugins.mining.links import how_sure, read_links

    clip = SampleStore(dataset, sample_id, known_fields(fields))
    found = [link for link in read_links(clip) if (link.index, link.frame) == (index, frame)]
    if not found:
        raise HoopError(
            f"nothing is joined or split at frame {frame} of track {index} of {clip.name}: "
            "refresh the panel"
        )
    link, known = found[0], clip.read_tracks()
    said = {
        one.key: f"take back: {one}"
        for one in listed(clip)
        if one.attribute in IDENTITY
        and any(link.frame <= at <= link.last for at in (one.frame, one.other_frame or 0))
    }
    answers = dict(said)
    if link.kind != "split":
        answers["apart"] = f"from frame {frame} on it is somebody else than before"
    if link.split is not None:
        answers["together"] = "it is who the track was before"
    title = known[index].title if index in known else f"track {index}"
    about = f"{title}, from frame {frame} on, {link.told(known)}; {how_sure(link.margin)}"
    return LinkAnswers(sample_id, index, frame, link.split, about, answers)
