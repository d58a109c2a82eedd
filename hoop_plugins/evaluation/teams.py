"""Are players given to the right team?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hoop_plugins.evaluation.pooling import ratio
from hoop_plugins.evaluation.tables import ClipTables, majority


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
            **{name: count for name, count in vars(self).items() if "referee_frames" not in name},
            "referees": {
                "precision": ratio(self.referee_frames_right, self.referee_frames_predicted),
                "recall": ratio(self.referee_frames_right, self.referee_frames),
                "frames": self.referee_frames,
                "predicted": self.referee_frames_predicted,
                "right": self.referee_frames_right,
            },
        }


def measure_teams(tables: ClipTables) -> TeamCounts:
    """Counts right and wrong teams of a clip. A track without a team is wrong.

    Args:
        tables: The clip.

    Returns:
        The counts, over the tracks and player-frames whose person has a known team.
    """
    people, tracks = tables.people, tables.tracks
    names, owners = tables.team_names, tables.owners
    matched = people[(people.track >= 0) & people.team.notna()]
    frames_right = matched.track_team.map(names) == matched.team

    true_team = owners.map(majority(people, "person", ["team"]).team).dropna()
    given = majority(tracks, "track", ["team"]).team.map(names).reindex(true_team.index)

    by_track = tracks.groupby("track")
    on_referee = 2 * by_track.on_referee.sum() >= by_track.size()
    with_team = by_track.team.count() > 0
    frames = tables.descriptions
    return TeamCounts(
        tracks=len(true_team),
        tracks_right=int((given == true_team).sum()),
        frames=len(matched),
        frames_right=int(frames_right.sum()),
        referee_tracks=int((on_referee & with_team & ~on_referee.index.isin(owners.index)).sum()),
        referee_frames=sum(int((frame.truth[:, 0] == "referee").sum()) for frame in frames),
        referee_frames_predicted=sum(
            int((frame.tracks[:, 0] == "referee").sum()) for frame in frames
        ),
        referee_frames_right=sum(frame.referees for frame in frames),
    )
