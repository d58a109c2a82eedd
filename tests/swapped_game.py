"""A recognized clip in which the tracker takes two players for each other."""

from __future__ import annotations

import people
from number_reads import reads

from hoop_plugins.data.store import SampleStore
from hoop_plugins.stages.pair import PairNumbers
from hoop_plugins.stages.read import reading

SWAP = 16
"""After this frame the tracker calls the first player the second, and the other way round."""


def swap(clip: SampleStore) -> SampleStore:
    """The clip, read, where the two players of the dark team swap their tracks as they touch."""
    frames = {}
    for frame, found in clip.read("players"):
        ids = found.tracker_id.copy()
        if frame > SWAP:
            ids[[0, 1]] = ids[[1, 0]]
        if abs(frame - SWAP) <= 2:
            found.xyxy[1] = found.xyxy[0] + 4
        found.tracker_id = ids
        found.data["track"] = ids.astype(object)
        frames[frame] = found
    clip.write("players", frames)
    tracks = clip.read_tracks()
    for person in people.PEOPLE:
        tracks[person.index].team = person.team
        clip.assign("players", [(person.index, None, {"team": person.team})])
    clip.write_tracks(tracks.values())
    list(PairNumbers().run([clip]))
    numbers = {person.index: person.number for person in people.PEOPLE}
    for frame, found in clip.read("numbers", masks=False):
        for track in found.tracker_id.tolist():
            owner = {1: 2, 2: 1}.get(track, track) if frame > SWAP else track
            (row,) = reads(numbers[owner])
            clip.assign("numbers", [(track, frame, reading(row))])
    return clip
