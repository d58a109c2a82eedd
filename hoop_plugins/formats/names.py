"""What labels, attributes and images are called elsewhere, and what they are called here."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from hoop_plugins.data.vocabulary import (
    ATTRIBUTE_SPELLINGS,
    CLASSES,
    PLAYER_ACTIONS,
    Vocabulary,
    naming,
    plain,
    said,
)

NOT_ASKED = frozenset(
    [
        *("id", "imageid", "categoryid", "videoid", "bbox", "area", "segmentation", "iscrowd"),
        *("attributes", "score", "ignore", "trackid", "instanceid", "keypoints", "numkeypoints"),
        *("occluded", "keyframe", "outside", "rotation", "truncated"),
    ]
)
"""Attributes that formats have of themselves: nobody misses them."""

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


class ClassNames:
    """Turns the class names of files into ours, and counts what has no name here.

    Attributes:
        classes: Our name by the file's, before all others; "" leaves a class out.
    """

    def __init__(self, classes: Mapping[str, str] | None = None) -> None:
        self.classes = dict(classes or {})
        self._vocabulary = Vocabulary(classes)
        self._left_out: Counter[str] = Counter()
        self._attributes: Counter[str] = Counter()

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
        ours = self._vocabulary.label(name)
        return self.describe(ours, attributes) if ours else None

    def describe(
        self, ours: str, attributes: Mapping[str, Any] | None = None
    ) -> dict[str, Any] | None:
        """As :meth:`translate`, of a class that was translated; one that is unknown is counted."""
        if ours not in CLASSES:
            self._left_out[ours] += 1
            return None
        if ours in PLAYER_ACTIONS and ours != "player":
            return {**self._known(attributes or {}, "player"), "label": "player", "action": ours}
        return {**self._known(attributes or {}, ours), "label": ours}

    def notes(self) -> list[str]:
        """Returns what was left out because it has no name here."""
        return [
            f"{count} boxes of class {name!r} were left out: name them with {naming([name])}"
            for name, count in self._left_out.items()
        ] + [
            f"attribute {name!r} of {count} boxes was left out: team, number, text, action and "
            "visible are taken"
            for name, count in self._attributes.items()
        ]

    def _known(self, given: Mapping[str, Any], label: str) -> dict[str, Any]:
        """What a file's attributes tell of a label."""
        found: dict[str, Any] = {}
        spelled = {plain(name): said(value) for name, value in given.items()}
        for spelling, name in ATTRIBUTE_SPELLINGS.items():
            if spelled.get(spelling) is not None:
                found.setdefault(name, spelled[spelling])
        for name in given:
            spelling = plain(name)
            known = spelling in ATTRIBUTE_SPELLINGS or spelling in NOT_ASKED
            if not known and spelled[spelling] is not None:
                self._attributes[name] += 1
        if label == "number":
            found = {"text": found.get("number"), **found, "number": None, "team": None}
        # Elsewhere "visibility" may be a word, which tells no share.
        with suppress(ValueError):
            found["visible"] = float(found.pop("visible", "none"))
        return {name: value for name, value in found.items() if value is not None}
