"""Every label field and attribute that the stages read and write: the contract between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import fiftyone as fo

from hoop_plugins.errors import HoopError

Attributes = dict[str, type[fo.Field]]


GAME_FIELD, CLIP_FIELD, START_FIELD = "game", "clip", "start_time"
"""Sample fields that say which clips belong to one game, and where in it each begins, in seconds;
without a game every clip is one."""


def typed(
    strings: str = "", floats: str = "", integers: str = "", booleans: str = ""
) -> Attributes:
    """The type of each attribute; names are separated by blanks."""
    return {
        **dict.fromkeys(strings.split(), fo.StringField),
        **dict.fromkeys(floats.split(), fo.FloatField),
        **dict.fromkeys(integers.split(), fo.IntField),
        **dict.fromkeys(booleans.split(), fo.BooleanField),
    }


IDENTITY_ATTRIBUTES = typed(
    strings="team number number_status name", floats="team_confidence number_confidence"
)
"""Who somebody is. ``number_status`` is validated, tentative or unread; ``name`` is what the roster
calls the player."""

PERSON_ATTRIBUTES = {
    **IDENTITY_ATTRIBUTES,
    "kit": fo.VectorField,
    "appearance": fo.VectorField,
    **typed(
        strings="action edited",
        integers="track predicted_index",
        booleans="duplicate_number not_in_roster too_many embedded",
    ),
}
"""Of one tracked person in one frame. ``track`` is the tracker's own id, ``index`` the person that
linking finds; ``kit`` the colors of the shirt, as ``models/kit_colors.py`` describes them, and
``appearance`` those of head and arms (``models/appearance.py``).
``number_status`` is validated, tentative, unread or corrected; ``duplicate_number`` is true where a
teammate in the same frame has the same number, ``not_in_roster`` where the team's roster lacks the
number, ``too_many`` where more of the team are seen than may be on court; ``predicted_index`` is
who was predicted where somebody said another; ``edited`` says what a person changed in that frame
alone: "box", "mask", "box and mask", "drawn" or "removed"; ``embedded`` is true of the crops in the
Embeddings panel."""

NUMBER_ATTRIBUTES = {
    "probabilities": fo.VectorField,
    **typed(
        strings="text corrected source",
        floats="ios quality text_confidence",
        integers="track predicted_index",
        booleans="disagrees unread_readable embedded",
    ),
}
"""Of one number box that has an owner: ``index`` and ``track`` are the owner's. ``source`` is
"torso" where no detector found the box: a number would be there. ``text`` is "" where the reader
found no number; ``probabilities`` is float16 of 102, as ``models/roles.py`` orders them.
``disagrees`` is true of a read unlike most of its track's, ``unread_readable`` of a box that could
be read, of a track that has many of them and yet no number. ``corrected`` is the owner's number
where a person said it; ``predicted_index`` and ``embedded`` as of players."""

TRUTH_ATTRIBUTES = typed(strings="team number name action text", floats="visible turn")
"""Of the ground truth. ``visible`` is the share that nothing hides, ``turn`` radians from facing
the camera."""

TRACK_ATTRIBUTES = {**IDENTITY_ATTRIBUTES, **typed(strings="role", integers="index reads")}
"""Of one track of a clip. ``role`` is player or referee."""

TRACKLET_ATTRIBUTES = typed(
    strings="role team number reason", floats="team_confidence margin", integers="track index"
)
"""Of one stretch of a track, which is one person's: ``index`` is the person, ``track`` the
tracker's id, ``reason`` why it begins there, ``number`` whose it was taken for, and ``margin`` by
how many nats that is more likely than anybody else, ``None`` where somebody said so. ``role``,
``team`` and ``team_confidence`` are those of the whole track, before it was cut."""

ERROR_ATTRIBUTES = typed(integers="index labels")
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


BUILT_IN = (
    FieldSpec("detections", {"action": fo.StringField, "on_court": fo.BooleanField}),
    FieldSpec("players", PERSON_ATTRIBUTES),
    FieldSpec("numbers", NUMBER_ATTRIBUTES),
    FieldSpec("ground_truth", TRUTH_ATTRIBUTES),
    FieldSpec("tracks", TRACK_ATTRIBUTES, "sample"),
    FieldSpec("tracklets", TRACKLET_ATTRIBUTES, "sample"),
    FieldSpec("shots", level="sample"),
    FieldSpec("errors", ERROR_ATTRIBUTES, "sample"),
)


@dataclass(frozen=True)
class Fields:
    """The names of the label fields. Frame fields are named without ``frames.``.

    Attributes:
        detections: Frame field, the detector's boxes.
        players: Frame field, one detection a tracked person.
        numbers: Frame field, one detection a number box with an owner.
        tracks: Sample field, ``TemporalDetections``, one a person, or a track before linking.
        tracklets: Sample field, ``TemporalDetections``, one a stretch of a track.
        shots: Sample field, ``TemporalDetections``, camera shots between cuts.
        ground_truth: Frame field that evaluation compares with.
        errors: Sample field, ``TemporalDetections``, one an error and stretch of time.
        added: The fields of other packages' stages; each is named like its role, or as ``renamed``
            says, and can be read like the attributes above.
        renamed: Names of added fields by role.
        used_by: The roles of the fields that each stage reads and writes, by the stage's name.
        classes: Our names for the classes that labels in these fields have, by theirs ("": left
            out), before those that the dataset remembers and everybody uses.
    """

    detections: str = "detections"
    players: str = "players"
    numbers: str = "numbers"
    tracks: str = "tracks"
    tracklets: str = "tracklets"
    shots: str = "shots"
    ground_truth: str = "ground_truth"
    errors: str = "errors"
    added: tuple[FieldSpec, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)
    used_by: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    classes: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def named(
        cls,
        names: Mapping[str, str | None],
        added: tuple[FieldSpec, ...] = (),
        used_by: Mapping[str, tuple[str, ...]] | None = None,
    ) -> Fields:
        """Fields of which some have other names.

        Args:
            names: Names by role; one that is empty is the usual one.
            added: The fields of other packages' stages.
            used_by: The roles of the fields that each stage reads and writes, by its name.

        Raises:
            HoopError: If there is no such role.
        """
        fields = cls(added=added, used_by=used_by or {})
        given = {role: name for role, name in names.items() if name}
        for role in given:
            if role not in fields.roles():
                known = ", ".join(fields.roles())
                raise HoopError(f"no label field plays the role {role!r}; known: {known}")
        usual: dict[str, Any] = {role: given[role] for role in given if hasattr(cls, role)}
        renamed = {role: given[role] for role in given if role not in usual}
        return replace(fields, **usual, renamed=renamed)

    def __getattr__(self, role: str) -> str:
        if any(spec.role == role for spec in self.__dict__.get("added", ())):
            return str(self.renamed.get(role, role))
        raise AttributeError(f"no label field plays the role {role!r}")

    def record_key(self, stage: str) -> str:
        """What a stage's work is recorded under: its name, and fields of other than usual names."""
        used = sorted(set(self.used_by.get(stage, ())))
        named = [f"{role}={getattr(self, role)}" for role in used if getattr(self, role) != role]
        return " ".join([stage, *named])

    def roles(self) -> list[str]:
        """Every role, the added ones last."""
        return list(dict.fromkeys(spec.role for spec in (*BUILT_IN, *self.added)))

    def level(self, role: str) -> str:
        """Whether a role's field is a frame field ("frame") or a sample field ("sample")."""
        return self._specs(role)[0].level

    def path(self, role: str) -> str:
        """The path of a role's field in a video dataset, as "frames.players"."""
        return ("frames." if self.level(role) == "frame" else "") + str(getattr(self, role))

    def attributes(self, role: str) -> Attributes:
        """The attributes of a role's labels, with those that other packages' stages add."""
        specs = self._specs(role)
        return {name: kind for spec in specs for name, kind in spec.attributes.items()}

    def _specs(self, role: str) -> list[FieldSpec]:
        return [spec for spec in (*BUILT_IN, *self.added) if spec.role == role]


