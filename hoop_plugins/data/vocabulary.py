"""The words of the field contract: what a detector may see, what a jersey may say."""

from __future__ import annotations

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
"""The labels a detector may give. COCO's ``person`` and ``sports ball`` become player and ball."""

PEOPLE = ("player", "referee")
"""The labels of people; what a player does is an action."""
