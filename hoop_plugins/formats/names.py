"""What labels and attributes are called elsewhere, and what they are called here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from hoop_plugins.data.vocabulary import CLASSES, PLAYER_ACTIONS
from hoop_plugins.errors import HoopError

PEOPLE = ("player", "referee")

OTHER_CLASSES = {
    "person": "player",
    "pedestrian": "player",
    "ref": "referee",
    "official": "referee",
    "sports-ball": "ball",
}

OTHER_ATTRIBUTES = {"jersey": "number", "jersey_number": "number", "visibility": "visible"}

UNKNOWN = {"", "none", "null", "unknown", "__undefined__"}
"""Values that say that nothing is known; the last is CVAT's."""


def parse_classes(pairs: str) -> dict[str, str]:
    """Reads what people give as ``--classes``: ``athlete=player,crowd=``.

    Args:
        pairs: Names in the file, and ours; a class without one is left out.

    Returns:
        Our name by the file's; "" for what is left out.

    Raises:
        HoopError: If a pair has no "=", or a name is none of ours.
    """
    classes = {}
    for pair in filter(None, (part.strip() for part in pairs.split(","))):
        theirs, given, name = pair.partition("=")
        if not given or (name and name not in CLASSES):
            raise HoopError(
                f"--classes {pair!r}: give NAME=OURS, where OURS is one of {', '.join(CLASSES)}, "
                "or nothing to leave the class out"
            )
        classes[theirs.strip()] = name
    return classes


class ClassNames:
    """Turns the class names of a file into ours, and counts what has no name here.

    Args:
        classes: Our name by the file's, before all others; "" leaves a class out.
    """

    def __init__(self, classes: Mapping[str, str] | None = None) -> None:
        self._classes = dict(classes or {})
        self._left_out: Counter[str] = Counter()

    def of(self, name: str) -> dict[str, Any] | None:
        """Returns ``label`` and, of players whose action is known, ``action``.

        Args:
            name: As the file has it.

        Returns:
            The attributes, or ``None`` for what is left out.
        """
        plain = name.strip().casefold().replace(" ", "-").replace("_", "-")
        ours = self._classes.get(name, OTHER_CLASSES.get(plain, plain))
        if ours not in CLASSES:
            if ours or name not in self._classes:
                self._left_out[name] += 1
            return None
        if ours in PLAYER_ACTIONS and ours != "player":
            return {"label": "player", "action": ours}
        return {"label": ours}

    def notes(self) -> list[str]:
        """Returns what was left out because it has no name here."""
        return [
            f"{count} boxes of class {name!r} were left out: name them with --classes {name}=player"
            for name, count in self._left_out.items()
        ]


def attributes(given: Mapping[str, Any], label: str) -> dict[str, Any]:
    """Picks what is known of a label out of a file's attributes.

    Args:
        given: Values by the file's names.
        label: Our label. What a number box says may be called "number" in the file: it is ``text``.

    Returns:
        ``team``, ``number``, ``text`` (strings), ``visible`` (0 to 1), where the file has them.
    """
    plain = {name.strip().casefold().replace(" ", "_"): value for name, value in given.items()}
    named = {OTHER_ATTRIBUTES.get(name, name): value for name, value in plain.items()}
    if label == "number":
        named = {"text": named.get("number"), **named}
        named["number"] = named["team"] = None
    found: dict[str, Any] = {
        name: str(named[name]).strip()
        for name in ("team", "number", "text", "action")
        if named.get(name) is not None and str(named[name]).strip().casefold() not in UNKNOWN
    }
    if isinstance(named.get("visible"), (int, float)):
        found["visible"] = float(named["visible"])
    return found
