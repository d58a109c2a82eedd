"""The words of the field contract, and what others call the same.

Wherever labels come in, from a detector, a file or a field that somebody else wrote, they are read
with this one table.
"""

from __future__ import annotations

import difflib
import re
import shlex
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from hoop_plugins.errors import HoopError

NUMBERS: tuple[str, ...] = (*(str(n) for n in range(100)), "00")
"""Every jersey number: "0" to "99", then "00". Numbers are strings: "0" is not "00"."""

NO_NUMBER = len(NUMBERS)
"""Index of *no number* in a reader's distribution over 102 outcomes."""

NONE = "none"
"""What a reader is taught to say, and training data has, of a crop without a readable number."""

PROMPT = "Read the number."
"""What a reader is asked."""

PLAYER_ACTIONS: tuple[str, ...] = (
    "player",
    "player-in-possession",
    "player-jump-shot",
    "player-layup-dunk",
    "player-shot-block",
)
CLASSES: tuple[str, ...] = ("ball", "ball-in-basket", "number", *PLAYER_ACTIONS, "referee", "rim")
"""The labels a detector may give."""

PEOPLE = ("player", "referee")
"""The labels of people; what a player does is an action."""


@lru_cache(maxsize=4096)
def plain(name: str) -> str:
    """A name without case, blanks and punctuation: "Jersey_No." and "jersey no" are alike."""
    name = unicodedata.normalize("NFKC", name).replace("#", "number")
    return re.sub(r"[\W_]+", "", name).casefold()


def _table(spellings: Mapping[str, str]) -> dict[str, str]:
    """Our name by every plain spelling, the best known first."""
    return {
        plain(spelling): name
        for name, others in spellings.items()
        for spelling in (name, *others.split())
    }


SPELLINGS = _table(
    {
        **dict.fromkeys(CLASSES, ""),
        "player": "players person persons people human humans pedestrian basketball-player",
        "referee": "referees ref refs official officials umpire",
        "ball": "balls basketball basketballs sports-ball game-ball",
        "ball-in-basket": "ball-in-hoop ball-in-rim basketball-in-basket",
        "number": "numbers jersey-number jersey-numbers jersey-no jersey-num shirt-number "
        "player-number player-no number-box",
        "rim": "rims hoop hoops basket basketball-hoop basketball-rim",
    }
)
"""What classes are called elsewhere. Whatever else begins with "player" is a player, too."""

ATTRIBUTE_SPELLINGS = _table(
    {
        "team": "team-name team-color team-colour team-id club",
        "number": "jersey-number jersey-no jersey-num jersey shirt-number shirt-no player-number "
        "player-no kit-number uniform-number no num nr",
        "name": "player-name full-name",
        "text": "",
        "action": "",
        "visible": "visibility",
    }
)
"""What attributes are called elsewhere; the first that says something is taken."""

STORED_SPELLINGS = {
    "team": ("team_name", "teamName", "team_id"),
    "number": ("jersey_number", "jerseyNumber", "jersey-number", "jersey_no", "jersey"),
}
"""What attributes of labels in a dataset are called elsewhere, where ours say nothing."""

HINTS = {
    **dict.fromkeys(("athlete", "man", "men", "woman", "women", "team", "goalkeeper"), "player"),
    **dict.fromkeys(("jersey", "shirt", "digit", "digits", "no", "num"), "number"),
    **dict.fromkeys(("net", "ring", "backboard"), "rim"),
}
"""What words may mean: enough to suggest it, not to take it for granted."""

UNKNOWN = frozenset(
    [
        *("", "-", "?", "-1", "-1.0", "none", "null", "nan", "na", "n/a", "<na>", "unknown"),
        *("undefined", "unreadable", "illegible", "invisible", "not visible", "occluded", "hidden"),
        *("blank", "--", "no number"),
    ]
)
"""What says that nothing is known, or to be seen; CVAT's is ``__undefined__``."""

_NUMBER = re.compile(r"(?:#|no\.?|nr\.?)?\s*(\d{1,2})(?:\.0+)?", re.IGNORECASE)

_NUMBERS = frozenset(NUMBERS)


