"""The one figure that users care about: who is where, and in which team with which number."""

from __future__ import annotations

from dataclasses import dataclass

from hoop_plugins.evaluation.game_state import measure_game_state
from hoop_plugins.evaluation.numbers import readable_people
from hoop_plugins.evaluation.pooling import ratio
from hoop_plugins.evaluation.tables import ClipTables
from hoop_plugins.evaluation.teams import team_names
from hoop_plugins.evaluation.tracking import HotaCounts


@dataclass
class IdentityCounts:
    """Ground-truth player-frames whose team and number are known, and the right ones of them.

    Attributes:
        frames: All of them.
        frames_right: Those with right place, team and number.
        readable_frames: Those of readable players.
        readable_frames_right: Those of these that are right.
        game_state: Of GS-HOTA without position.
    """

    frames: int
    frames_right: int
    readable_frames: int
    readable_frames_right: int
    game_state: HotaCounts

    def figures(self) -> dict[str, float | int | None]:
        """Returns the share of player-frames that are right, of all and of readable players.

        ``gs_hota_without_position``, with its ``gs_deta`` and ``gs_assa``, is ``None`` where no
        player's team and number are known, or nobody's place:
        see :mod:`hoop_plugins.evaluation.game_state`.
        """
        game_state = self.game_state.figures()
        known = self.frames and self.game_state.compared
        return {
            **{
                f"gs_{name}_without_position": game_state[name] if known else None
                for name in ("hota", "deta", "assa")
            },
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
        & (people.track_team.map(team_names(tables)) == people.team)
        & (people.track_number == people.number)
    )
    readable = people.person.isin(readable_people(tables.true_numbers))
    return IdentityCounts(
        frames=len(people),
        frames_right=int(right.sum()),
        readable_frames=int(readable.sum()),
        readable_frames_right=int((right & readable).sum()),
        game_state=measure_game_state(tables),
    )
