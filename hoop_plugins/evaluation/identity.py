"""The one figure that users care about: who is where, and in which team with which number."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hoop_plugins.evaluation.matching import renumber
from hoop_plugins.evaluation.numbers import readable_people
from hoop_plugins.evaluation.pooling import ratio
from hoop_plugins.evaluation.tables import ClipTables
from hoop_plugins.evaluation.tracking import HotaCounts, hota

NO_TEAM = object()
"""Of a predicted team that is none of the true ones: equal to nothing."""


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
        see :func:`measure_game_state`.
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
            **{name: count for name, count in vars(self).items() if name != "game_state"},
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
        & (people.track_team.map(tables.team_names) == people.team)
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


def measure_game_state(tables: ClipTables) -> HotaCounts:
    """Counts GS-HOTA without its court position.

    Somers et al., "SoccerNet Game State Reconstruction: End-to-End Athlete Tracking and
    Identification on a Minimap", CVPR workshops 2024 (arXiv 2404.11335), as its evaluation,
    github.com/SoccerNet/sn-trackeval, has it: HOTA with the product of LocSim and IdSim as
    similarity. IdSim is 1 where label, team and number all match, else 0. A number that is not
    known must not be predicted either; of anybody who is no player, team and number are ignored on
    both sides.

    LocSim is a Gaussian of the distance on the pitch, 0.05 at 5 metres. Here no court is known, and
    the IoU of the boxes takes its place: **the scores cannot be compared with SoccerNet's**. Teams
    are named as in the team figures, where SoccerNet asks for left and right; there are no
    goalkeepers, whose number its evaluation leaves out.

    Args:
        tables: The clip.

    Returns:
        Sums for each of HOTA's thresholds.
    """
    frames = []
    for frame in tables.descriptions:
        tracks = frame.tracks.copy()
        tracks[:, 1] = [team and tables.team_names.get(team, NO_TEAM) for team in tracks[:, 1]]
        same = _same(_plain(frame.truth), _plain(tracks))
        frames.append(replace(frame.overlaps, similarity=frame.overlaps.similarity * same))
    return hota(renumber(frames))


def _plain(described: NDArray[np.object_]) -> NDArray[np.object_]:
    """Nothing, whether it is ``None`` or "", is the same; only players have team and number."""
    plain = described.copy()
    plain[plain == ""] = None
    plain[plain[:, 0] != "player", 1:] = None
    return plain


def _same(truth: NDArray[np.object_], tracks: NDArray[np.object_]) -> NDArray[np.bool_]:
    return np.asarray(truth[:, None] == tracks[None]).all(axis=2).astype(bool)
