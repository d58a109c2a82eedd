"""While labels are written, FiftyOne's own editor stores nothing, wherever it is open.

It stores a change only if the sample was not modified since it was opened: so the samples are
modified, every second and once more at the end. Whoever opened it meanwhile is told to open it
again (``operators/browser.js``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timezone
from threading import Event, Thread
from time import monotonic

from bson import ObjectId
from pymongo.errors import PyMongoError

from hoop_plugins.compat.fiftyone import sample_collection
from hoop_plugins.data.store import SampleStore

SECONDS = 1.0
"""Within so long nobody opens an editor and changes something in it."""

SHARE = 20
"""It takes a twentieth of the time at most, however many clips there are."""


@contextmanager
def held(clips: Sequence[SampleStore]) -> Iterator[None]:
    """Keeps editors of some clips of a dataset from storing anything during the block."""
    over = Event()
    thread = Thread(target=_keep, args=(clips, over), name="held", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        _touch(clips)


def _keep(clips: Sequence[SampleStore], over: Event) -> None:
    took = 0.0
    while not over.wait(max(SECONDS, SHARE * took)):
        start = monotonic()
        try:
            _touch(clips)
        except PyMongoError:
            return  # without its database, nobody stores anything; who writes labels says so
        took = monotonic() - start


def _touch(clips: Sequence[SampleStore]) -> None:
    if clips:
        mine = {"_id": {"$in": [ObjectId(clip.sample_id) for clip in clips]}}
        now = {"last_modified_at": datetime.now(timezone.utc)}
        sample_collection(clips[0].dataset).update_many(mine, {"$set": now})
