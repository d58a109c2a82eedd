"""What evaluation writes on labels, frames and samples."""

from __future__ import annotations

import fiftyone as fo

from hoop_plugins.data.fields import Attributes, Fields, Schema, typed


def _marks(flags: str = "", strings: str = "") -> Attributes:
    return typed(strings=f"eval eval_id {strings}", floats="eval_iou", booleans=flags)


MARKS = {
    "players": _marks("id_switch team_correct number_correct identity_correct", "error"),
    "ground_truth": _marks("id_switch identity_correct"),
    "numbers": _marks("owner_correct number_correct", "error"),
    "detections": _marks(),
}
"""What evaluation writes on the labels of each field, by its role. ``eval`` is tp, fp or fn,
``eval_id`` the id of the label that it is matched with, as FiftyOne's own evaluations have it. What
was not compared has none: referees in ``players``, what lies on people too small to count.
``error`` says what is true where a team, a number, a read or a number box's owner is wrong, or
nobody is there: "expected 23", "expected on light 16", "expected nobody"."""

MARKS_KEY = "eval"
"""The marks have the names that FiftyOne's own evaluation of this key would give them."""

MARK_VALUES = ("tp", "fp", "fn")
"""What ``eval`` says: right, false, missed."""

FRAME_MARKS = ("eval_tp", "eval_fp", "eval_fn", "eval_id_switches")
"""Frame fields, integers: players that are right, false, missed, and that change tracks."""

SAMPLE_FIGURES = {
    "eval_hota": "tracking.hota",
    "eval_mota": "tracking.mota",
    "eval_idf1": "tracking.idf1",
    "eval_teams": "teams.frame_accuracy",
    "eval_numbers": "numbers.validated.precision",
    "eval_coverage": "numbers.validated.coverage",
    "eval_reading": "numbers.reading.accuracy",
    "eval_identity": "identity.frame_accuracy",
}
"""Sample fields for the sidebar, fractions, and the figures that they hold."""


def mark_schema(dataset: fo.Dataset, names: Fields) -> Schema:
    """What evaluation writes, for the label fields that a video dataset has."""
    schema: Schema = {}
    for role, marks in MARKS.items():
        if dataset.has_frame_field(getattr(names, role)):
            path = f"frames.{getattr(names, role)}.detections"
            schema |= {f"{path}.{mark}": kind for mark, kind in marks.items()}
    for name in FRAME_MARKS:
        schema |= {f"frames.{name}": fo.IntField, name: fo.IntField}
    return schema | dict.fromkeys(SAMPLE_FIGURES, fo.FloatField)
