"""Who is where, in one score: the attribute-aware part of SoccerNet's GS-HOTA."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hoop_plugins.evaluation.tables import ClipTables, Overlaps
from hoop_plugins.evaluation.teams import team_names
from hoop_plugins.evaluation.tracking import HotaCounts, hota, renumber

NO_TEAM = object()
"""Of a predicted team that is none of the true ones: equal to nothing."""


def measure_game_state(tables: ClipTables) -> HotaCounts:
    """Counts GS-HOTA without its court position.

    Somers et al., "SoccerNet Game State Reconstruction: End-to-End Athlete Tracking and
    Identification on a Minimap", CVPR workshops 2024 (arXiv 2404.11335), as its evaluation,
    github.com/SoccerNet/sn-trackeval, has it: HOTA with the product of LocSim and IdSim as
    similarity. IdSim is 1 where role, team and number all match, else 0. A number that is not known
    must not be predicted either; of anybody who is no player, team and number are ignored on both
    sides.

    LocSim is a Gaussian of the distance on the pitch, 0.05 at 5 metres. Here no court is known, and
    the IoU of the boxes takes its place: **the scores cannot be compared with SoccerNet's**. Teams
    are named as in the team figures, where SoccerNet asks for left and right; there are no
    goalkeepers, whose number its evaluation leaves out.

    Args:
        tables: The clip.

    Returns:
        Sums for each of HOTA's thresholds.
    """
    names = team_names(tables)
    frames = []
    for frame in tables.descriptions:
        tracks = frame.tracks.copy()
        tracks[:, 1] = [team and names.get(team, NO_TEAM) for team in tracks[:, 1]]
        same = _same(_plain(frame.truth), _plain(tracks))
        one = frame.overlaps
        frames.append(Overlaps(one.truth, one.tracks, one.similarity * same))
    return hota(renumber(frames))


def _plain(described: NDArray[np.object_]) -> NDArray[np.object_]:
    """Nothing, whether it is ``None`` or "", is the same; only players have team and number."""
    plain = described.copy()
    plain[plain == ""] = None
    plain[plain[:, 0] != "player", 1:] = None
    return plain


def _same(truth: NDArray[np.object_], tracks: NDArray[np.object_]) -> NDArray[np.bool_]:
    return np.asarray(truth[:, None] == tracks[None]).all(axis=2).astype(bool)
