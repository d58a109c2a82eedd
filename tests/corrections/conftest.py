"""What the tests of corrections start from."""

from __future__ import annotations

from collections.abc import Iterator

import people
import pytest
from corrected_game import Trackers, read, run

from hoop_plugins import plugins
from hoop_plugins.data.store import SampleStore


@pytest.fixture
def trackers() -> Iterator[dict[str, dict[int, int]]]:
    """Trackers to register: the ids that each gives, by its name."""
    plugin = Trackers()
    plugins.manager().register(plugin)
    yield plugin.ids
    plugins.manager().unregister(plugin)


@pytest.fixture
def game(clip: SampleStore) -> SampleStore:
    """The clip after the whole job: numbers read and decided by the stage, teams by hand."""
    run(clip, "pair")
    read(clip)
    run(clip, "validate")
    tracks = clip.read_tracks()
    for person in people.PEOPLE:
        tracks[person.index].team = person.team
    clip.assign("players", [(p.index, None, {"team": p.team}) for p in people.PEOPLE])
    clip.write_tracks(tracks.values())
    return clip
