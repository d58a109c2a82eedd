"""What labels, attributes and images are called elsewhere, and what they are called here."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from hoop_plugins.data.vocabulary import CLASSES, PLAYER_ACTIONS
from hoop_plugins.errors import HoopError

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

ROBOFLOW_SUFFIX = re.compile(r"_(?:jpe?g|png)\.rf\.\w+$", re.IGNORECASE)
"""What Roboflow adds to the name of an image."""

VIDEO_FRAME = re.compile(
    r"^(?P<video>.*?)[-_. ]*(?:frame|img)?[-_. ]*(?P<frame>\d+)$", re.IGNORECASE
)
"""A video, which may be missing, and a frame: ``game-000120``, ``game_frame_120``, ``000120``."""

CLIP_FRAME = re.compile(r"^(?P<clip>.+?)[-_. ]*(?:[-_. ]frame[-_ ]*|[-_. ])\d+$", re.IGNORECASE)
"""A clip and its frame, and no camera's file number: ``game-000120``, ``game_frame_120``."""

CLIP_CROP = re.compile(r"^(?P<clip>.+?)[-_. ]+\d+[-_]\d+$")
"""A clip, its frame, and which of the frame's crops: ``game-000120-003``."""

NO_CLIPS = ("image", "img", "frame", "crop", "photo")
"""Words before a number that name no clip."""


def video_and_frame(stem: str) -> tuple[str, int] | None:
    """Reads a video and a frame out of an image's name without its ending.

    The video is "" where the name is a number alone; ``None`` where there is no number.
    """
    match = VIDEO_FRAME.match(ROBOFLOW_SUFFIX.sub("", stem))
    return (match["video"], int(match["frame"])) if match else None


def clip_of(stem: str, crop: bool = False) -> str | None:
    """Reads a clip out of the name, without its ending, of an image or of a ``crop`` of a frame.

    ``None`` where the name tells none.
    """
    match = (CLIP_CROP if crop else CLIP_FRAME).match(ROBOFLOW_SUFFIX.sub("", stem))
    return match["clip"] if match and match["clip"] not in NO_CLIPS else None


def listed(names: Sequence[str], most: int = 5) -> str:
    """Names in one line for people, the first ones where there are many."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more if names else "none"


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
    """Turns the class names of files into ours, and counts what has no name here.

    Attributes:
        classes: Our name by the file's, before all others; "" leaves a class out.
    """

    def __init__(self, classes: Mapping[str, str] | None = None) -> None:
        self.classes = dict(classes or {})
        self._left_out: Counter[str] = Counter()

    def translate(
        self, name: str, attributes: Mapping[str, Any] | None = None
    ) -> dict[str, Any] | None:
        """Describes a label in our words.

        Args:
            name: The class as the file has it.
            attributes: What else the file says of the label. What a number box says may be called
                "number" in the file: it is our ``text``.

        Returns:
            ``label`` and, where they are known, ``action`` (of players), ``team``, ``number``,
            ``text`` (strings) and ``visible`` (0 to 1): columns of
            :class:`~hoop_plugins.formats.boxes.VideoLabels`. ``None`` if it is left out.
        """
        plain = name.strip().casefold().replace(" ", "-").replace("_", "-")
        ours = self.classes.get(name, OTHER_CLASSES.get(plain, plain))
        if ours not in CLASSES:
            if ours or name not in self.classes:
                self._left_out[name] += 1
            return None
        if ours in PLAYER_ACTIONS and ours != "player":
            return {**_known(attributes or {}, "player"), "label": "player", "action": ours}
        return {**_known(attributes or {}, ours), "label": ours}

    def notes(self) -> list[str]:
        """Returns what was left out because it has no name here."""
        return [
            f"{count} boxes of class {name!r} were left out: name them with --classes {name}=player"
            for name, count in self._left_out.items()
        ]


def _known(given: Mapping[str, Any], label: str) -> dict[str, Any]:
    """What a file's attributes tell of a label."""
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
    # Elsewhere "visibility" may be a word, which tells no share.
    with suppress(KeyError, TypeError, ValueError):
        found["visible"] = float(named["visible"])
    return found
