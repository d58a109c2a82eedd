"""What FiftyOne's own editor compares, whether a sample was modified, changes while it is held."""

from __future__ import annotations

from datetime import datetime
from threading import enumerate as running

import pytest
from bson import ObjectId

from hoop_plugins.compat.fiftyone import sample_collection
from hoop_plugins.data import held
from hoop_plugins.data.store import SampleStore


def modified(clip: SampleStore) -> datetime:
    found = sample_collection(clip.dataset).find_one({"_id": ObjectId(clip.sample_id)})
    return found["last_modified_at"]


def test_a_sample_is_modified_as_long_as_it_is_held_and_once_more(
    clip: SampleStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held, "SECONDS", 0.01)
    seen = {before := modified(clip)}
    with held.held([clip]):
        assert modified(clip) > before
        while len(seen) < 4:
            seen.add(modified(clip))
        assert [thread.daemon for thread in running() if thread.name == "held"] == [True]
    assert modified(clip) > min(seen)
    assert not any(thread.name == "held" for thread in running())


def test_where_it_fails_it_is_over_too(clip: SampleStore) -> None:
    before = modified(clip)
    with pytest.raises(ZeroDivisionError), held.held([clip]):
        raise ZeroDivisionError
    assert modified(clip) > before
    with held.held([]):
        pass
    assert not any(thread.name == "held" for thread in running())
