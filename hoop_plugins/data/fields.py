"""Every label field and attribute that the stages read and write: the contract between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import fiftyone as fo

from hoop_plugins.errors import HoopError

IDENTITY_ATTRIBUTES: dict[str, type[fo.Field]] = {
    "team": fo.StringField,
    "team_confidence": fo.FloatField,
    "number": fo.StringField,
    "number_status": fo.StringField,
    "number_confidence": fo.FloatField,
    "name": fo.StringField,
}
"""Who somebody is. ``number_status`` is validated, tentative or unread."""

PERSON_ATTRIBUTES: dict[str, type[fo.Field]] = {
    "action": fo.StringField,
    **IDENTITY_ATTRIBUTES,
    "duplicate_number": fo.BooleanField,
    "predicted_index": fo.IntField,
    "embedded": fo.BooleanField,
}
"""Of one tracked person in one frame. ``number_status`` is validated, tentative, unread or
corrected; ``duplicate_number`` is true where a teammate in the same frame has the same number;
``predicted_index`` is the track that the tracker said, where a person said another; ``embedded`` is
true of the crops in the Embeddings panel."""

NUMBER_ATTRIBUTES: dict[str, type[fo.Field]] = {
    "ios": fo.FloatField,
    "quality": fo.FloatField,
    "text": fo.StringField,
    "text_confidence": fo.FloatField,
    "probabilities": fo.VectorField,
    "disagrees": fo.BooleanField,
    "unread_readable": fo.BooleanField,
    "corrected": fo.StringField,
    "predicted_index": fo.IntField,
    "embedded": fo.BooleanField,
}
"""Of one number box that has an owner: ``index`` is the owner's track. ``text`` is "" where the
reader found no number; ``probabilities`` is float16 of 102, as ``models/roles.py`` orders them.
``disagrees`` is true of a read unlike most of its track's, ``unread_readable`` of a box that could
be read, of a track that has many of them and yet no number. ``corrected`` is the owner's number
where a person said it; ``predicted_index`` and ``embedded`` as of players."""

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
    "role": fo.StringField,
    **IDENTITY_ATTRIBUTES,
    "reads": fo.IntField,
}
"""Of one track of a clip. ``role`` is player or referee."""

ERROR_ATTRIBUTES: dict[str, type[fo.Field]] = {
    "index": fo.IntField,
    "labels": fo.IntField,
}
"""Of one error: the id of the track, or of the ground truth's person; how many labels are wrong."""


@dataclass(frozen=True)
class FieldSpec:
    """A label field that a stage reads or writes.

    Attributes:
        role: What the field is for, a Python name; unless renamed, the field's name. A role of
            :class:`Fields` adds attributes to that field's labels.
        attributes: The type of every attribute of its labels that FiftyOne does not know.
        level: "frame" for a frame field of ``Detections``, "sample" for a sample field of
            ``TemporalDetections``.
    """

    role: str
    attributes: Mapping[str, type[fo.Field]] = field(default_factory=dict)
    level: Literal["frame", "sample"] = "frame"


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
        errors: Sample field, ``TemporalDetections``, one an error and stretch of time.
        added: The fields of other packages' stages; each is named like its role, or as ``renamed``
            says, and can be read like the attributes above.
        renamed: Names of added fields by role.
    """

    detections: str = "detections"
    players: str = "players"
    numbers: str = "numbers"
    tracks: str = "tracks"
    shots: str = "shots"
    ground_truth: str = "ground_truth"
    errors: str = "errors"
    added: tuple[FieldSpec, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def named(cls, names: Mapping[str, str | None], added: tuple[FieldSpec, ...] = ()) -> Fields:
        """Fields of which some have other names.

        Args:
            names: Names by role; one that is empty is the usual one.
            added: The fields of other packages' stages.

        Raises:
            HoopError: If there is no such role.
        """
        fields = cls(added=added)
        given = {role: name for role, name in names.items() if name}
        for role in given:
            if role not in fields.roles():
                known = ", ".join(fields.roles())
                raise HoopError(f"no label field plays the role {role!r}; known: {known}")
        usual: dict[str, Any] = {role: given[role] for role in given if hasattr(cls, role)}
        return cls(**usual, added=added, renamed={r: given[r] for r in given if r not in usual})

    def __getattr__(self, role: str) -> str:
        if any(spec.role == role for spec in self.__dict__.get("added", ())):
            return str(self.renamed.get(role, role))
        raise AttributeError(f"no label field plays the role {role!r}")

    def roles(self) -> list[str]:
        """Every role, the added ones last."""
        added = [spec.role for spec in self.added]
        return list(dict.fromkeys([*FRAME_ATTRIBUTES, *SAMPLE_ATTRIBUTES, *added]))

    def level(self, role: str) -> str:
        """Whether a role's field is a frame field ("frame") or a sample field ("sample")."""
        if role in FRAME_ATTRIBUTES:
            return "frame"
        if role in SAMPLE_ATTRIBUTES:
            return "sample"
        return next(spec.level for spec in self.added if spec.role == role)

    def attributes(self, role: str) -> dict[str, type[fo.Field]]:
        """The attributes of a role's labels, with those that other packages' stages add."""
        found = dict(FRAME_ATTRIBUTES.get(role) or SAMPLE_ATTRIBUTES.get(role) or {})
        for spec in self.added:
            if spec.role == role:
                found.update(spec.attributes)
        return found


