"""What an evaluation finds, marked on the labels themselves: which are right, and which are not."""

from __future__ import annotations

from collections.abc import Iterator
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
from hoop_plugins.evaluation.detection import BoxMatches, match_boxes
from hoop_plugins.evaluation.matching import paired_iou
from hoop_plugins.evaluation.report import ClipCounts, tabulate
from hoop_plugins.evaluation.source import clips_of
from hoop_plugins.evaluation.tables import ClipTables, track_owners
from hoop_plugins.evaluation.teams import team_names
from hoop_plugins.evaluation.tracking import match_clear, renumber

PLACE = ["role", "frame", "position"]
"""What tells one label of a clip from another."""

PLACES = ["eval", "eval_iou", "id_switch", "other", "other_role", "owner_correct"]
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
    roles = [role for role in MARKS if store.has(role)]
    for start in range(0, len(counts), PAGE):
        page = counts.iloc[start : start + PAGE]
        first, last = int(page.index[0]), int(page.index[-1])
        low, high = np.searchsorted(marks.frame, [first, last + 1])
        ids = store.read_ids(roles, first, last)
        store.assign_by_position(_rows(marks.iloc[low:high], ids), page.to_dict(orient="index"))


def erase_marks(store: SampleStore) -> None:
    """Removes the marks of one clip."""
    dataset = store.dataset
    for role, marks in MARKS.items():
        if dataset.has_frame_field(f"{getattr(store.names, role)}.detections.{MARKS_KEY}"):
            store.erase(role, *marks)
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
    """Says of every label of a clip whether it is right.

    Args:
        tables: The clip.
        boxes: Which of its detections are right.

    Returns:
        A row a label that was compared: ``role``, ``frame`` and ``position`` (which of the frame's
        labels), ``other_role`` and ``other`` (the same of the label it is matched with; null where
        there is none), and the attributes of ``data.fields.MARKS``, null where they do not
        apply.
    """
    people, tracks = _mark_people(tables)
    detected, things = _mark_detections(tables, boxes)
    parts = [people, tracks, _mark_numbers(tables), detected, things]
    marks = pd.concat([part.astype(object) for part in parts], ignore_index=True)
    if tables.corrected:
        marks = marks[marks.role != "ground_truth"]
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
        for frame, pairs in zip(
            tables.overlaps, match_clear(renumber(tables.overlaps)), strict=True
        )
    ]
    return pd.DataFrame(rows, columns=list(FRAME_MARKS), index=tables.frames)


def _mark_people(tables: ClipTables) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Marks of the ground truth's players, and of the tracked ones."""
    pairs, missed, false = _clear_pairs(tables)
    at = {
        "person": tables.people.set_index(["frame", "person"]).position,
        "track": tables.tracks.set_index(["frame", "track"]).position,
    }

    def place(rows: pd.DataFrame, kind: str) -> Any:
        return at[kind].reindex(pd.MultiIndex.from_frame(rows[["frame", kind]])).to_numpy()

    both = {"eval": "tp", "eval_iou": pairs.iou, "id_switch": pairs.switched, "frame": pairs.frame}
    person, track = place(pairs, "person"), place(pairs, "track")
    people = pd.concat(
        [
            pd.DataFrame({**both, "position": person, "other": track, "other_role": "players"}),
            pd.DataFrame(
                {"eval": "fn", "frame": missed.frame, "position": place(missed, "person")}
            ),
        ]
    )
    tracks = pd.concat(
        [
            pd.DataFrame(
                {**both, "position": track, "other": person, "other_role": "ground_truth"}
            ),
            pd.DataFrame({"eval": "fp", "frame": false.frame, "position": place(false, "track")}),
        ]
    )
    right = _right(tables)
    of_tracks = right[right.track >= 0]
    of_tracks = of_tracks.assign(position=place(of_tracks, "track")).drop(columns="track")
    known = right[["frame", "position", "identity_correct"]].dropna()
    return (
        _joined(people, known).assign(role="ground_truth"),
        _joined(tracks, of_tracks).assign(role="players"),
    )


