"""What the tests of corrections start from.

FiftyOne is imported by the fixtures alone: pytest may load this file before the database is there.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import fiftyone as fo

    from hoop_plugins.data.store import SampleStore


@pytest.fixture
def trackers() -> Iterator[dict[str, dict[int, int]]]:
    """Trackers to register: the ids that each gives, by its name."""
    from corrected_game import Trackers

    from hoop_plugins import plugins

    plugin = Trackers()
    plugins.manager().register(plugin)
    yield plugin.ids
    plugins.manager().unregister(plugin)


@pytest.fixture
def game(clip: SampleStore) -> SampleStore:
    """The clip after the whole job: numbers read and decided by the stage, teams by hand."""
    import people
    from corrected_game import read, run

    run(clip, "pair")
    read(clip)
    run(clip, "validate")
    tracks = clip.read_tracks()
    for person in people.PEOPLE:
        tracks[person.index].team = person.team
    clip.assign("players", [(p.index, None, {"team": p.team}) for p in people.PEOPLE])
    clip.write_tracks(tracks.values())
    return clip


@pytest.fixture
def left(game: SampleStore) -> SampleStore:
    """The game after a run, as a person finds it."""
    from corrected_game import run

    from hoop_plugins import corrections

    run(game, "validate")
    with corrections.lifted([game]):
        pass
    return game


@pytest.fixture
def walk(dataset: fo.Dataset, tmp_path: Path, monkeypatch: Any) -> Iterator[SampleStore]:
    """A tracked clip whose pictures say which they are; the tracker strayed."""
    from corrected_game import run
    from straying import Plugin, film

    from hoop_plugins import plugins
    from hoop_plugins.stages import again, retracked

    monkeypatch.setattr(again, "MEETS", 4)
    monkeypatch.setattr(retracked, "CHUNK", 3)
    clip = film(dataset, tmp_path / "walk.mp4")
    plugin = Plugin()
    plugins.manager().register(plugin)
    run(clip, "track", tracker="Obedient")
    yield clip
    plugins.manager().unregister(plugin)
