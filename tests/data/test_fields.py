"""The names and attributes of the label fields, other packages' included."""

from __future__ import annotations

import pickle

import fiftyone as fo
import pytest

from hoop_plugins.data.fields import Fields, FieldSpec, declare
from hoop_plugins.errors import HoopError

SPEEDS = FieldSpec("speeds", {"meters_a_second": fo.FloatField})
TIRED = FieldSpec("players", {"tired": fo.BooleanField})
PLAYS = FieldSpec("plays", level="sample")
ADDED = (SPEEDS, TIRED, PLAYS)


def test_a_field_is_called_as_somebody_named_it_or_as_its_role() -> None:
    names = Fields.named({"players": "people", "speeds": "pace", "numbers": ""}, ADDED)
    assert (names.players, names.numbers, names.speeds, names.plays) == (
        "people",
        "numbers",
        "pace",
        "plays",
    )
    assert pickle.loads(pickle.dumps(names)) == names
    with pytest.raises(HoopError, match="plays the role 'speed'; known: detections, players"):
        Fields.named({"speed": "pace"}, ADDED)
    with pytest.raises(AttributeError, match="'speed'"):
        names.speed  # noqa: B018


def test_other_packages_fields_and_attributes_are_declared(dataset: fo.Dataset) -> None:
    dataset.media_type = "video"
    names = Fields.named({"speeds": "pace"}, ADDED)
    declare(dataset, names, "speeds", "players", "plays")
    frames, samples = dataset.get_frame_field_schema(flat=True), dataset.get_field_schema()
    assert isinstance(frames["pace.detections.meters_a_second"], fo.FloatField)
    assert isinstance(frames["players.detections.tired"], fo.BooleanField)
    assert isinstance(frames["players.detections.team"], fo.StringField)
    assert samples["plays"].document_type is fo.TemporalDetections
    assert names.level("plays") == "sample"
    assert names.roles()[-2:] == ["speeds", "plays"]
