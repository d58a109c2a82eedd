"""Every label field and attribute that the stages read and write: the contract between them."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import fields as dataclass_fields

import fiftyone as fo

PERSON_ATTRIBUTES: dict[str, type[fo.Field]] = {
    "action": fo.StringField,
    "team": fo.StringField,
    "team_confidence": fo.FloatField,
    "number": fo.StringField,
    "number_status": fo.StringField,
    "number_confidence": fo.FloatField,
    "name": fo.StringField,
}
"""Of one tracked person in one frame. ``number_status`` is validated, tentative or unread."""

NUMBER_ATTRIBUTES: dict[str, type[fo.Field]] = {
    "ios": fo.FloatField,
    "quality": fo.FloatField,
    "text": fo.StringField,
    "text_confidence": fo.FloatField,
    "probabilities": fo.VectorField,
}
"""Of one number box that has an owner: ``index`` is the owner's track. ``text`` is "" where the
reader found no number; ``probabilities`` is float16 of 102, as ``models/roles.py`` orders them."""

TRUTH_ATTRIBUTES: dict[str, type[fo.Field]] = {
    "team": fo.StringField,
    "number": fo.StringField,
    "action": fo.StringField,
    "text": fo.StringField,
    "visible": fo.FloatField,
    "turn": fo.FloatField,
}
"""Of the ground truth. ``visible`` is the share that nothing hides, ``turn`` radians from facing
the camera."""

TRACK_ATTRIBUTES: dict[str, type[fo.Field]] = {
    "index": fo.IntField,
    "team": fo.StringField,
    "team_confidence": fo.FloatField,
    "number": fo.StringField,
    "number_status": fo.StringField,
    "number_confidence": fo.FloatField,
    "name": fo.StringField,
    "reads": fo.IntField,
}
"""Of one track of a clip."""


@dataclass(frozen=True)
class Fields:
    """The names of the label fields. Frame fields are named without ``frames.``.

    Attributes:
        detections: Frame field, the detector's boxes.
        players: Frame field, one detection a tracked person.
        numbers: Frame field, one detection a number box with an owner.
        tracks: Sample field, ``TemporalDetections``, one a track.
        shots: Sample field, ``TemporalDetections``, camera shots between cuts.
        ground_truth: Frame field that evaluation compares with.
    """

    detections: str = "detections"
    players: str = "players"
    numbers: str = "numbers"
    tracks: str = "tracks"
    shots: str = "shots"
    ground_truth: str = "ground_truth"


PROGRESS_FIELD = "recognition"
"""Sample field: what each stage has done, with which settings."""


def declare(dataset: fo.Dataset, names: Fields, *which: str) -> None:
    """Adds label fields, and all of their attributes, to a video dataset's schema.

    Args:
        dataset: A video dataset.
        names: The names to use.
        *which: Attributes of :class:`Fields` ("players"); all of them by default.
    """
    for role in which or [field.name for field in dataclass_fields(names)]:
        name = getattr(names, role)
        if role in ("tracks", "shots"):
            dataset.add_sample_field(
                name, fo.EmbeddedDocumentField, embedded_doc_type=fo.TemporalDetections
            )
            attributes = TRACK_ATTRIBUTES if role == "tracks" else {}
            for attribute, kind in attributes.items():
                dataset.add_sample_field(f"{name}.detections.{attribute}", kind)
            continue
        dataset.add_frame_field(name, fo.EmbeddedDocumentField, embedded_doc_type=fo.Detections)
        for attribute, kind in FRAME_ATTRIBUTES[role].items():
            dataset.add_frame_field(f"{name}.detections.{attribute}", kind)


FRAME_ATTRIBUTES: dict[str, dict[str, type[fo.Field]]] = {
    "detections": {"action": fo.StringField},
    "players": PERSON_ATTRIBUTES,
    "numbers": NUMBER_ATTRIBUTES,
    "ground_truth": TRUTH_ATTRIBUTES,
}
"""The attributes of each frame field, by its role in :class:`Fields`."""
