"""What an evaluation finds, marked on the labels themselves: which are right, and which are not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import fiftyone as fo
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hoop_plugins.compat.fiftyone import dataset_of
from hoop_plugins.data.fields import (
    FRAME_MARKS,
    MARKS,
    MARKS_KEY,
    SAMPLE_FIGURES,
    Fields,
    declare_marks,
)
from hoop_plugins.data.label_codec import to_value
from hoop_plugins.data.label_store import PAGE
from hoop_plugins.data.store import SampleStore
from hoop_plugins.evaluation.counts import ClipCounts
from hoop_plugins.evaluation.detection import BoxMatches, match_boxes
from hoop_plugins.evaluation.matching import paired_iou
from hoop_plugins.evaluation.source import clips_of
from hoop_plugins.evaluation.tables import ClipTables
from hoop_plugins.evaluation.tabulation import INTEGERS, tabulate

PLACE = ["field", "frame", "position", "other", "other_field"]
"""Columns that say which label of a clip is marked, and which one it is matched with."""

PLACES = ["eval", "eval_iou", "id_switch", "other", "other_field", "owner_correct"]
"""The columns of marks that are about where people are, and when; corrections say nothing of it."""


def mark_labels(view: fo.core.collections.SampleCollection, fields: Fields | None = None) -> None:
    """Compares the labels of a view with the ground truth, and marks each of them.

    What is written is in ``MARKS`` and ``FRAME_MARKS`` of ``data/fields.py``. The marks count as
    the figures do: ``eval`` and ``id_switch`` of people as the CLEAR metrics, ``eval`` of
    detections, and of what else the ground truth holds, as COCO's average precision, the others as
    the team, number and identity figures. Earlier marks are replaced, and removed where there is no
    ground truth any more; masks are neither read nor written. Marks are about what was predicted,
    also on labels that were corrected since. Where corrections stand for the ground truth, they
    say of corrected tracks alone whether team and number are right, and nothing of places.

    Args:
        view: A video dataset or view with ground truth.
        fields: The names of the label fields.

    Raises:
        HoopError: If the view holds no videos, or an id occurs twice among the players of a frame;
            the marks of that clip are as they were.
        MissingFieldError: If there is no ground truth.
    """
    names = fields or Fields()
    clips = clips_of(view, names, masks=False)
    declare_marks(dataset_of(view), names)
    for clip in clips:
        tables = tabulate(clip)
        write_marks(clip.store, tables, match_boxes(tables))


def write_marks(store: SampleStore, tables: ClipTables, boxes: BoxMatches) -> None:
    """Replaces the marks of one clip, a page of frames at a time.

    Args:
        store: The clip's labels.
        tables: What they were, and are still.
        boxes: Which of its detections are right.
    """
    marks = mark_clip(tables, boxes).sort_values("frame", kind="stable")
    counts = count_frames(tables)
    erase_marks(store)
    fields = [field for field in MARKS if store.has(field)]
    for start in range(0, len(counts), PAGE):
        page = counts.iloc[start : start + PAGE]
        first, last = int(page.index[0]), int(page.index[-1])
        low, high = np.searchsorted(marks.frame, [first, last + 1])
        ids = store.read_ids(fields, first, last)
        store.assign_by_position(_rows(marks.iloc[low:high], ids), page.to_dict(orient="index"))


def erase_marks(store: SampleStore) -> None:
    """Removes the marks of one clip."""
    dataset = store.dataset
    for field, marks in MARKS.items():
        if dataset.has_frame_field(f"{getattr(store.names, field)}.detections.{MARKS_KEY}"):
            store.erase(field, *marks)
    if dataset.has_frame_field(FRAME_MARKS[0]):
        store.erase_frames(*FRAME_MARKS)


def write_figures(store: SampleStore, counts: ClipCounts) -> None:
    """Writes one clip's figures on its sample, for the sidebar.

    Args:
        store: The clip.
        counts: What its figures are computed from.
    """
    headlines, clear = counts.headlines(), counts.tracking.clear
    found = (clear.true_positives, clear.false_positives, clear.false_negatives, clear.id_switches)
    unknown = [None] * len(found)
    values = {
        **dict(zip(FRAME_MARKS, unknown if counts.corrections.clips else found, strict=True)),
        **{name: headlines[path] for name, path in SAMPLE_FIGURES.items()},
    }
    for name, value in values.items():
        store.set_value(name, value)


def mark_clip(tables: ClipTables, boxes: BoxMatches) -> pd.DataFrame:
    """Marks every label of a clip as right or wrong.

    Args:
        tables: The clip.
        boxes: Which of its detections are right.

    Returns:
        A row a label that was compared: ``field`` (attribute of ``Fields``), ``frame`` and
        ``position`` (which of the frame's labels), ``other_field`` and ``other`` (the same of the
        label it is matched with; null where there is none), and the attributes of
        ``data.fields.MARKS``, null where they do not apply.
    """
    parts = [*_mark_people(tables), _mark_numbers(tables), *_mark_detections(tables, boxes)]
    marks = pd.concat([part.astype(object) for part in parts], ignore_index=True)
    if tables.corrected:
        marks = marks[marks.field != "ground_truth"]
        marks[PLACES] = None
    return marks.where(marks.notna(), None).astype({"frame": np.int64})


def count_frames(tables: ClipTables) -> pd.DataFrame:
    """Counts each frame's players that are right, false, missed, and that change tracks.

    Args:
        tables: The clip.

    Returns:
        Indexed by frame number: the columns of ``data.fields.FRAME_MARKS``; none where
        corrections stand for the ground truth.
    """
    if tables.corrected:
        return pd.DataFrame(index=tables.frames)
    rows = [
        (
            len(pairs.rows),
            len(frame.tracks) - len(pairs.rows),
            len(frame.truth) - len(pairs.rows),
            int(pairs.switched.sum()),
        )
        for frame, pairs in zip(tables.overlaps, tables.clear_pairs, strict=True)
    ]
    return pd.DataFrame(rows, columns=list(FRAME_MARKS), index=tables.frames)


def _mark_people(tables: ClipTables) -> list[pd.DataFrame]:
    """Marks of the ground truth's players, and of the tracked ones."""
    frames = list(zip(tables.frames.tolist(), tables.overlaps, tables.clear_pairs, strict=True))
    seen = _table(("frame", "person"), ((n, frame.truth) for n, frame, _ in frames))
    tracked = _table(("frame", "track"), ((n, frame.tracks) for n, frame, _ in frames))
    pairs = _table(
        ("frame", "person", "track", "iou", "id_switch"),
        (
            (
                number,
                frame.truth[found.rows],
                frame.tracks[found.columns],
                frame.similarity[found.rows, found.columns],
                found.switched,
            )
            for number, frame, found in frames
        ),
    )
    people = tables.people[["frame", "person", "position"]]
    tracks = tables.tracks[["frame", "track", "position"]]
    pairs = pairs.merge(people.rename(columns={"position": "true_position"}))
    pairs = pairs.merge(tracks.rename(columns={"position": "track_position"}))
    truth = seen.merge(people).merge(pairs, "left", ["frame", "person"])
    predicted = tracked.merge(tracks).merge(pairs, "left", ["frame", "track"])
    right = _right(tables)
    known = right.dropna(subset=["identity_correct"])[["frame", "position", "identity_correct"]]
    of_tracks = right[right.track >= 0].drop(columns="position").merge(tracks)
    marks = (
        _marks("ground_truth", truth, "fn", "players", truth.track_position, truth.iou),
        _marks("players", predicted, "fp", "ground_truth", predicted.true_position, predicted.iou),
    )
    return [
        side.assign(id_switch=compared.id_switch)
        .merge(more, "outer", ["frame", "position"])
        .assign(field=field)
        for field, side, compared, more in (
            ("ground_truth", marks[0], truth, known),
            ("players", marks[1], predicted, of_tracks.drop(columns="track")),
        )
    ]


