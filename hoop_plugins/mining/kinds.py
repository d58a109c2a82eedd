"""The kinds of error that can be looked at, and which labels each of them is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fiftyone import ViewExpression
from fiftyone import ViewField as F

from hoop_plugins.data.classes import labeled
from hoop_plugins.mining.doubts import READ

LOW_MARGIN = 0.4
"""A team's ``team_confidence`` below this is doubtful: measured were 0.78 for players, and 0.38 for
referees, who belong to neither."""

LOW_CONFIDENCE = 0.5
"""A read below this is doubtful: measured, 96.5% of the reads of a fine-tuned reader lie above, and
95.2% of those are right."""

BRIDGED = 15
"""So many frames without the error do not end a clip of it."""

AROUND_SWITCH = 15
"""Frames shown before and after an identity switch."""


@dataclass(frozen=True)
class ErrorKind:
    """A kind of error.

    Attributes:
        name: What people call it.
        meaning: What it is, in half a line.
        role: Attribute of :class:`~hoop_plugins.data.fields.Fields`: the frame field it is seen in.
        wrong: What holds for a label that is wrong, as in FiftyOne's ``filter_labels``; of people,
            players alone are.
        marked: Whether the labels must have been compared with ground truth.
        corrected: Whether a comparison with what people corrected can tell too.
        all_shown: Whether all labels of players are shown, and not the wrong ones alone.
        alone: Whether everyone's errors get clips of their own, or those at one time share one.
        bridged: So many frames without the error do not end a clip.
        around: Frames shown before and after.
    """

    name: str
    meaning: str
    role: str
    wrong: ViewExpression
    marked: bool = False
    corrected: bool = False
    all_shown: bool = False
    alone: bool = True
    bridged: int = BRIDGED
    around: int = 0

    @property
    def title(self) -> str:
        """The name of the saved view."""
        return f"hoop: {self.name}"

    def is_wrong(self, classes: Mapping[str, str]) -> ViewExpression:
        """What holds for a wrong label where classes have these names, besides the usual ones."""
        if self.role == "numbers":
            return self.wrong
        return self.wrong & labeled("player", classes)

    def is_shown(self, classes: Mapping[str, str]) -> ViewExpression:
        """Likewise, for a label to be shown."""
        return labeled("player", classes) if self.all_shown else self.is_wrong(classes)


def _is(attribute: str, value: object) -> ViewExpression:
    return F(attribute) == value


KINDS = (
    ErrorKind(
        "missed players",
        "players of the ground truth where no track is",
        "ground_truth",
        _is("eval", "fn"),
        marked=True,
    ),
    ErrorKind(
        "false players",
        "tracked players where nobody is",
        "players",
        _is("eval", "fp"),
        marked=True,
    ),
    ErrorKind(
        "identity switches",
        "players of the ground truth who change from one track to another",
        "ground_truth",
        _is("id_switch", True),
        marked=True,
        all_shown=True,
        bridged=0,
        around=AROUND_SWITCH,
    ),
    ErrorKind(
        "wrong team",
        "tracked players given to the wrong team",
        "players",
        _is("team_correct", False),
        marked=True,
        corrected=True,
    ),
    ErrorKind(
        "wrong number",
        "tracked players given a wrong number",
        "players",
        _is("number_correct", False),
        marked=True,
        corrected=True,
    ),
    ErrorKind(
        "wrong owner",
        "number boxes given to the track of somebody else",
        "numbers",
        _is("owner_correct", False),
        marked=True,
    ),
    ErrorKind(
        "wrong reads",
        "number boxes in which something else was read",
        "numbers",
        READ & _is("number_correct", False),
        marked=True,
        corrected=True,
    ),
    ErrorKind(
        "unread though readable",
        "high enough number boxes of tracks that have many of them and yet no number",
        "numbers",
        _is("unread_readable", True),
    ),
    ErrorKind(
        "disagreeing reads",
        "number boxes read otherwise than most of their track's",
        "numbers",
        _is("disagrees", True),
    ),
    ErrorKind(
        "duplicate numbers",
        "players of one team with one number at one time",
        "players",
        _is("duplicate_number", True),
        alone=False,
    ),
    ErrorKind(
        "numbers not in the roster",
        "players with a number that the roster of their team lacks",
        "players",
        _is("not_in_roster", True),
    ),
    ErrorKind(
        "too many on court",
        "players of a team of which more are seen at one time than may play",
        "players",
        _is("too_many", True),
        alone=False,
    ),
    ErrorKind(
        "low-margin teams",
        f"players whose team is in doubt: confidence below {LOW_MARGIN}",
        "players",
        F("team_confidence").exists() & (F("team_confidence") < LOW_MARGIN),
    ),
    ErrorKind(
        "low-confidence reads",
        f"number boxes read with a confidence below {LOW_CONFIDENCE}",
        "numbers",
        READ & F("text_confidence").exists() & (F("text_confidence") < LOW_CONFIDENCE),
    ),
    ErrorKind(
        "never identified",
        "tracked players who never got a number",
        "players",
        _is("number_status", "unread"),
    ),
)
"""Every kind, in the order in which people look at them."""