PROGRESS_FIELD = "recognition"
"""Sample field: what each stage has done, with which settings."""

CORRECTIONS_FIELD = "corrections"
"""Sample field, list: what people put right. ``frame``, ``bounding_box``, ``attribute``, ``value``,
``created_at``, and ``key``; ``other_frame`` and ``other_box``, with ``other_sample`` where that is
another clip, say who it is the same person as, or somebody else than; ``shapes`` are boxes and
masks of single frames."""

CORRECTED_FIELD = "corrected"
"""Sample field: the predictions that corrections lie over, who was corrected to what, how tracks
are linked without corrections, and what was tracked from them."""

UNAIDED = "unaided"
"""The entry of ``corrected`` that says how tracks are linked without corrections."""

TRACKED_AGAIN = "tracked_again"
"""The entry of ``corrected`` that lists the stretches, first and last frame, that were tracked from
corrections."""

BEFORE = "before"
"""The entry of ``corrected`` that says, as that of how tracks are linked without corrections, who
everybody was before something of the game was tracked from corrections."""

FORMER = "former"
"""Beside the players of a frame, of a clip in which some was tracked from corrections: the players
and number boxes before that, by role."""

CUT_SCORES_FIELD = "cut_scores"
"""Sample field, float16: how much each frame looks like the first of a camera shot."""