def _table(columns: tuple[str, ...], frames: Iterable[tuple[Any, ...]]) -> pd.DataFrame:
    """A table from each frame's number and arrays of what is in it."""
    rows = [(number, *row) for number, *arrays in frames for row in zip(*arrays, strict=True)]
    ids = [name for name in columns if name in INTEGERS]
    return pd.DataFrame(rows, columns=list(columns)).astype(dict.fromkeys(ids, np.int64))


def _marks(
    field: str, labels: pd.DataFrame, alone: str, other_field: str, other: Any, iou: Any
) -> pd.DataFrame:
    """Marks of labels, each matched with another one (``other``, its position) or ``alone``."""
    return pd.DataFrame(
        {
            "field": field,
            "frame": labels.frame,
            "position": labels.position,
            "eval": np.where(pd.notna(other), "tp", alone),
            "other": other,
            "other_field": other_field,
            "eval_iou": iou,
        }
    )


def _right(tables: ClipTables) -> pd.DataFrame:
    """Whether each player of the ground truth has the right team, number, and both.

    Somebody without a number has no wrong one: ``number_correct`` is null, and remains so when a
    person says the number.
    """
    people = tables.people
    team = people.track_team.map(tables.team_names) == people.team
    number = people.track_number == people.number
    found, named, numbered = people.track >= 0, people.team.notna(), people.number.notna()
    predicted = people.track_number.notna()
    return people[["frame", "position", "track"]].assign(
        team_correct=_where(found & named, team),
        number_correct=_where(found & numbered & predicted, number),
        identity_correct=_where(named & numbered, found & team & number),
    )


