"""What people put right: kept apart from what was predicted, and laid over it.

Every correction is anchored to a box in a frame, not to a track's id, and finds its track by
overlap whenever it is laid on; so it outlives every re-run. Stages see predictions only:
:func:`lifted` takes the corrections off and lays them on again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timezone
from typing import Any
from uuid import uuid4

import fiftyone as fo
from fiftyone import ViewField as F

from hoop_plugins.corrections import edits, overlay, shapes
from hoop_plugins.corrections.anchors import Box, choose_anchor
from hoop_plugins.corrections.anchors import NoTrackError as NoTrackError
from hoop_plugins.corrections.anchors import find_track as find_track
from hoop_plugins.corrections.before import forget_tracked as forget_tracked
from hoop_plugins.corrections.before import former_frames as former_frames
from hoop_plugins.corrections.before import frames_tracked as frames_tracked
from hoop_plugins.corrections.before import note_tracked as note_tracked
from hoop_plugins.corrections.before import read_before as read_before
from hoop_plugins.corrections.identity import (
    Place,
    check,
    no_track,
    same_person,
    somebody_else,
)
from hoop_plugins.corrections.record import ATTRIBUTES, SHAPES, checked, confirmed, write
from hoop_plugins.corrections.record import IDENTITY as IDENTITY
from hoop_plugins.corrections.record import Correction as Correction
from hoop_plugins.corrections.record import CorrectionError as CorrectionError
from hoop_plugins.corrections.record import listed as listed
from hoop_plugins.corrections.tracked import known_tracks as known_tracks
from hoop_plugins.corrections.tracked_again import Told as Told
from hoop_plugins.corrections.tracked_again import check_told as check_told
from hoop_plugins.corrections.tracked_again import people_told as people_told
from hoop_plugins.corrections.truth import Predictions as Predictions
from hoop_plugins.corrections.truth import Truth as Truth
from hoop_plugins.corrections.truth import as_truth as as_truth
from hoop_plugins.corrections.truth import number_labels as number_labels
from hoop_plugins.corrections.unaided import Stretch as Stretch
from hoop_plugins.corrections.unaided import Unaided as Unaided
from hoop_plugins.corrections.unaided import read_unaided as read_unaided
from hoop_plugins.corrections.unaided import write_unaided as write_unaided
from hoop_plugins.data.fields import CORRECTIONS_FIELD, Fields
from hoop_plugins.data.held import held
from hoop_plugins.data.store import SampleStore
from hoop_plugins.data.views import all_videos


def correct(
    store: SampleStore,
    index: int,
    *,
    frame: int | None = None,
    confirm: bool = False,
    **answers: Any,
) -> list[str]:
    """Corrects a track; what people said of the same before is replaced. It shows at once.

    ``answers`` say what is right, as :func:`hoop_plugins.api.correct` takes it; a frame in which
    the person is seen well is found where none is given. ``confirm`` says the role, team and number
    that show: it counts as truth like everything else that people say.

    Returns:
        A line for every correction of the clip that cannot be laid on at present.

    Raises:
        CorrectionError: If something of it cannot be; nothing has been changed then.
        NoTrackError: If the track is not seen in ``frame``; likewise.
    """
    problems = take_over(store)
    tracks = known_tracks(store)
    if index not in tracks:
        raise no_track(store, index)
    values = checked(**(confirmed(tracks[index], answers) if confirm else answers))
    other: Place | None = None
    if "same_as" in values:
        anchor, other = same_person(store, index, int(values["same_as"]), frame)
    elif "other_from" in values:
        anchor, other = somebody_else(store, index, int(values["other_from"]))
    else:
        anchor = choose_anchor(store, index, frame)
    now = datetime.now(timezone.utc)
    added = [
        Correction(
            *(anchor.frame, anchor.box, attribute, value, now, uuid4().hex[:8]),
            *(_other(store, other) if attribute in IDENTITY and other else ()),
        )
        for attribute, value in values.items()
    ]
    if other is not None:
        check(store, index, next(one for one in added if one.attribute in IDENTITY), other)
    _add(store, [(index, correction) for correction in added])
    if tracks.keys() - store.read_tracks().keys():
        store.write_tracks(tracks.values())
    store.runs.come_back()
    with lifted([store]) as found:
        pass
    return [*problems, *(line for _, line in found)]


def edited(store: SampleStore) -> bool:
    """Whether people changed something in FiftyOne's own editor that :func:`take_over` would take;
    nothing is changed.
    """
    return edits.find(store).found


def take_over(store: SampleStore) -> list[str]:
    """Makes corrections of what people changed in FiftyOne's own editor since we left the labels.

    Returns:
        A line for everything that is not understood, and for every correction that cannot be laid
        on at present.
    """
    found = edits.find(store)
    if not found.found:
        return found.refused
    _add(store, found.corrections, found.taken_back)
    found.take_off(store)
    with lifted([store]) as problems:
        pass
    return [*found.refused, *(line for _, line in problems)]


def _add(
    store: SampleStore,
    added: Sequence[tuple[int, Correction]],
    taken_back: Container[str] = (),
) -> None:
    """Adds corrections of shown tracks, which replace what was said of the same before."""
    said: dict[int, set[str]] = defaultdict(set)
    reshaped = {(i, one.frame) for i, one in added if one.attribute == "reshaped"}
    for index, correction in added:
        if correction.attribute in SHAPES or not index:
            continue
        # Nobody is nothing else.
        nobody = correction.attribute == "not_a_person"
        said[index] |= set(ATTRIBUTES) if nobody else {correction.attribute}
    shown = shown_tracks(store)

    def stays(correction: Correction) -> bool:
        index = shown.get(correction.key, 0)
        if correction.attribute == "reshaped":
            return (index, correction.frame) not in reshaped
        # The same person as one track may be the same as a third.
        return correction.attribute in IDENTITY or correction.attribute not in said.get(index, ())

    kept = [one for one in listed(store) if one.key not in taken_back and stays(one)]
    write(store, [*kept, *(correction for _, correction in added)])


def _other(store: SampleStore, place: Place) -> tuple[int, Box, str | None]:
    clip, anchor = place
    return anchor.frame, anchor.box, None if clip is store else clip.sample_id


def undo(store: SampleStore, keys: Sequence[str]) -> list[str]:
    """See :func:`hoop_plugins.api.undo`; the corrections of one clip."""
    told = take_over(store)
    corrections = {correction.key: correction for correction in listed(store)}
    for key in keys:
        if key not in corrections:
            known = ", ".join(corrections) or "none"
            raise CorrectionError(f"{store.name} has no correction {key!r}; it has: {known}")
    with lifted([store]) as problems:
        write(store, [kept for key, kept in corrections.items() if key not in keys])
    return [*told, *(line for _, line in problems)]


def find_store(dataset: fo.Dataset, key: str, names: Fields | None = None) -> SampleStore:
    """The clip of a video dataset that has the correction with a key.

    Raises:
        CorrectionError: If none has it.
    """
    ids: list[str] = []
    if dataset.has_sample_field(CORRECTIONS_FIELD):
        ids = all_videos(dataset).match(F(f"{CORRECTIONS_FIELD}.key").contains([key])).values("id")
    if not ids:
        raise CorrectionError(
            f"{dataset.name!r} has no correction {key!r}: list them with hoop correct"
        )
    return SampleStore(dataset, ids[0], names)


def shown_tracks(store: SampleStore) -> dict[str, int]:
    """The shown id of the track that each correction lies on, by its key; some lie on none."""
    people = overlay.read(store).people
    found = {key: person.index for person in people for key in person.keys}
    return shapes.shown(store) | found


@contextmanager
def lifted(clips: Sequence[SampleStore]) -> Iterator[list[tuple[SampleStore, str]]]:
    """Shows what was predicted, without corrections, and lays them on again at the end. Meanwhile
    FiftyOne's own editor stores nothing.

    Args:
        clips: The clips.

    Yields:
        A list that at the end holds a clip and a line for every correction that found no track.
    """
    problems: list[tuple[SampleStore, str]] = []
    with held(clips):
        try:
            for clip in clips:
                problems += [(clip, line) for line in take_over(clip)]
                _lift(clip)
            yield problems
        finally:
            for clip in clips:
                # Who began later has lifted them too, or laid them already.
                if clip.runs.overtaken:
                    continue
                _lift(clip)
                problems += [(clip, line) for line in _lay(clip)]
                edits.remember(clip)


def _lay(clip: SampleStore) -> list[str]:
    corrections = listed(clip)
    shapes.draw(clip, corrections)
    people = [one for one in corrections if one.attribute not in SHAPES]
    return [*overlay.lay(clip, people), *shapes.lay(clip, corrections)]


def _lift(clip: SampleStore) -> None:
    shapes.lift(clip)
    overlay.lift(clip)
    shapes.rub_out(clip)