def _joined(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """The columns of both for every label that either has."""
    place = ["frame", "position"]
    one, other = (table.astype(dict.fromkeys(place, np.int64)) for table in (first, second))
    return one.merge(other, "outer", place)


def _clear_pairs(tables: ClipTables) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Who is matched with whom, who is missed and which tracks are false, by frame and id."""
    pairs: list[tuple[int, int, int, float, bool]] = []
    missed: list[tuple[int, int]] = []
    false: list[tuple[int, int]] = []
    frames = zip(
        tables.frames.tolist(),
        tables.overlaps,
        match_clear(renumber(tables.overlaps)),
        strict=True,
    )
    for number, overlaps, found in frames:
        rows, columns = found.rows, found.columns
        pairs.extend(
            zip(
                [number] * len(rows),
                overlaps.truth[rows].tolist(),
                overlaps.tracks[columns].tolist(),
                overlaps.similarity[rows, columns].tolist(),
                found.switched.tolist(),
                strict=True,
            )
        )
        missed.extend((number, one) for one in np.delete(overlaps.truth, rows).tolist())
        false.extend((number, one) for one in np.delete(overlaps.tracks, columns).tolist())
    return (
        pd.DataFrame(pairs, columns=["frame", "person", "track", "iou", "switched"]),
        pd.DataFrame(missed, columns=["frame", "person"]),
        pd.DataFrame(false, columns=["frame", "track"]),
    )


def _right(tables: ClipTables) -> pd.DataFrame:
    """Whether each player of the ground truth has the right team, number, and both.

    Somebody without a number has no wrong one: ``number_correct`` is null, and remains so when a
    person says the number.
    """
    people = tables.people
    team = people.track_team.map(team_names(tables)) == people.team
    number = people.track_number == people.number
    found, named, numbered = people.track >= 0, people.team.notna(), people.number.notna()
    said = people.track_number.notna()
    return people[["frame", "position", "track"]].assign(
        team_correct=_where(found & named, team),
        number_correct=_where(found & numbered & said, number),
        identity_correct=_where(named & numbered, found & team & number),
    )


def _mark_numbers(tables: ClipTables) -> pd.DataFrame:
    pairs = tables.pairs
    matched = pairs.true_position >= 0
    owner = pairs.track.map(track_owners(tables.tracks))
    read = pairs.text.notna() & pairs.true_text.notna()
    return pd.DataFrame(
        {
            "role": "numbers",
            "frame": pairs.frame,
            "position": pairs.position,
            "eval": np.where(matched, "tp", "fp"),
            "other": pairs.true_position.where(matched),
            "other_role": "ground_truth",
            "eval_iou": pairs.iou.where(matched),
            "owner_correct": _where(matched & (pairs.person >= 0), owner == pairs.person),
            "number_correct": _where(read, pairs.text == pairs.true_text),
        }
    )


def _mark_detections(tables: ClipTables, boxes: BoxMatches) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Marks of the detections, and of what the ground truth holds besides players."""
    detected, truth = tables.detected, tables.true_boxes
    named = detected.label.notna().to_numpy(bool)
    things = (truth.label.notna() & (truth.label != "player")).to_numpy(bool)
    return (
        _of_boxes("detections", detected, "fp", "ground_truth", truth, boxes.of_detected)[named],
        _of_boxes("ground_truth", truth, "fn", "detections", detected, boxes.of_truth)[things],
    )


def _of_boxes(
    role: str,
    boxes: pd.DataFrame,
    alone: str,
    other_role: str,
    others: pd.DataFrame,
    matches: NDArray[np.int64],
) -> pd.DataFrame:
    matched = matches >= 0
    partners = np.full(len(boxes), None, dtype=object)
    partners[matched] = others.position.to_numpy()[matches[matched]]
    overlap = np.full(len(boxes), None, dtype=object)
    overlap[matched] = _overlap(boxes[matched], others.iloc[matches[matched]])
    return pd.DataFrame(
        {
            "role": role,
            "frame": boxes.frame,
            "position": boxes.position,
            "eval": np.where(matched, "tp", alone),
            "other": partners,
            "other_role": other_role,
            "eval_iou": overlap,
        }
    )


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
    attributes = [name for name in marks.columns if name not in (*PLACE, "other", "other_role")]
    places = marks[[*PLACE, "other", "other_role"]].itertuples(index=False, name=None)
    said = marks[attributes].itertuples(index=False, name=None)
    for (role, frame, position, other, other_role), row in zip(places, said, strict=True):
        values = {
            name: to_value(value)
            for name, value in zip(attributes, row, strict=True)
            if value is not None
        }
        if other is not None:
            values["eval_id"] = ids[frame][other_role][int(other)]
        yield role, frame, int(position), values