PROGRESS_FIELD = "recognition"
"""Sample field: what each stage has done, with which settings."""

CORRECTIONS_FIELD = "corrections"
"""Sample field, list: what people put right. ``frame``, ``bounding_box``, ``attribute``, ``value``,
``created_at``, and ``key``; ``other_frame`` and ``other_box`` say who it is the same person as."""

CORRECTED_FIELD = "corrected"
"""Sample field: the predictions that corrections lie over, and who was corrected to what."""


def declare(dataset: fo.Dataset, names: Fields, *which: str) -> None:
    """Adds label fields, and all of their attributes, to a video dataset's schema.

    Args:
        dataset: A video dataset.
        names: The names to use.
        *which: Attributes of :class:`Fields` ("players"); all of them by default.
    """
    for role in which or names.roles():
        name = getattr(names, role)
        if names.level(role) == "frame":
            add, label = dataset.add_frame_field, fo.Detections
        else:
            add, label = dataset.add_sample_field, fo.TemporalDetections
        add(name, fo.EmbeddedDocumentField, embedded_doc_type=label)
        for attribute, kind in names.attributes(role).items():
            add(f"{name}.detections.{attribute}", kind)


FRAME_ATTRIBUTES: dict[str, dict[str, type[fo.Field]]] = {
    "detections": {"action": fo.StringField},
    "players": PERSON_ATTRIBUTES,
    "numbers": NUMBER_ATTRIBUTES,
    "ground_truth": TRUTH_ATTRIBUTES,
}
"""The attributes of each frame field, by its role in :class:`Fields`."""

MARKS: dict[str, dict[str, type[fo.Field]]] = {
    "players": {
        "eval": fo.StringField,
        "eval_id": fo.StringField,
        "eval_iou": fo.FloatField,
        "id_switch": fo.BooleanField,
        "team_correct": fo.BooleanField,
        "number_correct": fo.BooleanField,
        "identity_correct": fo.BooleanField,
    },
    "ground_truth": {
        "eval": fo.StringField,
        "eval_id": fo.StringField,
        "eval_iou": fo.FloatField,
        "id_switch": fo.BooleanField,
        "identity_correct": fo.BooleanField,
    },
    "numbers": {
        "eval": fo.StringField,
        "eval_id": fo.StringField,
        "eval_iou": fo.FloatField,
        "owner_correct": fo.BooleanField,
        "number_correct": fo.BooleanField,
    },
    "detections": {
        "eval": fo.StringField,
        "eval_id": fo.StringField,
        "eval_iou": fo.FloatField,
    },
}
"""What evaluation writes on the labels of each field, by its role. ``eval`` is tp, fp or fn,
``eval_id`` the id of the label that it is matched with, as FiftyOne's own evaluations have it. What
was not compared has none: referees in ``players``, what lies on people too small to count."""

MARKS_KEY = "eval"
"""The marks have the names that FiftyOne's own evaluation of this key would give them."""

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


def declare_marks(dataset: fo.Dataset, names: Fields) -> None:
    """Adds what evaluation writes to the schema, for the label fields that there are.

    Args:
        dataset: A video dataset.
        names: The names of the label fields.
    """
    for role, marks in MARKS.items():
        if dataset.has_frame_field(getattr(names, role)):
            for mark, kind in marks.items():
                dataset.add_frame_field(f"{getattr(names, role)}.detections.{mark}", kind)
    for name in FRAME_MARKS:
        dataset.add_frame_field(name, fo.IntField)
        dataset.add_sample_field(name, fo.IntField)
    for name in SAMPLE_FIGURES:
        dataset.add_sample_field(name, fo.FloatField)


SAMPLE_ATTRIBUTES: dict[str, dict[str, type[fo.Field]]] = {
    "tracks": TRACK_ATTRIBUTES,
    "shots": {},
    "errors": ERROR_ATTRIBUTES,
}
"""The attributes of each sample field, by its role."""
