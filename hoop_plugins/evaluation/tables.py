"""A clip as tables: one pass over its frames, after which boxes and masks are not needed again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import supervision as sv
from numpy.typing import NDArray

from hoop_plugins.errors import HoopError
from hoop_plugins.evaluation.clip import (
    Corrected,
    Frame,
    attribute,
    confidences,
    identities,
    labels,
    of_class,
)
from hoop_plugins.evaluation.matching import box_iou, mask_iou, match

LEAST_HEIGHT = 20.0
"""Ground-truth people lower than this, in pixels, are ignored in tracking."""

PEOPLE = (
    *("frame", "position", "person", "team", "number"),
    *("track", "track_team", "track_number", "mask_iou"),
)
TRACKS = ("frame", "position", "track", "team", "number", "status", "person", "on_referee")
TRUE_NUMBERS = ("frame", "position", "person", "visible", "height", "detected", "track")
PAIRS = (
    *("frame", "position", "true_position", "iou", "track"),
    *("text", "confidence", "person", "true_text"),
)
BOXES = ("frame", "position", "label", "confidence", "x", "y", "width", "height")


@dataclass(frozen=True)
class Overlaps:
    """One frame for the tracking metrics: who is there, and how far they overlap.

    Attributes:
        truth: ``(N,)`` ids of the ground-truth people, unique.
        tracks: ``(M,)`` ids of the tracks, unique.
        similarity: ``(N, M)`` IoU of boxes.
        masks: ``(N, M)`` IoU of masks, ``None`` where one side has none.
    """

    truth: NDArray[np.int64]
    tracks: NDArray[np.int64]
    similarity: NDArray[np.float64]
    masks: NDArray[np.float64] | None = None


@dataclass(frozen=True)
class Descriptions:
    """One frame for attribute-aware tracking: everybody, players and referees, and who they are.

    Attributes:
        overlaps: Who is there, and how far their boxes overlap.
        truth: ``(N, 3)`` objects: role, team and number of the ground-truth people.
        tracks: ``(M, 3)`` objects: the same of the tracks, as predicted.
    """

    overlaps: Overlaps
    truth: NDArray[np.object_]
    tracks: NDArray[np.object_]


@dataclass(frozen=True)
class ClipTables:
    """Everything the figures are computed from. An id or text that is not there is -1 or null.

    ``position`` says which of its frame's labels a row is, from 0, in the order of the field.

    Attributes:
        frames: ``(F,)`` numbers of the labelled frames, from 1.
        people: A row for each ground-truth player and frame, with the track matched to it there.
        tracks: A row for each predicted player and frame, with the person matched to it there.
        true_numbers: A row for each ground-truth number box: whether a detection found it, and the
            track with which its box was paired.
        pairs: A row for each predicted number box that has an owner, with the owner (``person``)
            and text of the ground-truth box that it matches.
        detected: The detector's boxes, with labels.
        true_boxes: The boxes of the ground truth, with labels.
        overlaps: The frames, for tracking metrics, as in ``frames``.
        descriptions: The frames with everybody's role, team and number, as in ``frames``.
        corrected: Where corrections stand for the ground truth: what they say. No labels stand
            behind the ground truth then.
    """

    frames: NDArray[np.int64]
    people: pd.DataFrame
    tracks: pd.DataFrame
    true_numbers: pd.DataFrame
    pairs: pd.DataFrame
    detected: pd.DataFrame
    true_boxes: pd.DataFrame
    overlaps: list[Overlaps]
    descriptions: list[Descriptions]
    corrected: Corrected | None = None


@dataclass
class _Table:
    columns: tuple[str, ...]
    parts: list[tuple[NDArray[Any], ...]] = field(default_factory=list)

    def add(self, frame: int, *values: NDArray[Any]) -> None:
        if len(values[0]):
            self.parts.append((np.full(len(values[0]), frame), *values))

    def finish(self) -> pd.DataFrame:
        if not self.parts:
            return pd.DataFrame(columns=list(self.columns), dtype=object)
        columns = map(np.concatenate, zip(*self.parts, strict=True))
        return pd.DataFrame(dict(zip(self.columns, columns, strict=True)))


def collect(frames: Iterable[Frame], corrected: Corrected | None = None) -> ClipTables:
    """Reads a clip once, holding one frame's masks at a time.

    Args:
        frames: The labelled frames of one clip, in order.
        corrected: Where corrections stand for its ground truth: what they say.

    Returns:
        The clip as tables.

    Raises:
        HoopError: If an id occurs twice among the players of a frame.
    """
    people, tracks = _Table(PEOPLE), _Table(TRACKS)
    true_numbers, pairs = _Table(TRUE_NUMBERS), _Table(PAIRS)
    detected, true_boxes = _Table(BOXES), _Table(BOXES)
    numbers, overlaps, descriptions = [], [], []
    for frame in frames:
        numbers.append(frame.number)
        overlaps.append(_add_people(frame, people, tracks))
        descriptions.append(_describe(frame))
        _add_numbers(frame, true_numbers, pairs)
        _add_boxes(frame.number, frame.detections, detected)
        _add_boxes(frame.number, frame.truth, true_boxes)
    return ClipTables(
        np.array(numbers, dtype=np.int64),
        people.finish(),
        tracks.finish(),
        true_numbers.finish(),
        pairs.finish(),
        detected.finish(),
        true_boxes.finish(),
        overlaps,
        descriptions,
        corrected,
    )


def _add_people(frame: Frame, people: _Table, tracks: _Table) -> Overlaps:
    of_players = labels(frame.truth) == "player"
    of_tracks = (labels(frame.players) == "player") & (identities(frame.players) >= 0)
    truth, referees = frame.truth.select(of_players), of_class(frame.truth, "referee")
    predicted = frame.players.select(of_tracks)
    ids, track_ids = identities(truth), identities(predicted)
    _check_unique(frame.number, "ground truth", ids[ids >= 0])
    _check_unique(frame.number, "players", track_ids)

    similarity = box_iou(truth.xyxy, predicted.xyxy)
    rows, columns = match(similarity)
    heights = truth.xyxy[:, 3] - truth.xyxy[:, 1]
    ignored = (heights < LEAST_HEIGHT) | (ids < 0)
    # As TrackEval does with distractors: a prediction on somebody ignored is no false positive.
    forgiven = _spread(len(predicted), columns, ignored[rows], False)

    matched_masks = np.full(len(truth), np.nan)
    on_masks: NDArray[np.float64] | None = np.zeros(similarity.shape)
    if similarity.size:
        on_masks = _mask_iou(truth, predicted)
        if on_masks is not None:
            matched_masks[rows] = on_masks[rows, columns]
            matched_masks[ignored] = np.nan
            on_masks = on_masks[~ignored][:, ~forgiven]
    teams, numbers = attribute(predicted, "team"), attribute(predicted, "number")
    known = ids >= 0
    matched = [_spread(len(truth), rows, of[columns]) for of in (teams, numbers)]
    of_truth = [
        np.flatnonzero(of_players),
        ids,
        attribute(truth, "team"),
        attribute(truth, "number"),
        _spread(len(truth), rows, track_ids[columns], -1),
        *matched,
        matched_masks,
    ]
    people.add(frame.number, *(column[known] for column in of_truth))

    _, on_referee = match(box_iou(referees.xyxy, predicted.xyxy))
    tracks.add(
        frame.number,
        np.flatnonzero(of_tracks),
        track_ids,
        teams,
        numbers,
        attribute(predicted, "number_status"),
        _spread(len(predicted), columns, ids[rows], -1),
        _marked(len(predicted), on_referee),
    )
    return Overlaps(
        ids[~ignored], track_ids[~forgiven], similarity[~ignored][:, ~forgiven], on_masks
    )


def _mask_iou(truth: sv.Detections, predicted: sv.Detections) -> NDArray[np.float64] | None:
    if isinstance(truth.mask, sv.CompactMask) and isinstance(predicted.mask, sv.CompactMask):
        return mask_iou(truth.mask, predicted.mask)
    return None


def _describe(frame: Frame) -> Descriptions:
    """Players and referees together; who is ignored is as in tracking."""
    sides = []
    for people in (frame.truth, frame.players):
        roles = labels(people)
        kept = (roles == "player") | (roles == "referee")
        if people is frame.players:
            kept &= identities(people) >= 0
        described = (roles, attribute(people, "team"), attribute(people, "number"))
        # A referee's id is never a player's.
        ids = 2 * identities(people) + (roles == "referee")
        sides.append((people.xyxy[kept], ids[kept], np.stack(described, axis=1)[kept]))
    (boxes, ids, truth), (predicted, track_ids, tracks) = sides
    similarity = box_iou(boxes, predicted)
    rows, columns = match(similarity)
    ignored = (boxes[:, 3] - boxes[:, 1] < LEAST_HEIGHT) | (ids < 0)
    forgiven = _spread(len(predicted), columns, ignored[rows], False)
    return Descriptions(
        Overlaps(ids[~ignored], track_ids[~forgiven], similarity[~ignored][:, ~forgiven]),
        truth[~ignored],
        tracks[~forgiven],
    )


def _add_numbers(frame: Frame, true_numbers: _Table, pairs: _Table) -> None:
    of_truth, of_pairs = labels(frame.truth) == "number", identities(frame.numbers) >= 0
    truth, paired = frame.truth.select(of_truth), frame.numbers.select(of_pairs)
    detected = of_class(frame.detections, "number")
    true_positions = np.flatnonzero(of_truth)
    found, _ = match(box_iou(truth.xyxy, detected.xyxy))
    similarity = box_iou(truth.xyxy, paired.xyxy)
    rows, columns = match(similarity)
    owners, owner_tracks = identities(truth), identities(paired)
    # Labels that people draw have no share: they box what they can see.
    shares = attribute(truth, "visible")
    visible = np.array([1.0 if share is None else float(share) for share in shares])
    true_numbers.add(
        frame.number,
        true_positions,
        owners,
        visible,
        truth.xyxy[:, 3] - truth.xyxy[:, 1],
        _marked(len(truth), found),
        _spread(len(truth), rows, owner_tracks[columns], -1),
    )
    pairs.add(
        frame.number,
        np.flatnonzero(of_pairs),
        _spread(len(paired), columns, true_positions[rows], -1),
        _spread(len(paired), columns, similarity[rows, columns], np.nan),
        owner_tracks,
        attribute(paired, "text"),
        attribute(paired, "text_confidence"),
        _spread(len(paired), columns, owners[rows], -1),
        _spread(len(paired), columns, attribute(truth, "text")[rows]),
    )


def _add_boxes(number: int, detections: sv.Detections, table: _Table) -> None:
    x1, y1, x2, y2 = detections.xyxy.astype(np.float64).T
    table.add(
        number,
        np.arange(len(detections)),
        labels(detections),
        confidences(detections),
        *(x1, y1, x2 - x1, y2 - y1),
    )


def _spread(size: int, where: NDArray[np.intp], values: NDArray[Any], otherwise: Any = None) -> Any:
    spread = np.full(size, otherwise, dtype=values.dtype if otherwise is not None else object)
    spread[where] = values
    return spread


def _marked(size: int, where: NDArray[np.intp]) -> NDArray[np.bool_]:
    marked = np.zeros(size, dtype=bool)
    marked[where] = True
    return marked


def _check_unique(frame: int, field_name: str, ids: NDArray[np.int64]) -> None:
    if len(set(ids.tolist())) < len(ids):
        values, counts = np.unique(ids, return_counts=True)
        raise HoopError(
            f"frame {frame}: index {values[counts > 1][0]} occurs twice among the players of "
            f"{field_name}; give every person of a frame an index of their own"
        )


def majority(table: pd.DataFrame, key: str, columns: list[str]) -> pd.DataFrame:
    """Finds what is said most often of each key; the earlier on a tie.

    Args:
        table: Rows in order of time.
        key: The column to group by.
        columns: The columns whose most frequent combination is wanted; nulls do not vote.

    Returns:
        Indexed by key: the columns, and ``votes``, the rows that agree.
    """
    voters = table.dropna(subset=columns)
    votes = voters.groupby([key, *columns], sort=False).size().rename("votes").reset_index()
    ranked = votes.sort_values("votes", ascending=False, kind="stable")
    return ranked.drop_duplicates(key).set_index(key)


def track_owners(tracks: pd.DataFrame) -> pd.Series:
    """Says which ground-truth player each track follows.

    Args:
        tracks: As in :class:`ClipTables`.

    Returns:
        Person by track: the one it is matched to most often, for the tracks where that is at least
        half of their frames.
    """
    most = majority(tracks[tracks.person >= 0], "track", ["person"])
    lengths = tracks.groupby("track").size().reindex(most.index)
    return most.person[2 * most.votes >= lengths]
