"""The one figure that users care about: who is where, and in which team with which number."""

from __future__ import annotations

from dataclasses import dataclass

from hoop_plugins.evaluation.numbers import readable_people
from hoop_plugins.evaluation.pooling import ratio
from hoop_plugins.evaluation.tables import ClipTables
from hoop_plugins.evaluation.teams import team_names


@dataclass
class IdentityCounts:
    """Ground-truth player-frames whose team and number are known, and the right ones of them."""

    frames: int
    frames_right: int
    readable_frames: int
    readable_frames_right: int

    def figures(self) -> dict[str, float | int | None]:
        """Returns the share of player-frames that are right, of all and of readable players."""
        return {
            "frame_accuracy": ratio(self.frames_right, self.frames),
            "readable": ratio(self.readable_frames_right, self.readable_frames),
            "frames": self.frames,
            "frames_right": self.frames_right,
            "readable_frames": self.readable_frames,
            "readable_frames_right": self.readable_frames_right,
        }


def measure_identity(tables: ClipTables) -> IdentityCounts:
    """Counts player-frames with right place, team and number together. Unread is wrong.

    Args:
        tables: The clip.

    Returns:
        The counts.
    """
    people = tables.people.dropna(subset=["team", "number"])
    right = (
        (people.track >= 0)
        & (people.track_team.map(team_names(tables.people)) == people.team)
        & (people.track_number == people.number)
    )
    readable = people.person.isin(readable_people(tables.true_numbers))
    return IdentityCounts(
        frames=len(people),
        frames_right=int(right.sum()),
        readable_frames=int(readable.sum()),
        readable_frames_right=int((right & readable).sum()),
    )
