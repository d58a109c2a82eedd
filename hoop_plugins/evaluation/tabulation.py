"""One pass over a clip's frames, after which boxes and masks are not needed again."""

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
    Clip,
    Corrected,
    Frame,
    attribute,
    confidences,
    identities,
    labels,
)
from hoop_plugins.evaluation.matching import Overlaps, box_iou, mask_iou, match
from hoop_plugins.evaluation.tables import ClipTables, Descriptions

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
INTEGERS = ("frame", "position", "true_position", "person", "track")
"""Columns of whole numbers, also in a table without rows."""


@dataclass
class _Table:
    columns: tuple[str, ...]
    parts: list[tuple[NDArray[Any], ...]] = field(default_factory=list)

    def add(self, frame: int, *values: NDArray[Any]) -> None:
        if len(values[0]):
            self.parts.append((np.full(len(values[0]), frame), *values))

    def finish(self) -> pd.DataFrame:
        if not self.parts:
            kinds = {name: "int64" if name in INTEGERS else "object" for name in self.columns}
            return pd.DataFrame(columns=list(self.columns)).astype(kinds)
        columns = map(np.concatenate, zip(*self.parts, strict=True))
        return pd.DataFrame(dict(zip(self.columns, columns, strict=True)))


def tabulate(clip: Clip) -> ClipTables:
    """Compares the frames of one clip, holding the masks of one frame at a time.

    Args:
        clip: The clip.

    Returns:
        What its figures and marks come from.

    Raises:
        HoopError: If an id occurs twice among the players of a frame.
    """
    try:
        return collect(clip.frames(), clip.corrected)
    except HoopError as error:
        raise HoopError(f"{clip.name}, {error}") from error


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
    frame_numbers, overlaps, descriptions = [], [], []
    for frame in frames:
        true_labels, detected_labels = labels(frame.truth), labels(frame.detections)
        true_people = _people(frame.truth, true_labels)
        tracked_people = _people(frame.players, labels(frame.players), tracked=True)
        similarity = box_iou(true_people.boxes, tracked_people.boxes)
        frame_numbers.append(frame.number)
        overlaps.append(_add_people(frame, true_people, tracked_people, similarity, people, tracks))
        descriptions.append(_describe(true_people, tracked_people, similarity))
        _add_numbers(frame, true_labels, detected_labels, true_numbers, pairs)
        _add_boxes(frame.number, frame.detections, detected_labels, detected)
        _add_boxes(frame.number, frame.truth, true_labels, true_boxes)
    return ClipTables(
        np.array(frame_numbers, dtype=np.int64),
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


@dataclass(frozen=True)
class _People:
    """The N players and referees of one side of a frame.

    Attributes:
        positions: Which of the frame's labels they are.
        boxes: ``(N, 4)`` xyxy.
        ids: Their ids, -1 where there is none.
        described: ``(N, 3)`` objects: label, team and number.
    """

    positions: NDArray[np.intp]
    boxes: NDArray[np.number]
    ids: NDArray[np.int64]
    described: NDArray[np.object_]

    @property
    def players(self) -> NDArray[np.intp]:
        """Which of them are players."""
        return np.flatnonzero(self.described[:, 0] == "player")

    @property
    def referees(self) -> NDArray[np.bool_]:
        """Whether each is a referee."""
        return np.asarray(self.described[:, 0] == "referee", dtype=bool)

    @property
    def ignored(self) -> NDArray[np.bool_]:
        """Who of the ground truth does not count in tracking."""
        return (self.boxes[:, 3] - self.boxes[:, 1] < LEAST_HEIGHT) | (self.ids < 0)


def _people(found: sv.Detections, names: NDArray[np.object_], tracked: bool = False) -> _People:
    ids = identities(found)
    kept = (names == "player") | (names == "referee")
    if tracked:
        kept &= ids >= 0
    columns = names, attribute(found, "team"), attribute(found, "number")
    described = np.stack([column[kept] for column in columns], axis=1)
    return _People(np.flatnonzero(kept), found.xyxy[kept], ids[kept], described)


def _add_people(
    frame: Frame,
    true_people: _People,
    tracked_people: _People,
    iou: NDArray[np.float64],
    people: _Table,
    tracks: _Table,
) -> Overlaps:
    true_players, tracked_players = true_people.players, tracked_people.players
    ids, track_ids = true_people.ids[true_players], tracked_people.ids[tracked_players]
    _check_unique(frame.number, "ground truth", ids[ids >= 0])
    _check_unique(frame.number, "players", track_ids)

    similarity = iou[np.ix_(true_players, tracked_players)]
    rows, columns = match(similarity)
    ignored = true_people.ignored[true_players]
    # As TrackEval does with distractors: a prediction on somebody ignored is no false positive.
    forgiven = _spread(len(track_ids), columns, ignored[rows], False)

    positions = true_people.positions[true_players]
    track_positions = tracked_people.positions[tracked_players]
    matched_masks = np.full(len(ids), np.nan)
    masks: NDArray[np.float64] | None = np.zeros(similarity.shape)
    if similarity.size:
        masks = _mask_iou(frame, positions, track_positions)
        if masks is not None:
            matched_masks[rows] = masks[rows, columns]
            matched_masks[ignored] = np.nan
            masks = masks[~ignored][:, ~forgiven]
    _, teams, numbers = true_people.described[true_players].T
    _, track_teams, track_numbers = tracked_people.described[tracked_players].T
    known = ids >= 0
    columns_of_people = (
        positions,
        ids,
        teams,
        numbers,
        _spread(len(ids), rows, track_ids[columns], -1),
        _spread(len(ids), rows, track_teams[columns]),
        _spread(len(ids), rows, track_numbers[columns]),
        matched_masks,
    )
    people.add(frame.number, *(column[known] for column in columns_of_people))

    _, on_referee = match(iou[np.ix_(np.flatnonzero(true_people.referees), tracked_players)])
    tracks.add(
        frame.number,
        track_positions,
        track_ids,
        track_teams,
        track_numbers,
        attribute(frame.players, "number_status")[track_positions],
        _spread(len(track_ids), columns, ids[rows], -1),
        _marked(len(track_ids), on_referee),
    )
    return Overlaps(ids[~ignored], track_ids[~forgiven], similarity[~ignored][:, ~forgiven], masks)


def _mask_iou(
    frame: Frame, positions: NDArray[np.intp], track_positions: NDArray[np.intp]
) -> NDArray[np.float64] | None:
    truth, predicted = frame.truth.mask, frame.players.mask
    if isinstance(truth, sv.CompactMask) and isinstance(predicted, sv.CompactMask):
        return mask_iou(truth[positions], predicted[track_positions])
    return None


def _describe(
    true_people: _People, tracked_people: _People, similarity: NDArray[np.float64]
) -> Descriptions:
    """Players and referees together; who is ignored is as in tracking."""
    rows, columns = match(similarity)
    ignored = true_people.ignored
    forgiven = _spread(len(tracked_people.ids), columns, ignored[rows], False)
    # A referee's id is never a player's.
    ids, track_ids = (2 * side.ids + side.referees for side in (true_people, tracked_people))
    both = true_people.referees[rows] & tracked_people.referees[columns] & ~ignored[rows]
    return Descriptions(
        Overlaps(ids[~ignored], track_ids[~forgiven], similarity[~ignored][:, ~forgiven]),
        true_people.described[~ignored],
        tracked_people.described[~forgiven],
        int(both.sum()),
    )


def _add_numbers(
    frame: Frame,
    true_labels: NDArray[np.object_],
    detected_labels: NDArray[np.object_],
    true_numbers: _Table,
    pairs: _Table,
) -> None:
    true_positions = np.flatnonzero(true_labels == "number")
    positions = np.flatnonzero(identities(frame.numbers) >= 0)
    boxes, pair_boxes = frame.truth.xyxy[true_positions], frame.numbers.xyxy[positions]
    found, _ = match(box_iou(boxes, frame.detections.xyxy[detected_labels == "number"]))
    similarity = box_iou(boxes, pair_boxes)
    rows, columns = match(similarity)
    owners = identities(frame.truth)[true_positions]
    owner_tracks = identities(frame.numbers)[positions]
    # Labels that people draw have no share: they box what they can see.
    shares = attribute(frame.truth, "visible")[true_positions]
    visible = np.array([1.0 if share is None else float(share) for share in shares])
    true_numbers.add(
        frame.number,
        true_positions,
        owners,
        visible,
        boxes[:, 3] - boxes[:, 1],
        _marked(len(boxes), found),
        _spread(len(boxes), rows, owner_tracks[columns], -1),
    )
    size = len(pair_boxes)
    pairs.add(
        frame.number,
        positions,
        _spread(size, columns, true_positions[rows], -1),
        _spread(size, columns, similarity[rows, columns], np.nan),
        owner_tracks,
        attribute(frame.numbers, "text")[positions],
        attribute(frame.numbers, "text_confidence")[positions],
        _spread(size, columns, owners[rows], -1),
        _spread(size, columns, attribute(frame.truth, "text")[true_positions][rows]),
    )


def _add_boxes(
    number: int, detections: sv.Detections, names: NDArray[np.object_], table: _Table
) -> None:
    x1, y1, x2, y2 = detections.xyxy.astype(np.float64).T
    sides = x1, y1, x2 - x1, y2 - y1
    table.add(number, np.arange(len(detections)), names, confidences(detections), *sides)


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
