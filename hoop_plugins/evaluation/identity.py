"""Are players given to the right team, and are place, team and number right together?"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from hoop_plugins.evaluation.matching import renumber
from hoop_plugins.evaluation.numbers import readable_people
from hoop_plugins.evaluation.tables import ClipTables, majority, ratio
from hoop_plugins.evaluation.tracking import HotaCounts, hota

NO_TEAM = object()
"""Of a predicted team that is none of the true ones: equal to nothing."""


@dataclass
class TeamCounts:
    """What the team figures of one clip, or of several pooled, are computed from."""

    tracks: int
    tracks_right: int
    frames: int
    frames_right: int
    referee_tracks: int
    referee_frames: int
    referee_frames_predicted: int
    referee_frames_right: int

    def figures(self) -> dict[str, Any]:
        """Returns accuracy a track and a frame, and the counts.

        Referees count apart: ``referee_tracks`` are tracks labeled player that follow one and were
        given a team; ``referees`` are precision and recall of the label, over frames in which a
        track matches a referee at IoU 0.5.
        """
        return {
            "track_accuracy": ratio(self.tracks_right, self.tracks),
            "frame_accuracy": ratio(self.frames_right, self.frames),
            **{name: count for name, count in vars(self).items() if "referee_frames" not in name},
            "referees": {
                "precision": ratio(self.referee_frames_right, self.referee_frames_predicted),
                "recall": ratio(self.referee_frames_right, self.referee_frames),
                "frames": self.referee_frames,
                "predicted": self.referee_frames_predicted,
                "right": self.referee_frames_right,
            },
        }


@dataclass
class IdentityCounts:
    """Ground-truth player-frames whose team and number are known, and the right ones of them.

    Attributes:
        frames: All of them.
        frames_right: Those with right place, team and number.
        readable_frames: Those of readable players.
        readable_frames_right: Those of these that are right.
        game_state: Of GS-HOTA without position.
        games: Frames by game, true team, true number, and the id of the track; -1 is none.
    """

    frames: int
    frames_right: int
    readable_frames: int
    readable_frames_right: int
    game_state: HotaCounts
    games: Counter[tuple[str, str, str, int]] = field(default_factory=Counter)

    def figures(self) -> dict[str, float | int | None]:
        """Returns the share of player-frames that are right, of all and of readable players.

        ``gs_hota_without_position``, with its ``gs_deta`` and ``gs_assa``, is ``None`` where no
        player's team and number are known, or nobody's place:
        see :func:`measure_game_state`. ``over_game`` is ``None`` where no clip says of which game
        it is: see :func:`measure_identity`.
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
            "over_game": ratio(_agreed(self.games), sum(self.games.values())),
            "game_frames": sum(self.games.values()),
            **{name: n for name, n in vars(self).items() if name not in ("game_state", "games")},
        }


def _agreed(games: Counter[tuple[str, str, str, int]]) -> int:
    """In how many frames players have the id that is theirs in the whole game."""
    tracked = {key: count for key, count in games.items() if key[-1] >= 0}
    if not tracked:
        return 0
    tables = (found.unstack(fill_value=0) for _, found in pd.Series(tracked).groupby(level=0))
    together = (table.to_numpy() for table in tables)
    return sum(int(t[linear_sum_assignment(t, maximize=True)].sum()) for t in together)


def measure_teams(tables: ClipTables) -> TeamCounts:
    """Counts right and wrong teams, of people whose team is known; a track without one is wrong."""
    people, tracks = tables.people, tables.tracks
    names, owners, right = tables.team_names, tables.owners, tables.right.team_correct.dropna()
    true_team = owners.map(majority(people, "person", ["team"]).team).dropna()
    given = majority(tracks, "track", ["team"]).team.map(names).reindex(true_team.index)

    by_track = tracks.groupby("track")
    on_referee = 2 * by_track.on_referee.sum() >= by_track.size()
    with_team = by_track.team.count() > 0
    frames = tables.descriptions
    return TeamCounts(
        tracks=len(true_team),
        tracks_right=int((given == true_team).sum()),
        frames=len(right),
        frames_right=int(right.sum()),
        referee_tracks=int((on_referee & with_team & ~on_referee.index.isin(owners.index)).sum()),
        referee_frames=sum(int((frame.truth[:, 0] == "referee").sum()) for frame in frames),
        referee_frames_predicted=sum(
            int((frame.tracks[:, 0] == "referee").sum()) for frame in frames
        ),
        referee_frames_right=sum(frame.referees for frame in frames),
    )


def measure_identity(tables: ClipTables) -> IdentityCounts:
    """Counts player-frames with right place, team and number together. Unread is wrong.

    Over the clips of a game, people are told apart by true team and number, and each has the one id
    that makes most frames of the whole game agree, as in IDF1 (see
    :func:`~hoop_plugins.evaluation.tracking.identity`).
    """
    right = tables.right.identity_correct.dropna().astype(bool)
    readable = tables.people.person[right.index].isin(readable_people(tables.true_numbers))
    together = tables.people.loc[right.index, ["team", "number", "track"]].value_counts()
    return IdentityCounts(
        frames=len(right),
        frames_right=int(right.sum()),
        readable_frames=int(readable.sum()),
        readable_frames_right=int((right & readable).sum()),
        game_state=measure_game_state(tables),
        games=Counter(
            {
                (tables.game, str(team), str(number), int(track)): int(frames)
                for (team, number, track), frames in together.items()
                if tables.game
            }
        ),
    )


def measure_game_state(tables: ClipTables) -> HotaCounts:
    """Counts GS-HOTA without its court position.

    Somers et al., "SoccerNet Game State Reconstruction: End-to-End Athlete Tracking and
    Identification on a Minimap", CVPR workshops 2024 (arXiv 2404.11335), as its evaluation,
    github.com/SoccerNet/sn-trackeval, has it: HOTA with the product of LocSim and IdSim as
    similarity. IdSim is 1 where label, team and number all match, else 0. A number that is not
    known must not be predicted either; of anybody who is no player, team and number are ignored on
    both sides.

    LocSim is a Gaussian of the distance on the pitch, 0.05 at 5 meters. Here no court is known, and
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
        same = (_plain(frame.truth)[:, None] == _plain(tracks)[None]).all(axis=2).astype(bool)
        frames.append(replace(frame.overlaps, similarity=frame.overlaps.similarity * same))
    return hota(renumber(frames))


def _plain(described: NDArray[np.object_]) -> NDArray[np.object_]:
    """Nothing, whether it is ``None`` or "", is the same; only players have team and number."""
    plain = described.copy()
    plain[plain == ""] = None
    plain[plain[:, 0] != "player", 1:] = None
    return plain
