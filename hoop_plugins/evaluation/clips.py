"""What an evaluation takes in: a clip's predictions and what is true, frame by frame."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import fiftyone as fo
import numpy as np
import supervision as sv

from hoop_plugins.compat.fiftyone import dataset_of
from hoop_plugins.corrections import (
    Predictions,
    Truth,
    Unaided,
    as_truth,
    former_frames,
    frames_tracked,
    read_before,
    read_unaided,
)
from hoop_plugins.data.detections import track_ids
from hoop_plugins.data.fields import Fields, check_schema
from hoop_plugins.data.games import game_of
from hoop_plugins.data.store import SampleStore, stores_of
from hoop_plugins.data.views import all_videos, videos_of
from hoop_plugins.errors import MissingFieldError

FIELDS = ("ground_truth", "detections", "players", "numbers")

UNUSED = ("probabilities",)
"""Attributes that no figure comes from: decoding them took a third of an evaluation."""

NOBODY = -1
"""In place of the id of a track of which nothing was said: it is left out."""


@dataclass(frozen=True)
class Frame:
    """One frame: what was predicted in it, and what is true.

    Boxes are absolute ``xyxy`` pixels; labels are ``data["class_name"]``, and every attribute is an
    object array in ``data`` with ``None`` where it is absent.

    Attributes:
        number: Its number, from 1.
        detections: The detector's boxes.
        players: Tracked people: ``tracker_id``, ``mask`` where there is one, and ``team``,
            ``number`` and ``number_status``.
        numbers: Number boxes with the owner's track as ``tracker_id``, and ``text`` ("" where no
            number was read, ``None`` where the box was not read) and ``text_confidence``.
        truth: People (``tracker_id``, ``team``, ``number``, ``mask``), number boxes (owner's
            ``tracker_id``, ``text`` and ``visible``, a share of 0 to 1), ball and rim. A frame
            that is labeled as showing nobody counts: whatever was predicted in it is wrong.
    """

    number: int
    detections: sv.Detections
    players: sv.Detections
    numbers: sv.Detections
    truth: sv.Detections


@dataclass
class CorrectionCounts:
    """What people said of clips: how they are linked, and what stands for the ground truth.

    Attributes:
        clips: How many clips there are in which corrections stand for the ground truth.
        tracks: The predicted tracks of which they said something.
        same_person: Those of them that are the same person as another one.
        not_a_person: Those of them that are nobody.
        identity: What was said of who is who, and obeyed by ``link``, in any clip: measured is what
            it links without.
        tracked_frames: How many frames of any clip were tracked from boxes and masks that people
            put right.
        before: How many clips are measured as they were predicted before that, since they are of
            one game with such frames.
    """

    clips: int = 0
    tracks: int = 0
    same_person: int = 0
    not_a_person: int = 0
    identity: int = 0
    tracked_frames: int = 0
    before: int = 0


@dataclass(frozen=True)
class Corrected:
    """Of a clip without ground truth: what people said of it.

    Attributes:
        counts: How much that is.
        teams: Names of teams that were predicted: people mean the same by them. Ground truth has
            names of its own.
    """

    counts: CorrectionCounts
    teams: frozenset[str]


@dataclass(frozen=True)
class Clip:
    """A clip to evaluate, read frame by frame, so that its length does not matter.

    Where it has no ground truth, what people corrected stands for it, and nothing else is compared:
    they say who somebody is, not where, so places are those of the predictions, and tracks of which
    nothing was said are left out. What was predicted is compared, not what shows since: no
    correction makes a figure better. Of who was tracked from corrections that is what was predicted
    before; places that corrections stand for are those of now.

    Attributes:
        name: The clip's name in the report.
        store: Its labels.
        truths: What people corrected or confirmed, where that stands for the ground truth.
        masks: Whether masks are read; mask overlap needs them, and nothing else does.
    """

    name: str
    store: SampleStore
    truths: Sequence[Truth] = ()
    masks: bool = True

    @property
    def helped(self) -> dict[str, int]:
        """What people did of which nothing is measured: fields of :class:`CorrectionCounts`."""
        unaided = read_unaided(self.store)
        return {
            "identity": unaided.corrections if unaided else 0,
            "tracked_frames": frames_tracked(self.store),
            "before": int(self.before is not None),
        }

    @cached_property
    def before(self) -> Unaided | None:
        """Who everybody was before something of the game was tracked from what people put right;
        ``None`` where nothing was.
        """
        return read_before(self.store)

    @cached_property
    def game(self) -> str:
        """The game that it is of; "" where nobody said it."""
        return game_of(self.store)

    @cached_property
    def corrected(self) -> Corrected | None:
        """Where corrections stand for the ground truth: what they say."""
        if not self.truths:
            return None
        checked = {track.index: track for truth in self.truths for track in truth.predicted}
        predicted = {**self.store.read_tracks(), **checked}
        counts = CorrectionCounts(
            clips=1,
            tracks=len(checked),
            same_person=len(checked) - len(self.truths),
            not_a_person=sum(len(truth.predicted) for truth in self.truths if not truth.is_person),
        )
        tracks = [*predicted.values(), *(self.before.tracks.values() if self.before else ())]
        teams = frozenset(track.team for track in tracks if track.team)
        return Corrected(counts, teams)

    def frames(self) -> Iterator[Frame]:
        """Yields the frames in which something is known to be true, in order."""
        if self.truths:
            yield from self._corrected_frames(Predictions(self.store, self.before))
            return
        predictions = Predictions(self.store, self.before, former_frames(self.store))
        how: Any = {"masks": self.masks, "without": UNUSED, "former": self.before is not None}
        for number, (truth, *found) in self.store.join(FIELDS, **how):
            detections, players, numbers = (
                predictions.restore(role, number, labels)
                for role, labels in zip(FIELDS[1:], found, strict=True)
            )
            yield Frame(number, detections, players, numbers, truth)

    def _corrected_frames(self, predictions: Predictions) -> Iterator[Frame]:
        people = {truth.index: truth for truth in self.truths}
        fields = ("players", "numbers")
        for number, found in self.store.join(fields, masks=False, without=UNUSED):
            known = [[people.get(index) for index in track_ids(part).tolist()] for part in found]
            if not any(known[0]):
                continue
            predicted = [
                predictions.restore(role, number, labels)
                for role, labels in zip(fields, found, strict=True)
            ]
            players, numbers = (
                _checked(labels, who) for labels, who in zip(predicted, known, strict=True)
            )
            truth = _truth(found[0], known[0], found[1], known[1])
            yield Frame(number, sv.Detections.empty(), players, numbers, truth)


def clips_of(
    view: fo.core.collections.SampleCollection, names: Fields, masks: bool = True
) -> list[Clip]:
    """The clips of a view, to be evaluated one after the other, as the view shows them.

    Args:
        view: A video dataset or view; see :func:`~hoop_plugins.data.views.videos_of`.
        names: The names of the label fields.
        masks: Whether masks are read.

    Returns:
        Clips; where one has no ground truth, and people corrected something, that stands for it.

    Raises:
        MissingFieldError: If there is neither ground truth nor a correction in any.
        HoopError: If the view holds no videos.
    """
    view = videos_of(view)
    dataset = dataset_of(view)
    # A name that somebody gave, and that is not there, is a slip.
    for field in FIELDS:
        name = getattr(names, field)
        if name != getattr(Fields, field) and not view.has_frame_field(name):
            raise MissingFieldError(f"{dataset.name!r} has no frame field {name!r}")
        check_schema(dataset, {f"frames.{name}": fo.Detections})
    # Clips of different games may have the same file name; a clip's own must not change with the
    # view, as runs are compared by it.
    files = Counter(Path(path).name for path in all_videos(dataset).values("filepath"))
    clips = []
    for store in stores_of(view, names):
        name = store.name if files[store.name] == 1 else f"{store.name} ({store.sample_id})"
        clips.append(clip_of(store, name, masks))
    if not any(has_truth(clip.store) for clip in clips):
        missing = "labels" if clips[0].store.has("ground_truth") else "frame field"
        raise MissingFieldError(
            f"there is nothing to compare with: {dataset.name!r} has no {missing} "
            f"{names.ground_truth!r} here, and nothing was corrected; import ground truth, or "
            "correct some tracks"
        )
    return clips


def clip_of(store: SampleStore, name: str = "", masks: bool = True) -> Clip:
    """One clip; where it has no ground truth, what people corrected stands for it."""
    truths = () if store.is_labeled("ground_truth") else as_truth(store)
    return Clip(name or store.name, store, truths, masks)


def has_truth(store: SampleStore) -> bool:
    """Whether a clip can be evaluated: it has ground truth, or people corrected something."""
    return store.is_labeled("ground_truth") or bool(as_truth(store))


def _checked(found: sv.Detections, who: Sequence[Truth | None]) -> sv.Detections:
    known = np.array([truth is not None for truth in who], dtype=bool)
    return replace(found, tracker_id=np.where(known, track_ids(found), NOBODY))


def _truth(
    players: sv.Detections,
    who: Sequence[Truth | None],
    numbers: sv.Detections,
    owners: Sequence[Truth | None],
) -> sv.Detections:
    """The people of a frame as they were said to be, and the number boxes of numbers said."""
    rows = [
        (box, truth.index, truth.role or truth.predicted[0].role, truth.team, truth.number, None)
        for box, truth in zip(players.xyxy, who, strict=True)
        if truth and truth.is_person
    ] + [
        (box, owner.index, "number", None, None, owner.number)
        for box, owner in zip(numbers.xyxy, owners, strict=True)
        if owner and owner.is_person and owner.number
    ]
    if not rows:
        return sv.Detections.empty()
    boxes, ids, *columns = zip(*rows, strict=True)
    names = ("class_name", "team", "number", "text")
    return sv.Detections(
        np.array(boxes),
        tracker_id=np.array(ids, dtype=int),
        data={name: np.array(column, object) for name, column in zip(names, columns, strict=True)},
    )
