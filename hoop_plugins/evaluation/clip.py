"""What an evaluation takes in: one clip's predictions and ground truth, frame by frame."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import supervision as sv
from numpy.typing import NDArray


@dataclass(frozen=True)
class Frame:
    """One frame: its number (from 1), what was predicted in it, and what is true."""

    number: int
    detections: sv.Detections
    players: sv.Detections
    numbers: sv.Detections
    truth: sv.Detections


@dataclass
class CorrectionCounts:
    """What people said of the clips in which their corrections stand for the ground truth.

    Attributes:
        clips: How many such clips there are.
        tracks: The predicted tracks of which they said something.
        same_person: Those of them that are the same person as another one.
        not_a_person: Those of them that are nobody.
    """

    clips: int = 0
    tracks: int = 0
    same_person: int = 0
    not_a_person: int = 0


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


UNUSED = ("probabilities",)
"""Attributes that no figure comes from: decoding them took a third of an evaluation."""


class Clip(Protocol):
    """A clip to evaluate; :class:`ClipResult`, or one that is read as it goes."""

    @property
    def name(self) -> str:
        """The clip's name in the report."""

    @property
    def corrected(self) -> Corrected | None:
        """Where corrections stand for the ground truth: what they say."""

    def frames(self) -> Iterator[Frame]:
        """Yields the labelled frames in order."""


@dataclass(frozen=True)
class ClipResult:
    """One clip. Each mapping gives the ``sv.Detections`` of a frame by its number, from 1.

    Boxes are absolute ``xyxy`` pixels; labels are ``data["class_name"]``, and every attribute is an
    object array in ``data`` with ``None`` where it is absent.

    Attributes:
        name: The clip's name in the report.
        detections: The detector's boxes.
        players: Tracked people: ``tracker_id``, ``mask`` where there is one, and ``team``,
            ``number`` and ``number_status``.
        numbers: Number boxes with the owner's track as ``tracker_id``, and ``text`` ("" where no
            number was read, ``None`` where the box was not read) and ``text_confidence``.
        truth: People (``tracker_id``, ``team``, ``number``, ``mask``), number boxes (owner's
            ``tracker_id``, ``text`` and ``visible``, a share of 0 to 1), ball and rim. A frame that
            is missing here is unlabelled and left out; one that is here and empty is labelled as
            showing nobody, so that whatever was predicted in it counts as wrong.
        corrected: See :class:`Clip`.
    """

    name: str
    detections: Mapping[int, sv.Detections]
    players: Mapping[int, sv.Detections]
    numbers: Mapping[int, sv.Detections]
    truth: Mapping[int, sv.Detections]
    corrected: Corrected | None = None

    def frames(self) -> Iterator[Frame]:
        """Yields the labelled frames in order."""
        nothing = sv.Detections.empty()
        for number in sorted(self.truth):
            yield Frame(
                number,
                self.detections.get(number, nothing),
                self.players.get(number, nothing),
                self.numbers.get(number, nothing),
                self.truth[number],
            )


def labels(detections: sv.Detections) -> NDArray[np.object_]:
    """Returns each label, ``(N,)`` objects; the player's actions all become "player"."""
    names = attribute(detections, "class_name")
    return np.array(
        ["player" if str(name).startswith("player") else name for name in names], dtype=object
    )


def attribute(detections: sv.Detections, name: str) -> NDArray[np.object_]:
    """Returns an attribute, ``(N,)`` objects; all ``None`` where nothing carries it."""
    values: Any = detections.data.get(name)
    if values is None:
        return np.full(len(detections), None, dtype=object)
    return np.asarray(values, dtype=object)


def identities(detections: sv.Detections) -> NDArray[np.int64]:
    """Returns each track id, ``(N,)``; -1 where there is none."""
    if detections.tracker_id is None:
        return np.full(len(detections), -1, dtype=np.int64)
    return np.array([-1 if i is None else i for i in detections.tracker_id], dtype=np.int64)


def confidences(detections: sv.Detections) -> NDArray[np.float64]:
    """Returns each confidence, ``(N,)``; 1 where the labels carry none."""
    if detections.confidence is None:
        return np.ones(len(detections))
    return detections.confidence.astype(np.float64)
