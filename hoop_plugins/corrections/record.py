"""A correction, as people give it and as the sample field ``corrections`` keeps it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import fiftyone as fo

from hoop_plugins.corrections.anchors import Anchor, Box
from hoop_plugins.data.fields import CORRECTIONS_FIELD, OWN_SCHEMA, check_schema
from hoop_plugins.data.store import SampleStore
from hoop_plugins.data.tracks import Track
from hoop_plugins.data.vocabulary import jersey_number
from hoop_plugins.errors import HoopError

ATTRIBUTES = ("number", "team", "role", "same_as", "not_a_person", "other_from")
"""What can be corrected."""

IDENTITY = ("same_as", "other_from")
"""What is said of who is who: the stage ``link`` obeys it, and it does not replace what was said of
that before."""

SHAPES = ("reshaped", "drawn", "removed")
"""What is said of single frames, with FiftyOne's own editor: where somebody is, or is not."""

ROLES = ("player", "referee")


class CorrectionError(HoopError):
    """A correction that cannot be: a number that is none, a track that is not there."""


@dataclass(frozen=True)
class Correction:
    """Something that a person put right.

    Attributes:
        frame: Frame of the anchor, from 1.
        bounding_box: The person's box there: ``[x, y, width, height]`` as shares of the frame.
        attribute: One of :data:`ATTRIBUTES` or :data:`SHAPES`.
        value: What is right: a number, a team, a role; of ``same_as`` the id that the other track
            had; of ``not_a_person`` "true"; of ``other_from`` the frame from which on the track is
            somebody else; of what was reshaped "box", "mask" or "box and mask"; of who was drawn
            the class.
        created_at: When, in UTC.
        key: What tells it from others.
        other_frame: Of ``same_as``: the frame of the other track's anchor; of ``other_from``: of
            the last one before.
        other_box: Likewise its box.
        other_sample: Likewise the clip's sample, where that is another one of the game.
        shapes: Of :data:`SHAPES`: by frame, where somebody is, with "frame", "box" and "mask", as
            ``corrections/shapes.py`` writes them, and of who was drawn the label's "id"; of who was
            removed, "frame" alone.
    """

    frame: int
    bounding_box: Box
    attribute: str
    value: str
    created_at: datetime
    key: str
    other_frame: int | None = None
    other_box: Box | None = None
    other_sample: str | None = None
    shapes: list[dict[str, Any]] | None = None

    @property
    def anchor(self) -> Anchor:
        """Where the person was seen."""
        return Anchor(self.frame, self.bounding_box)

    @property
    def other(self) -> Anchor | None:
        """Where the person was seen of whom it is the same, or not the same."""
        if self.other_frame is None or self.other_box is None:
            return None
        return Anchor(self.other_frame, self.other_box)

    def __str__(self) -> str:
        if self.attribute == "not_a_person":
            return "not a person"
        if self.attribute == "same_as":
            where = " of another clip" if self.other_sample else ""
            return f"same person as in frame {self.other_frame}{where}"
        if self.attribute == "other_from":
            return f"somebody else from frame {self.frame} on"
        if self.attribute in SHAPES and self.shapes:
            what = self.value if self.attribute == "reshaped" else self.attribute
            first, last = self.shapes[0]["frame"], self.shapes[-1]["frame"]
            return f"{what} in " + (f"frames {first}-{last}" if last > first else f"frame {first}")
        return f"{self.attribute} {self.value}"


def checked(
    number: str | None = None,
    team: str | None = None,
    role: str | None = None,
    same_as: int | None = None,
    not_a_person: bool = False,
    other_from: int | None = None,
) -> dict[str, str]:
    """What is said, by attribute; refuses what cannot be."""
    number = None if number is None else _number(number)
    team = None if team is None else team.strip()
    if team == "":
        raise CorrectionError("the team has no name: give one, such as dark")
    if role is not None and role not in ROLES:
        raise CorrectionError(f"unknown role {role!r}: give {' or '.join(ROLES)}")
    given = (number, team, role, same_as, "true" if not_a_person else None, other_from)
    pairs = zip(ATTRIBUTES, given, strict=True)
    values = {attribute: str(value) for attribute, value in pairs if value is not None}
    if not values:
        raise CorrectionError(
            "nothing is corrected: give a number, a team, a role, the track it is the same person "
            "as, the frame from which on it is somebody else, that it is not a person, or confirm "
            "what shows"
        )
    if other_from is not None and len(values) > 1:
        raise CorrectionError(
            "who somebody else is can be said when the two are apart: give the frame from which on "
            "it is somebody else alone"
        )
    if not_a_person and len(values) > 1:
        raise CorrectionError("what is not a person has no number, team or role: give one of them")
    return values


