"""What an evaluation finds, marked on the labels themselves: which are right, and which are not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import fiftyone as fo
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from hoop_plugins.corrections import former_frames
from hoop_plugins.data.fields import Fields, add_schema
from hoop_plugins.data.label_codec import to_value
from hoop_plugins.data.label_queries import PAGE
from hoop_plugins.data.mark_fields import FRAME_MARKS, MARKS, MARKS_KEY, SAMPLE_FIGURES, mark_schema
from hoop_plugins.data.store import SampleStore
from hoop_plugins.evaluation.clips import Clip, clips_of
from hoop_plugins.evaluation.counts import ClipCounts
from hoop_plugins.evaluation.detection import BoxMatches, match_boxes
from hoop_plugins.evaluation.matching import paired_iou
from hoop_plugins.evaluation.tables import ClipTables, majority
from hoop_plugins.evaluation.tabulation import tabulate

LABEL = ["field", "frame", "position", "other", "other_field"]
"""Columns that say which label of a clip is marked, and which one it is matched with."""

Row = tuple[str, int, int, dict[str, Any]]
"""Field, frame, position and marks of a label."""

OF_PLACES = ["eval", "eval_iou", "id_switch", "other", "other_field", "owner_correct"]
"""The columns of marks that are about where people are, and when; corrections say nothing of it."""


def mark_labels(view: fo.core.collections.SampleCollection, names: Fields = Fields()) -> None:
    """Compares the labels of a view with the ground truth, and marks each of them.

    What is written is in ``MARKS`` and ``FRAME_MARKS`` of ``data/fields.py``. The marks count as
    the figures do: ``eval`` and ``id_switch`` of people as the CLEAR metrics, ``eval`` of
    detections, and of what else the ground truth holds, as COCO's average precision, the others as
    the team, number and identity figures. Earlier marks are replaced, and removed where there is no
    ground truth any more; masks are neither read nor written. Marks are about what was predicted,
    also on labels that were corrected since. Where corrections stand for the ground truth, they
    say of corrected tracks alone whether team and number are right, and nothing of places.

    Raises:
        HoopError: If the view holds no videos, or an id occurs twice among the players of a frame;
            the marks of that clip are as they were.
        MissingFieldError: If there is no ground truth.
    """
    for clip in clips_of(view, names, masks=False):
        mark_clip(clip)


def mark_clip(clip: Clip) -> None:
    """Compares the labels of one clip with what is true, and marks them as :func:`mark_labels`."""
    dataset = clip.store.dataset
    add_schema(dataset, mark_schema(dataset, clip.store.names))
    tables = tabulate(clip)
    write_marks(clip.store, tables, match_boxes(tables))


def write_marks(store: SampleStore, tables: ClipTables, boxes: BoxMatches) -> None:
    """Replaces the marks of one clip, a page of frames at a time.

    What its view does not show has not been compared, and has no marks then; nor has what differs
    from what was measured, since it was tracked again.
    """
    former = not tables.corrected and bool(former_frames(store))
    marks = marks_of(tables, boxes).sort_values("frame", kind="stable")
    counts = count_frames(tables)
    erase_marks(store)
    fields = [field for field in MARKS if store.has(field)]
    for start in range(0, len(counts), PAGE):
        page = counts.iloc[start : start + PAGE]
        first, last = int(page.index[0]), int(page.index[-1])
        low, high = np.searchsorted(marks.frame, [first, last + 1])
        ids = store.read_ids(fields, first, last, former)
        rows = _rows(marks.iloc[low:high], ids)
        if store.shown is not None or former:
            rows = _where_stored(rows, ids, store.unfiltered.read_ids(fields, first, last))
        store.assign_by_position(rows, page.to_dict(orient="index"))


def erase_marks(store: SampleStore) -> None:
    """Removes the marks of one clip."""
    dataset = store.dataset
    for field, marks in MARKS.items():
        if dataset.has_frame_field(f"{getattr(store.names, field)}.detections.{MARKS_KEY}"):
            store.erase(field, *marks)
    if dataset.has_frame_field(FRAME_MARKS[0]):
        store.erase_frames(*FRAME_MARKS)


def write_figures(store: SampleStore, counts: ClipCounts) -> None:
    """Writes one clip's figures on its sample, for the sidebar."""
    headlines, clear = counts.headlines(), counts.tracking.clear
    found = (clear.true_positives, clear.false_positives, clear.false_negatives, clear.id_switches)
    unknown = [None] * len(found)
    values = {
        **dict(zip(FRAME_MARKS, unknown if counts.corrections.clips else found, strict=True)),
        **{name: headlines[path] for name, path in SAMPLE_FIGURES.items()},
    }
    for name, value in values.items():
        store.set_value(name, value)


