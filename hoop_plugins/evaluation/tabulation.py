"""One pass over a clip's frames, after which boxes and masks are not needed again."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd
import supervision as sv
from numpy.typing import NDArray

from hoop_plugins.data.classes import missing
from hoop_plugins.data.detections import track_ids
from hoop_plugins.data.masks import absent
from hoop_plugins.data.vocabulary import CLASSES, NUMBERS
from hoop_plugins.errors import HoopError
from hoop_plugins.evaluation.clips import Clip, Frame
from hoop_plugins.evaluation.matching import Overlaps, box_iou, mask_iou, match
from hoop_plugins.evaluation.tables import ClipTables, Descriptions
from hoop_plugins.stages.torsos import TORSO

LEAST_HEIGHT = 20.0
"""Ground-truth people lower than this, in pixels, are ignored in tracking."""

EMPTY = Frame(0, *[sv.Detections.empty()] * 4)


Columns = dict[str, NDArray[Any]]


def tabulate(clip: Clip) -> ClipTables:
    """Compares the frames of one clip, holding the masks of one frame at a time.

    Raises:
        HoopError: If an id occurs twice among the players of a frame, or nobody in the ground truth
            is a player, and classes in it are unknown.
    """
    tables: dict[str, dict[str, list[NDArray[Any]]]] = defaultdict(lambda: defaultdict(list))
    numbers, overlaps, descriptions = [], [], []
    unknown: Counter[tuple[str, str]] = Counter()
    # An empty frame first, so that every table has its columns, also where it has no rows.
    for frame in chain([EMPTY], clip.frames()):
        unknown += _unknown(frame.truth)
        try:
            compared, described, found = _compare(frame)
        except HoopError as error:
            raise HoopError(f"{clip.name}, frame {frame.number}: {error}") from error
        numbers.append(frame.number)
        overlaps.append(compared)
        descriptions.append(described)
        for name, columns in found.items():
            rows = len(columns["position"])
            if rows or frame is EMPTY:
                for column, values in {"frame": np.full(rows, frame.number), **columns}.items():
                    tables[name][column].append(values)
    frames = {
        name: pd.DataFrame({column: np.concatenate(parts) for column, parts in table.items()})
        for name, table in tables.items()
    }
    counts = frames["true_boxes"].label.value_counts().to_dict()
    if not clip.corrected and (message := missing("player", "the ground truth", counts)):
        raise HoopError(f"{clip.name}: {message}")
    return ClipTables(
        frames=np.array(numbers[1:], dtype=np.int64),
        overlaps=overlaps[1:],
        descriptions=descriptions[1:],
        corrected=clip.corrected,
        helped=clip.helped,
        unknown=unknown,
        game=clip.game,
        **frames,
    )


def _unknown(truth: sv.Detections) -> Counter[tuple[str, str]]:
    """What a frame's ground truth says that cannot be used; numbers among it are taken out."""
    labels = _labels(truth)
    found = [("class", name) for name in labels if name is not None and name not in CLASSES]
    for name in ("number", "text"):
        values = _attribute(truth, name)
        for i, value in enumerate(values):
            if value and value not in NUMBERS:
                found.append(("number", str(value)))
                values[i] = None
    found += [("index", "player")] * int(((labels == "player") & (track_ids(truth) < 0)).sum())
    return Counter(found)


def _compare(frame: Frame) -> tuple[Overlaps, Descriptions, dict[str, Columns]]:
    true_labels, detected_labels = _labels(frame.truth), _labels(frame.detections)
    people = _people(frame.truth, true_labels)
    tracked = _people(frame.players, _labels(frame.players))
    tracked = tracked.take(tracked.ids >= 0)
    iou = box_iou(people.boxes, tracked.boxes)
    overlaps, tables = _compare_players(frame, people, tracked, iou)
    tables |= _compare_numbers(frame, true_labels, detected_labels)
    tables["detected"] = _boxes(frame.detections, detected_labels)
    tables["true_boxes"] = _boxes(frame.truth, true_labels)
    return overlaps, _describe(people, tracked, iou), tables


