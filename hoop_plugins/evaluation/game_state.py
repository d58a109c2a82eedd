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
    Identification on a Minimap", CVPR workshops 2024: HOTA whose similarity is that of the places
    times 1 where role, team and number are all the same, times 0 elsewhere. What the ground truth
    does not have (a referee's team) must not be predicted either. There, places are compared on the
    court; here no court is known, and the IoU of the boxes takes its place: the scores cannot be
    compared with SoccerNet's. Teams are named as in the team figures.

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
    """Nothing, whether it is ``None`` or "", is the same."""
    plain = described.copy()
    plain[plain == ""] = None
    return plain


def _same(truth: NDArray[np.object_], tracks: NDArray[np.object_]) -> NDArray[np.bool_]:
    return np.asarray(truth[:, None] == tracks[None]).all(axis=2).astype(bool)
