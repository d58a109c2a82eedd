"""A track and the label of the timeline that it is kept as."""

from __future__ import annotations

from dataclasses import replace

import fiftyone as fo
import pytest

from hoop_plugins.data.store import SampleStore
from hoop_plugins.data.tracks import Track


def old_label(title: str, index: int) -> fo.TemporalDetection:
    """As versions before 1.0 kept a track: its role is in the title alone."""
    return fo.TemporalDetection(label=title, support=[1, 30], index=index)


@pytest.mark.parametrize("role", ["player", "referee"])
def test_the_role_does_not_depend_on_what_the_team_is_called(clip: SampleStore, role: str) -> None:
    track = Track(3, 1, 30, role, team="referees XI", number="7")
    clip.write_tracks([track])
    assert clip.read_tracks() == {3: track}
    assert clip.dataset.values("tracks.detections.role", unwind=True) == [role]


@pytest.mark.parametrize(
    ("title", "role"),
    [
        ("referee 3", "referee"),
        ("referee 4", "player"),
        ("referees XI 7", "player"),
        ("referee (track 3)", "player"),
        ("dark 23?", "player"),
    ],
)
def test_tracks_of_earlier_versions_have_their_role_from_the_whole_title(
    title: str, role: str
) -> None:
    assert Track.from_label(old_label(title, 3)).role == role


def test_tracks_of_earlier_versions_can_be_read_and_written(clip: SampleStore) -> None:
    """The schema of such a dataset knows no role yet."""
    dataset = fo.Dataset()
    dataset.add_sample(fo.Sample(filepath=clip.video.path))
    store = SampleStore(dataset, dataset.first().id)
    labels = [old_label("referees XI 7", 1), old_label("referee 2", 2)]
    store.set_value("tracks", fo.TemporalDetections(detections=labels))
    tracks = store.read_tracks()
    assert [track.role for track in tracks.values()] == ["player", "referee"]
    tracks[1] = replace(tracks[1], role="referee")
    store.write_tracks(tracks.values())
    assert store.read_tracks() == tracks
    assert isinstance(dataset.get_field("tracks.detections.role"), fo.StringField)
    dataset.delete()