class Vocabulary:
    """Reads what classes are called elsewhere.

    Args:
        classes: Our names by others', before :data:`SPELLINGS`; "" leaves a class out.
    """

    def __init__(self, classes: Mapping[str, str] | None = None) -> None:
        self.classes = dict(classes or {})
        self.table = {
            **SPELLINGS,
            **{plain(theirs): ours for theirs, ours in self.classes.items()},
        }

    def understand(self, name: Any) -> str | None:
        """Our name of a class, "" where it is left out, ``None`` where nobody knows it."""
        if name in self.classes:
            return self.classes[name]
        spelling = plain(str(name))
        return self.table.get(spelling, "player" if spelling.startswith("player") else None)

    def label(self, name: Any) -> str:
        """Our name of a class, its own where nobody knows it, "" where it is left out."""
        ours = self.understand(name)
        return str(name or "") if ours is None else ours


def read_classes(
    classes: Mapping[Any, Any] | str | None, where: str = "--classes"
) -> dict[str, str]:
    """Reads our names for others' classes, as people and profiles give them.

    Args:
        classes: Our names by others', "" for a class that is left out; or a text:
            ``athlete=player,crowd=``.
        where: Where they stand.

    Returns:
        Our name by theirs.

    Raises:
        HoopError: If a pair has no "=", or a name is none of ours.
    """
    if isinstance(classes, str):
        pairs = [part.strip().rpartition("=") for part in classes.split(",") if part.strip()]
        for _, given, name in pairs:
            if not given:
                raise HoopError(f"{where} {name!r}: give NAME=OURS, as athlete=player,crowd=")
        classes = {theirs.strip(): ours.strip() for theirs, _, ours in pairs}
    classes = classes or {}
    if not isinstance(classes, Mapping):
        raise HoopError(f"{where}: {classes!r} does not give our names by others'")
    for theirs, ours in classes.items():
        if ours and ours not in CLASSES:
            raise HoopError(
                f"{where} {f'{theirs}={ours}'!r}: give NAME=OURS, where OURS is one of "
                f"{', '.join(CLASSES)}, or nothing to leave the class out"
            )
    return {str(theirs): str(ours or "") for theirs, ours in classes.items()}


def suggest(name: str) -> str:
    """The class that a name most likely means; empty where nothing is likely."""
    near = difflib.get_close_matches(plain(name), SPELLINGS, n=1, cutoff=0.8)
    if near:
        return SPELLINGS[near[0]]
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name.replace("_", " ")).casefold()
    words = reversed(re.findall(r"\w+", apart))
    return next(({**HINTS, **SPELLINGS}[w] for w in words if w in HINTS or w in SPELLINGS), "")


def listed(names: Sequence[str], most: int = 5) -> str:
    """Names in one line for people, the first ones where there are many."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more if names else "none"


def naming(names: Iterable[str], most: int = 5) -> str:
    """How people name the classes that nobody knows: ``--classes net=rim,crowd=CLASS``."""
    pairs = [f"{name}={suggest(name) or 'CLASS'}" for name in names][:most]
    unclear = any(pair.endswith("=CLASS") for pair in pairs)
    about = " (CLASS: ball, number, player, referee or rim; nothing leaves it out)"
    return f"--classes {shlex.quote(','.join(pairs))}{about if unclear else ''}"


def said(value: Any) -> str | None:
    """What an attribute says, without blanks around; ``None`` where that is that it is unknown."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = "" if value is None else str(value).strip()
    return None if text.replace("_", " ").strip().casefold() in UNKNOWN else text


def jersey_number(value: Any) -> str | None:
    """Reads a jersey number as files and people write it: "23", 23.0, "#23", " 7 ".

    Returns:
        One of :data:`NUMBERS`; ``None`` where it says that there is none, or none to be read, as
        "", "-1", "nan" and "unreadable" do.

    Raises:
        ValueError: If it is neither, as "100" and "7B".
    """
    if isinstance(value, str) and value in _NUMBERS:
        return value
    if (text := said(value)) is None:
        return None
    match = _NUMBER.fullmatch(text)
    if match is None or match[1] not in _NUMBERS:
        raise ValueError(f"{value!r} is not a jersey number: give 0 to 99, or 00")
    return match[1]