OWN_SCHEMA: dict[str, type[fo.Field]] = {
    PROGRESS_FIELD: fo.DictField,
    CORRECTIONS_FIELD: fo.ListField,
    CORRECTED_FIELD: fo.DictField,
    CUT_SCORES_FIELD: fo.VectorField,
}
"""The sample fields that are no labels, with their types."""

MADE_BY, OURS = "made_by", "hoop_plugins"
"""Attribute, and its value, of every label that a stage or the error search wrote: it goes with the
label into clones, exports and other fields. What people drew, or imported, has none."""

KEYFRAME = "keyframe"
"""Attribute, true of every player of a stage: FiftyOne's own editor copies a box that is moved into
later frames, up to the next keyframe."""

SHAPE = "shape"
"""Attribute of every player of a stage: box, and checksum of the mask, as we left them. What
differs from it was changed by a person."""


Schema = dict[str, type[fo.Field] | type[fo.Label]]
"""The type of a field, or of the labels that it holds, by its path."""


def label_schema(names: Fields, *roles: str) -> Schema:
    """The label fields of some roles, and the attributes of their labels."""
    schema: Schema = {}
    for role in roles:
        level = names.level(role)
        path = names.path(role)
        schema[path] = fo.Detections if level == "frame" else fo.TemporalDetections
        for attribute, kind in names.attributes(role).items():
            schema[f"{path}.detections.{attribute}"] = kind
    return schema


def check_schema(dataset: fo.Dataset, schema: Schema) -> None:
    """Refuses fields that are there already and hold something else.

    Raises:
        HoopError: In one line, with the ways out.
    """
    for path, kind in schema.items():
        found = dataset.get_field(path)
        held = getattr(found, "document_type", None) or type(found)
        if found is not None and not issubclass(held, kind):
            level, name = ("frame", path[7:]) if path.startswith("frames.") else ("sample", path)
            raise HoopError(
                f"{path} of {dataset.name!r} holds {held.__name__}, and {kind.__name__} would go "
                f"there: name another field, or rename this one, "
                f"dataset.rename_{level}_field({name!r}, {name + '_before'!r})"
            )


def add_schema(dataset: fo.Dataset, schema: Schema) -> None:
    """Adds fields to the schema of a video dataset; raises as :func:`check_schema`."""
    check_schema(dataset, schema)
    for level, prefix in (("sample", ""), ("frame", "frames.")):
        here = {
            path.removeprefix(prefix): kind
            for path, kind in schema.items()
            if path.startswith("frames.") == bool(prefix)
        }
        for name, kind in here.items():
            if issubclass(kind, fo.Label):
                add = getattr(dataset, f"add_{level}_field")
                add(name, fo.EmbeddedDocumentField, embedded_doc_type=kind)
        # Together: FiftyOne stores and loads the whole schema at each call.
        fields = {name: kind() for name, kind in here.items() if issubclass(kind, fo.Field)}
        if fields:
            getattr(dataset, f"add_dynamic_{level}_fields")(fields)


def declare(dataset: fo.Dataset, names: Fields, *roles: str) -> None:
    """Adds the label fields of some roles and their attributes to the schema of a video dataset."""
    add_schema(dataset, label_schema(names, *roles))
