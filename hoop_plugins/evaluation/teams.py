"""Are players given to the right team?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd
from scipy.optimize import linear_sum_assignment

from hoop_plugins.evaluation.matching import match
from hoop_plugins.evaluation.pooling import ratio
from hoop_plugins.evaluation.tables import ClipTables, Descriptions, majority, track_owners


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

        Referees count apart: ``referee_tracks`` are tracks labelled player that follow one and were
        given a team; ``referees`` are precision and recall of the label, over frames in which a
        track matches a referee at IoU 0.5.
        """
        return {
            "track_accuracy": ratio(self.tracks_right, self.tracks),
            "frame_accuracy": ratio(self.frames_right, self.frames),
            "tracks": self.tracks,
            "tracks_right": self.tracks_right,
            "frames": self.frames,
            "frames_right": self.frames_right,
            "referee_tracks": self.referee_tracks,
            "referees": {
                "precision": ratio(self.referee_frames_right, self.referee_frames_predicted),
                "recall": ratio(self.referee_frames_right, self.referee_frames),
                "frames": self.referee_frames,
                "predicted": self.referee_frames_predicted,
                "right": self.referee_frames_right,
            },
        }


def team_names(tables: ClipTables) -> dict[str, str]:
    """Assigns predicted team names to true ones, one-to-one, so that most player-frames agree.

    Clustering cannot know what a team is called; only who plays together can be right or wrong.
    Whoever corrects a team to one that was predicted means that one.

    Args:
        tables: A clip.

    Returns:
        True name by predicted name. Surplus predicted names have none.
    """
    agreed = pd.crosstab(tables.people.track_team, tables.people.team)
    meant = set(agreed.columns) & (tables.corrected.teams if tables.corrected else frozenset())
    agreed = agreed.drop(index=list(meant), columns=list(meant), errors="ignore")
    rows, columns = linear_sum_assignment(agreed.to_numpy(), maximize=True)
    named = dict(zip(agreed.index[rows], agreed.columns[columns], strict=True))
    return {**named, **{team: team for team in meant}}


def measure_teams(tables: ClipTables) -> TeamCounts:
    """Counts right and wrong teams of a clip. A track without a team is wrong.

    Args:
        tables: The clip.

    Returns:
        The counts, over the tracks and player-frames whose person has a known team.
    """
    people, tracks = tables.people, tables.tracks
    names = team_names(tables)
    matched = people[(people.track >= 0) & people.team.notna()]
    frames_right = matched.track_team.map(names) == matched.team

    owners = track_owners(tracks)
    true_team = owners.map(majority(people, "person", ["team"]).team).dropna()
    given = majority(tracks, "track", ["team"]).team.map(names).reindex(true_team.index)

    by_track = tracks.groupby("track")
    on_referee = 2 * by_track.on_referee.sum() >= by_track.size()
    with_team = by_track.team.count() > 0
    referees = [_referees(frame) for frame in tables.descriptions]
    return TeamCounts(
        tracks=len(true_team),
        tracks_right=int((given == true_team).sum()),
        frames=len(matched),
        frames_right=int(frames_right.sum()),
        referee_tracks=int((on_referee & with_team & ~on_referee.index.isin(owners.index)).sum()),
        referee_frames=sum(true for true, _, _ in referees),
        referee_frames_predicted=sum(predicted for _, predicted, _ in referees),
        referee_frames_right=sum(right for _, _, right in referees),
    )


def _referees(frame: Descriptions) -> tuple[int, int, int]:
    """How many there are in a frame, how many are predicted, and how many of these are right."""
    true, predicted = frame.truth[:, 0] == "referee", frame.tracks[:, 0] == "referee"
    rows, columns = match(frame.overlaps.similarity)
    return int(true.sum()), int(predicted.sum()), int((true[rows] & predicted[columns]).sum())