def _mark_numbers(tables: ClipTables) -> pd.DataFrame:
    pairs = tables.pairs
    matched = pairs.true_position >= 0
    owner = pairs.track.map(tables.owners)
    read = pairs.text.notna() & pairs.true_text.notna()
    other, iou = pairs.true_position.where(matched), pairs.iou.where(matched)
    return _marks("numbers", pairs, "fp", "ground_truth", other, iou).assign(
        owner_correct=_where(matched & (pairs.person >= 0), owner == pairs.person),
        number_correct=_where(read, pairs.text == pairs.true_text),
    )


def _mark_detections(tables: ClipTables, boxes: BoxMatches) -> list[pd.DataFrame]:
    """Marks of the detections, and of what the ground truth holds besides players."""
    detected, truth = tables.detected, tables.true_boxes
    things = truth.label.notna() & (truth.label != "player")
    sides = (
        ("detections", detected, detected.label.notna(), boxes.of_detected),
        ("ground_truth", truth, things, boxes.of_truth),
    )
    marks = []
    for (field, labels, kept, matches), alone, (other_field, others, *_) in zip(
        sides, ("fp", "fn"), reversed(sides), strict=True
    ):
        partners = others.reindex(matches)
        iou = np.where(matches >= 0, _overlap(labels, partners), np.nan)
        found = _marks(field, labels, alone, other_field, partners.position.to_numpy(), iou)
        marks.append(found[kept.to_numpy(bool)])
    return marks


def _overlap(first: pd.DataFrame, second: pd.DataFrame) -> NDArray[np.float64]:
    """The IoU of each row's box with that of the same row of the other table."""
    a, b = (
        np.column_stack([box.x, box.y, box.x + box.width, box.y + box.height]).astype(np.float64)
        for box in (first, second)
    )
    return paired_iou(a, b)


def _where(applies: pd.Series, value: pd.Series) -> pd.Series:
    """Booleans as objects, ``None`` where they do not apply."""
    return value.astype(bool).astype(object).where(applies, None)


def _rows(
    marks: pd.DataFrame, ids: dict[int, dict[str, Any]]
) -> Iterator[tuple[str, int, int, dict[str, Any]]]:
    attributes = [name for name in marks.columns if name not in PLACE]
    places = marks[PLACE].itertuples(index=False, name=None)
    columns = marks[attributes].itertuples(index=False, name=None)
    for (field, frame, position, other, other_field), row in zip(places, columns, strict=True):
        values = {
            name: to_value(value)
            for name, value in zip(attributes, row, strict=True)
            if value is not None
        }
        if other is not None:
            values["eval_id"] = ids[frame][other_field][int(other)]
        yield field, frame, int(position), values