def confirmed(track: Track, answers: Mapping[str, Any]) -> dict[str, str]:
    """What a person says of a track by confirming it; refuses other answers beside that."""
    if any(value not in (None, False) for value in answers.values()):
        raise CorrectionError(
            "to confirm a track says that all that shows is right: give nothing else beside it"
        )
    role = track.role if track.role in ROLES else None
    shown = {"role": role, "team": track.team, "number": track.number}
    return {name: value for name, value in shown.items() if value is not None}


def _number(text: str) -> str:
    try:
        number = jersey_number(text)
    except ValueError as error:
        raise CorrectionError(str(error)) from None
    if number is None:
        raise CorrectionError(f"{text!r} is not a jersey number: give 0 to 99, or 00")
    return number


_SCHEMA: dict[str, type[fo.Field]] = {
    "frame": fo.IntField,
    "bounding_box": fo.ListField,
    "attribute": fo.StringField,
    "value": fo.StringField,
    "created_at": fo.DateTimeField,
    "key": fo.StringField,
    "other_frame": fo.IntField,
    "other_box": fo.ListField,
    "other_sample": fo.StringField,
    "shapes": fo.ListField,
}


def write(store: SampleStore, corrections: Sequence[Correction]) -> None:
    """Replaces the clip's corrections."""
    dataset = store.dataset
    if not dataset.has_sample_field(CORRECTIONS_FIELD):
        dataset.add_sample_field(
            CORRECTIONS_FIELD,
            fo.ListField,
            subfield=fo.EmbeddedDocumentField,
            embedded_doc_type=fo.DynamicEmbeddedDocument,
        )
    for name, kind in _SCHEMA.items():
        if not dataset.has_sample_field(f"{CORRECTIONS_FIELD}.{name}"):
            of_list = fo.DictField if name == "shapes" else fo.FloatField
            options: dict[str, Any] = {"subfield": of_list} if kind is fo.ListField else {}
            dataset.add_sample_field(f"{CORRECTIONS_FIELD}.{name}", kind, **options)
    documents = [fo.DynamicEmbeddedDocument(**asdict(kept)) for kept in corrections]
    store.videos.set_values(CORRECTIONS_FIELD, {store.sample_id: documents}, key_field="id")


def listed(store: SampleStore) -> list[Correction]:
    """The clip's corrections, the oldest first.

    Raises:
        HoopError: If the field holds something else.
    """
    check_schema(store.dataset, dict(OWN_SCHEMA))
    return [_read(document) for document in store.value(CORRECTIONS_FIELD) or []]


def _read(document: fo.DynamicEmbeddedDocument) -> Correction:
    if not isinstance(document, fo.DynamicEmbeddedDocument) or not document.has_field("key"):
        raise HoopError(
            f"the field {CORRECTIONS_FIELD!r} holds {document!r:.40}, which is no correction: "
            f"rename it, dataset.rename_sample_field({CORRECTIONS_FIELD!r}, 'my_corrections')"
        )
    # Versions before knew of no other clip.
    values: dict[str, Any] = {
        name: document[name] if document.has_field(name) else None for name in _SCHEMA
    }
    # FiftyOne's lists belong to the document that they came with.
    lists: dict[str, Any] = {
        name: list(values[name]) for name in ("bounding_box", "other_box") if values[name]
    }
    if values["shapes"]:
        lists["shapes"] = [
            {
                name: list(value) if isinstance(value, list) else value
                for name, value in each.items()
            }
            for each in values["shapes"]
        ]
    return Correction(**{**values, **lists})
