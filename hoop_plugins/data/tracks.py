"""A track of a clip, and the label of the App's timeline that it is kept as."""

from __future__ import annotations

from dataclasses import dataclass

import fiftyone as fo

from hoop_plugins.data.fields import MADE_BY, OURS, TRACK_ATTRIBUTES


@dataclass
class Track:
    """What is known of one person over a clip; one row of ``tracks``.

    Attributes:
        index: The track's id, from 1.
        first: First frame, from 1.
        last: Last frame, inclusive.
        role: "player" or "referee".
        team: The team's name.
        team_confidence: 0 to 1.
        number: The jersey number, "0" is not "00".
        number_status: "validated", "tentative", "unread" or "corrected".
        number_confidence: 0 to 1.
        name: The player's, from the roster.
        reads: How many crops were read.
    """

    index: int
    first: int
    last: int
    role: str = "player"
    team: str | None = None
    team_confidence: float | None = None
    number: str | None = None
    number_status: str | None = None
    number_confidence: float | None = None
    name: str | None = None
    reads: int | None = None

    @property
    def outsider(self) -> bool:
        """Whether the person was told to be of neither team; who was not told has no confidence."""
        return self.role == "player" and self.team is None and self.team_confidence is not None

    @property
    def title(self) -> str:
        """A name for the App's timeline: "dark 23", "Ana Lima 23", "dark 23?" where tentative."""
        if self.role == "referee":
            return f"referee {self.index}"
        doubt = "?" if self.number_status == "tentative" else ""
        who = f"{self.number}{doubt}" if self.number else f"(track {self.index})"
        return f"{self.name or self.team or 'player'} {who}"

    def to_label(self) -> fo.TemporalDetection:
        """The label that the track is kept as: its support is the first and the last frame."""
        values = {name: getattr(self, name) for name in TRACK_ATTRIBUTES}
        values[MADE_BY] = OURS
        return fo.TemporalDetection(label=self.title, support=[self.first, self.last], **values)

    @classmethod
    def from_label(cls, label: fo.TemporalDetection) -> Track:
        """The track that a label of ``tracks`` stands for."""
        values = {name: label[name] for name in TRACK_ATTRIBUTES if label.has_field(name)}
        if values.get("role") is None:
            # Datasets of versions before 1.0 have the role in the title alone.
            referee = label.label == f"referee {label.index}"
            values["role"] = "referee" if referee else "player"
        return cls(**values, first=label.support[0], last=label.support[1])