def _boxes(found: sv.Detections, labels: NDArray[np.object_]) -> Columns:
    x, y, right, bottom = found.xyxy.astype(np.float64).T
    confidence = np.ones(len(found)) if found.confidence is None else found.confidence
    return {
        "position": np.arange(len(found)),
        "label": labels,
        "confidence": confidence.astype(np.float64),
        "x": x,
        "y": y,
        "width": right - x,
        "height": bottom - y,
    }


@dataclass(frozen=True)
class _People:
    """N players and referees of one side of a frame.

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

    def take(self, which: NDArray[np.bool_]) -> _People:
        """Some of them."""
        return _People(*(values[which] for values in vars(self).values()))

    def labeled(self, label: str) -> NDArray[np.bool_]:
        """Whether each has a label."""
        return np.asarray(self.described[:, 0] == label, dtype=bool)


def _people(found: sv.Detections, labels: NDArray[np.object_]) -> _People:
    described = np.stack([labels, _attribute(found, "team"), _attribute(found, "number")], axis=1)
    everybody = _People(
        np.arange(len(found)), found.xyxy, track_ids(found).astype(np.int64), described
    )
    return everybody.take(everybody.labeled("player") | everybody.labeled("referee"))


def _pair(
    people: _People, tracked: _People, iou: NDArray[np.float64]
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.bool_], NDArray[np.bool_]]:
    """Rows and columns of the pairs, and who of either side counts in tracking.

    As TrackEval does with distractors: a prediction on somebody ignored is no false positive.
    """
    rows, columns = match(iou)
    counted = (people.boxes[:, 3] - people.boxes[:, 1] >= LEAST_HEIGHT) & (people.ids >= 0)
    return rows, columns, counted, _spread(len(tracked.ids), columns, counted[rows], True)


def _compare_players(
    frame: Frame, everybody: _People, all_tracked: _People, iou: NDArray[np.float64]
) -> tuple[Overlaps, dict[str, Columns]]:
    players, playing = everybody.labeled("player"), all_tracked.labeled("player")
    people, tracked = everybody.take(players), all_tracked.take(playing)
    _check_unique("ground truth", people.ids[people.ids >= 0])
    _check_unique("players", tracked.ids)

    similarity = iou[players][:, playing]
    rows, columns, counted, tracks_counted = _pair(people, tracked, similarity)
    matched_masks = np.full(len(people.ids), np.nan)
    masks = np.zeros(similarity.shape) if not similarity.size else None
    truth, predicted = frame.truth.mask, frame.players.mask
    if isinstance(truth, sv.CompactMask) and isinstance(predicted, sv.CompactMask):
        masks = mask_iou(truth[people.positions], predicted[tracked.positions])
        unknown = absent(predicted)[tracked.positions][columns]
        matched_masks[rows] = np.where(unknown, np.nan, masks[rows, columns])
        matched_masks[~counted] = np.nan
    if masks is not None:
        masks = masks[counted][:, tracks_counted]
    _, teams, numbers = people.described.T
    _, track_teams, track_numbers = tracked.described.T
    of_people = {
        "position": people.positions,
        "person": people.ids,
        "team": teams,
        "number": numbers,
        "track": _spread(len(teams), rows, tracked.ids[columns], -1),
        "track_team": _spread(len(teams), rows, track_teams[columns]),
        "track_number": _spread(len(teams), rows, track_numbers[columns]),
        "mask_iou": matched_masks,
        "counted": counted,
    }
    known = people.ids >= 0
    _, on_referee = match(iou[everybody.labeled("referee")][:, playing])
    of_tracks = {
        "position": tracked.positions,
        "track": tracked.ids,
        "team": track_teams,
        "number": track_numbers,
        "status": _attribute(frame.players, "number_status")[tracked.positions],
        "confidence": _attribute(frame.players, "number_confidence")[tracked.positions],
        "person": _spread(len(track_teams), columns, people.ids[rows], -1),
        "on_referee": _spread(len(track_teams), on_referee, np.True_, False),
        "counted": tracks_counted,
    }
    near = similarity[counted][:, tracks_counted]
    return (
        Overlaps(people.ids[counted], tracked.ids[tracks_counted], near, masks),
        {
            "people": {name: values[known] for name, values in of_people.items()},
            "tracks": of_tracks,
        },
    )


def _describe(people: _People, tracked: _People, iou: NDArray[np.float64]) -> Descriptions:
    """Players and referees together; who is ignored is as in tracking."""
    rows, columns, counted, tracks_counted = _pair(people, tracked, iou)
    referees, judging = people.labeled("referee"), tracked.labeled("referee")
    # A referee's id is never a player's.
    ids, track_ids = 2 * people.ids + referees, 2 * tracked.ids + judging
    return Descriptions(
        Overlaps(ids[counted], track_ids[tracks_counted], iou[counted][:, tracks_counted]),
        people.described[counted],
        tracked.described[tracks_counted],
        int((referees & counted)[rows][judging[columns]].sum()),
    )


def _compare_numbers(
    frame: Frame,
    true_labels: NDArray[np.object_],
    detected_labels: NDArray[np.object_],
) -> dict[str, Columns]:
    true_positions = np.flatnonzero(true_labels == "number")
    positions = np.flatnonzero(track_ids(frame.numbers) >= 0)
    torsos = (_attribute(frame.numbers, "source") == TORSO)[positions]
    boxes = frame.truth.xyxy[true_positions]
    found, _ = match(box_iou(boxes, frame.detections.xyxy[detected_labels == "number"]))
    similarity = box_iou(boxes, frame.numbers.xyxy[positions])
    similarity[:, torsos] = 0  # no box of a number is meant
    rows, columns = match(similarity)
    owners = track_ids(frame.truth)[true_positions]
    owner_tracks = track_ids(frame.numbers)[positions]
    # Labels that people draw have no share: they box what they can see.
    shares = _attribute(frame.truth, "visible")[true_positions]
    size = len(positions)
    return {
        "true_numbers": {
            "position": true_positions,
            "person": owners,
            "visible": np.array([1.0 if share is None else float(share) for share in shares]),
            "height": boxes[:, 3] - boxes[:, 1],
            "detected": _spread(len(boxes), found, np.True_, False),
            "track": _spread(len(boxes), rows, owner_tracks[columns], -1),
        },
        "boxes": {
            "position": positions,
            "torso": torsos,
            "true_position": _spread(size, columns, true_positions[rows], -1),
            "iou": _spread(size, columns, similarity[rows, columns], np.nan),
            "track": owner_tracks,
            "text": _attribute(frame.numbers, "text")[positions],
            "confidence": _attribute(frame.numbers, "text_confidence")[positions],
            "person": _spread(size, columns, owners[rows], -1),
            "true_text": _spread(
                size, columns, _attribute(frame.truth, "text")[true_positions][rows]
            ),
        },
    }


def _labels(detections: sv.Detections) -> NDArray[np.object_]:
    """Each label, ``(N,)`` objects: the player's actions all become "player", what is left out has
    none.
    """
    names = _attribute(detections, "class_name")
    return np.array(
        ["player" if str(name).startswith("player") else name or None for name in names],
        dtype=object,
    )


def _attribute(detections: sv.Detections, name: str) -> NDArray[np.object_]:
    """An attribute, ``(N,)`` objects; all ``None`` where nothing carries it."""
    values: Any = detections.data.get(name)
    if values is None:
        return np.full(len(detections), None, dtype=object)
    return np.asarray(values, dtype=object)


def _spread(size: int, where: NDArray[np.intp], values: Any, otherwise: Any = None) -> Any:
    spread = np.full(size, otherwise, dtype=values.dtype if otherwise is not None else object)
    spread[where] = values
    return spread


def _check_unique(field_name: str, ids: NDArray[np.int64]) -> None:
    if len(set(ids.tolist())) < len(ids):
        values, counts = np.unique(ids, return_counts=True)
        raise HoopError(
            f"index {values[counts > 1][0]} occurs twice among the players of {field_name}; give "
            "every person of a frame an index of their own"
        )
