"""What FiftyOne's own editor may change of players, and for which frames."""

from __future__ import annotations

from typing import Any

import fiftyone as fo

from hoop_plugins.data.fields import SHAPE, Fields
from hoop_plugins.data.shapes import mark_shapes
from hoop_plugins.data.store import SampleStore
from hoop_plugins.data.views import all_videos
from hoop_plugins.data.vocabulary import NUMBERS

NOBODY = "not a person"
"""Label of what a person said is none; it has no row in ``tracks``."""

CLASSES = ["player", "referee", NOBODY]

LANES = ("edited", "id_switch", "identity_correct", "number_correct", "team_correct")
"""What is worth a look first of the lanes that the App's timeline shows below a track: each
attribute that differs from frame to frame is one, in the order in which they are listed."""

PER_FRAME = {"dynamic": True, "read_only": True}
"""What the editor neither changes nor copies from frame to frame."""


def offer_editing(dataset: fo.Dataset, names: Fields | None = None) -> None:
    """Lets people edit class, team and number of players in the App, for a whole track at once.

    All else is said to be read only and to differ from frame to frame: of attributes that are not
    listed, the editor would copy what one frame says to all others, and fail at arrays. The labels
    of stages are keyframes: a box that is moved moves in no other frame. A label schema that
    somebody else made is kept.

    Args:
        dataset: A video dataset with players.
        names: The names of the label fields.
    """
    names = names or Fields()
    players = f"frames.{names.players}"
    there = dataset.label_schemas.get(players)
    if not dataset.has_frame_field(names.players) or (there and there.get("classes") != CLASSES):
        return
    schema: dict[str, Any] = dataset.generate_label_schemas(players, scan_samples=False)
    for attribute in schema["attributes"]:
        attribute |= _choices(dataset, names, attribute["name"])
    listed = {attribute["name"] for attribute in schema["attributes"]}
    schema["attributes"] += [
        # The editor knows no arrays, which it calls text.
        {"name": name, "type": "str", "component": "text", **PER_FRAME}
        for name in (*_attributes(dataset, names), SHAPE)
        if name not in listed
    ]
    schema["attributes"].sort(key=lambda attribute: attribute["name"] not in LANES)
    schema |= {"classes": CLASSES, "component": "radio"}
    dataset.update_label_schema(players, schema, allow_new_attrs=True)
    dataset.activate_label_schemas([players])
    for sample_id in all_videos(dataset).values("id"):
        mark_shapes(SampleStore(dataset, sample_id, names))


def _attributes(dataset: fo.Dataset, names: Fields) -> list[str]:
    """What the labels of players say besides what every label of FiftyOne does."""
    prefix = f"{names.players}.detections."
    paths = dataset.get_frame_field_schema(flat=True)
    found = [path.removeprefix(prefix) for path in paths if path.startswith(prefix)]
    return [name for name in found if "." not in name and name not in fo.Detection._fields]


def _choices(dataset: fo.Dataset, names: Fields, attribute: str) -> dict[str, Any]:
    """What can be said of an attribute."""
    if attribute == "number":
        return {"component": "dropdown", "values": list(NUMBERS)}
    path = f"{names.tracks}.detections.team"
    if attribute == "team" and dataset.has_sample_field(path):
        if teams := sorted(filter(None, dataset.distinct(path))):
            return {"component": "radio", "values": teams}
        return {}
    return {} if attribute == "id" else dict(PER_FRAME)