def marks_of(tables: ClipTables, boxes: BoxMatches) -> pd.DataFrame:
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
        marks[OF_PLACES] = None
    marks = marks.dropna(how="all", subset=marks.columns.difference(LABEL))
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
    people, tracks = tables.people, tables.tracks
    rows, track_rows = (np.flatnonzero(table.counted) for table in (people, tracks))
    pairs = [(rows[:0], track_rows[:0], np.zeros(0), np.zeros(0, dtype=bool))]
    for frame, found in zip(tables.overlaps, tables.clear_pairs, strict=True):
        iou = frame.similarity[found.rows, found.columns]
        pairs.append((rows[found.rows], track_rows[found.columns], iou, found.switched))
        rows, track_rows = rows[len(frame.truth) :], track_rows[len(frame.tracks) :]
    names = ("ground_truth", "players", "eval_iou", "id_switch")
    matched = dict(zip(names, map(np.concatenate, zip(*pairs, strict=True)), strict=True))
    right = people[["frame", "track"]].join(tables.right).assign(error=_identity_error(tables))
    of_tracks = tracks[["frame", "track"]].merge(right[right.track >= 0], "left")
    truth, players = _both_sides(
        {
            "ground_truth": (people, people.counted, "fn", tables.right[["identity_correct"]]),
            "players": (tracks, tracks.counted, "fp", of_tracks[[*tables.right.columns, "error"]]),
        },
        pd.DataFrame(matched),
    )
    if not tables.corrected:
        players.loc[players["eval"] == "fp", "error"] = "expected nobody"
    return [truth, players]


def _identity_error(tables: ClipTables) -> pd.Series:
    """What each of ``people`` was to be called where team or number is wrong; null elsewhere."""
    people, right = tables.people, tables.right
    team = people.team.where(right.team_correct.eq(False), "").astype(str)
    number = people.number.where(right.number_correct.eq(False), "").astype(str)
    return _expected((team + " " + number).str.strip())


def _expected(true: pd.Series) -> pd.Series:
    """Says what is true, as people read it beside what was predicted; null where it is "" or null.

    So it stands on the labels as the App draws them.
    """
    said = true.notna() & (true != "")
    return true.astype(object).map("expected {}".format).where(said, None)


def _mark_detections(tables: ClipTables, boxes: BoxMatches) -> list[pd.DataFrame]:
    """Marks of the detections, and of what the ground truth holds besides players."""
    detected, truth = tables.detected, tables.true_boxes
    things = truth.label.notna() & (truth.label != "player")
    pairs = pd.DataFrame(boxes.pairs, columns=["detections", "ground_truth"])
    iou = paired_iou(
        _corners(detected.loc[pairs.detections]), _corners(truth.loc[pairs.ground_truth])
    )
    return _both_sides(
        {
            "detections": (detected, detected.label.notna(), "fp", detected[[]]),
            "ground_truth": (truth, things, "fn", truth[[]]),
        },
        pairs.assign(eval_iou=iou),
    )


def _both_sides(
    sides: dict[str, tuple[pd.DataFrame, pd.Series, str, pd.DataFrame]], pairs: pd.DataFrame
) -> list[pd.DataFrame]:
    """Marks of the labels of two fields that were matched with each other.

    Args:
        sides: By field: its labels, which of them were compared, the mark of one that is matched
            with none, and further marks, a row a label.
        pairs: By field: the rows that are matched; and what marks both labels of the pair.

    Returns:
        Marks of each field, a row a label.
    """
    marks = []
    for field, other_field in (tuple(sides), tuple(sides)[::-1]):
        labels, compared, alone, more = sides[field]
        found = pairs.set_index(field).reindex(labels.index)
        other = found.pop(other_field)
        found = found.assign(
            eval=np.where(other.notna(), "tp", alone),
            other=other.map(sides[other_field][0].position),
            other_field=other_field,
        ).where(compared)
        marks.append(labels[["frame", "position"]].assign(field=field).join([found, more]))
    return marks


def _mark_numbers(tables: ClipTables) -> pd.DataFrame:
    pairs = tables.pairs
    matched = pairs.true_position >= 0
    read = pairs.text.notna() & pairs.true_text.notna()
    paired = matched & (pairs.person >= 0) & (not tables.corrected)
    right = pairs.track.map(tables.owners) == pairs.person
    text = pairs.true_text.where(read & (pairs.text != pairs.true_text), "").astype(str)
    owner = pairs.person.map(_names(tables)).where(paired & ~right).fillna("").astype(str)
    return pairs[["frame", "position"]].assign(
        field="numbers",
        eval=np.where(matched, "tp", np.where(pairs.torso, np.array(None, dtype=object), "fp")),
        other=pairs.true_position.where(matched),
        other_field="ground_truth",
        eval_iou=pairs.iou.where(matched),
        owner_correct=right.where(paired),
        number_correct=(pairs.text == pairs.true_text).where(read),
        error=_expected((text + " " + owner).str.strip()),
    )


def _names(tables: ClipTables) -> dict[int, str]:
    """By person of the ground truth, on whom a number is: "on light 16"."""
    team = majority(tables.people, "person", ["team"]).team
    known = pd.concat([team, tables.numbers], axis=1).fillna("").astype(str)
    names = (known.team + " " + known.number).str.strip()
    return {person: f"on {name}" for person, name in names.items() if name}


def _corners(boxes: pd.DataFrame) -> NDArray[np.float64]:
    return np.column_stack([boxes.x, boxes.y, boxes.x + boxes.width, boxes.y + boxes.height])


def _where_stored(
    rows: Iterator[Row], shown: dict[int, dict[str, Any]], stored: dict[int, dict[str, Any]]
) -> Iterator[Row]:
    """The rows of labels by their positions among all of a frame, not those that are shown."""
    for field, frame, position, values in rows:
        label_id = shown[frame][field][position]
        if label_id is not None:  # else it was there before, and is not now
            yield field, frame, stored[frame][field].index(label_id), values


def _rows(marks: pd.DataFrame, ids: dict[int, dict[str, Any]]) -> Iterator[Row]:
    attributes = [name for name in marks.columns if name not in LABEL]
    places = marks[LABEL].itertuples(index=False, name=None)
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
