"""What FiftyOne's own editor may change of players, and for which frames."""

from __future__ import annotations

from typing import Any

import fiftyone as fo

from hoop_plugins.data.fields import Fields
from hoop_plugins.data.vocabulary import NUMBERS

NOBODY = "not a person"
"""Label of what a person said is none; it has no row in ``tracks``."""

CLASSES = ["player", "referee", NOBODY]


def offer_editing(dataset: fo.Dataset, names: Fields | None = None) -> None:
    """Lets people edit class, team and number of players in the App, for a whole track at once.

    All else is said to be read only and to differ from frame to frame: of attributes that are not
    listed, the editor would copy what one frame says to all others. A label schema that somebody
    else made is kept.

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
    dataset.update_label_schema(players, schema | {"classes": CLASSES, "component": "radio"})
    dataset.activate_label_schemas([players])


def _choices(dataset: fo.Dataset, names: Fields, attribute: str) -> dict[str, Any]:
    """What can be said of an attribute."""
    if attribute == "number":
        return {"component": "dropdown", "values": list(NUMBERS)}
    path = f"{names.tracks}.detections.team"
    if attribute == "team" and dataset.has_sample_field(path):
        if teams := sorted(filter(None, dataset.distinct(path))):
            return {"component": "radio", "values": teams}
        return {}
    return {} if attribute == "id" else {"dynamic": True, "read_only": True}
