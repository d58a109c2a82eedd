"""While labels are written, FiftyOne's own editor stores nothing, wherever it is open.

It stores a change only if the sample was not modified since it was opened: so the samples are
modified: at once, every second, and at the end. Whoever opened it meanwhile is told to open it
again (``operators/browser.js``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timezone
from threading import Event, Thread
from time import monotonic

from bson import ObjectId
from pymongo import UpdateOne
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
    _touch(clips)
    over = Event()
    thread = Thread(target=_keep, args=(clips, over), name="held", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        with suppress(PyMongoError):  # without its database, nobody stores anything
            _touch(clips)


def _keep(clips: Sequence[SampleStore], over: Event) -> None:
    took = 0.0
    while not over.wait(max(SECONDS, SHARE * took)):
        start = monotonic()
        try:
            _touch(clips)
        except (PyMongoError, ValueError):  # the latter where the dataset is gone
            return  # who writes labels says so
        took = monotonic() - start


def _touch(clips: Sequence[SampleStore]) -> None:
    now = {"$set": {"last_modified_at": datetime.now(timezone.utc)}}
    # Who is overtaken holds nobody any more.
    mine = [{"_id": ObjectId(clip.sample_id), **clip.runs.mine} for clip in clips]
    if mine and not clips[0].dataset.deleted:
        updates = [UpdateOne(one, now) for one in mine]
        sample_collection(clips[0].dataset).bulk_write(updates, ordered=False)
