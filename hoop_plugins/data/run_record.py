"""What each stage has done on a sample, and which run may go on writing there.

The record is the sample field ``recognition``: an entry a stage, and the id of the run that began
last. It is changed in the database by single atomic updates, so that of two runs over one clip only
the later one can change it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from uuid import uuid4

import fiftyone as fo
from bson import ObjectId
from platformdirs import user_cache_path
from pymongo import WriteConcern

from hoop_plugins.compat.fiftyone import sample_collection, server_process
from hoop_plugins.data.fields import PROGRESS_FIELD, Fields
from hoop_plugins.data.views import all_videos
from hoop_plugins.errors import HoopError, OvertakenError, RestartedError

RUN = "run"
"""Key of the run that was the last to begin."""

LEFT = "left"
"""Key of what the labels said when they were left."""


class RunRecord:
    """The record of one sample.

    What writes raises :class:`~hoop_plugins.errors.OvertakenError`, and changes nothing, if another
    run over the sample has begun since this one did, or if the database was started anew.
    """

    def __init__(self, dataset: fo.Dataset, sample_id: str, names: Fields) -> None:
        self.dataset = dataset
        self.sample_id = sample_id
        self.names = names
        self.run: str | None = None
        self._server: Any = None

    def begin(self) -> None:
        """Begins a run: earlier runs over the sample may not write any more."""
        self.run, run, self._server = None, uuid4().hex, server_process()
        self._update({"$set": {f"{PROGRESS_FIELD}.{RUN}": run}})
        self.run = run

    def join(self, run: str) -> None:
        """Takes part in a run that another process began."""
        self.run, self._server = run, server_process()

    def check(self) -> None:
        """Makes sure that this run may write."""
        if self.run is not None and server_process() != self._server:
            # Killed, MongoDB loses what it took within the last tenth of a second.
            raise RestartedError(
                f"the database was started anew during the run over {self._name()}, and may have "
                "lost what was stored last: run it again, and it goes on from where it was"
            )
        if self.overtaken:
            self._refuse()

    @property
    def overtaken(self) -> bool:
        """Whether another run over the sample has begun since this one did."""
        return self.run is not None and self._read().get(RUN) != self.run

    @property
    def mine(self) -> dict[str, Any]:
        """The query that holds for the sample as long as this run is not overtaken."""
        return {} if self.run is None else {f"{PROGRESS_FIELD}.{RUN}": self.run}

    def progress(self, stage: str) -> dict[str, Any]:
        """What a stage has done in the fields of these names; empty if nothing.

        Returns:
            ``settings``, ``frames`` done, ``complete``, and ``video``: width, height and number of
            frames, which versions before 1.0 did not note.

        Raises:
            HoopError: If the field holds something else.
        """
        entry = self._read().get(self.names.record_key(stage), {})
        if entry and not (isinstance(entry, dict) and "settings" in entry):
            raise HoopError(
                f"{PROGRESS_FIELD} of {self._name()} says {entry!r:.40} of {stage!r}, which is no "
                f"record: rename it, dataset.rename_sample_field({PROGRESS_FIELD!r}, "
                f"'my_{PROGRESS_FIELD}')"
            )
        return dict(entry)

    def record(self, stage: str, **entry: Any) -> None:
        """Notes how far a stage has come; see :meth:`progress`."""
        self._update({"$set": {f"{PROGRESS_FIELD}.{self.names.record_key(stage)}": entry}})

    def leave(self, labels: Iterable[Any]) -> None:
        """Remembers what the labels say, now that nobody of ours changes them any more."""
        now = datetime.now(timezone.utc)
        values = {self._left_key: list(labels), f"{self._left_key} at": now}
        self._update({"$set": {f"{PROGRESS_FIELD}.{key}": value for key, value in values.items()}})

    def left(self) -> list[Any]:
        """What the labels said when they were left; empty once somebody of ours changes them."""
        return list(self._read().get(self._left_key) or [])

    @property
    def left_at(self) -> datetime | None:
        """When the labels were left."""
        return self._read().get(f"{self._left_key} at")

    def come_back(self) -> None:
        """Forgets what the labels said when they were left."""
        if self.left():
            keys = (self._left_key, f"{self._left_key} at")
            self._update({"$unset": {f"{PROGRESS_FIELD}.{key}": "" for key in keys}})

    @property
    def _left_key(self) -> str:
        return f"{LEFT} {self.names.players}"

    def sync(self) -> None:
        """Waits until what was written outlives a crash of MongoDB, which answers before."""
        self.check()
        durable = sample_collection(self.dataset).with_options(write_concern=WriteConcern(j=True))
        now = {"last_modified_at": datetime.now(timezone.utc)}
        durable.update_one({"_id": ObjectId(self.sample_id)}, {"$set": now})

    def forget(self, stages: Iterable[str]) -> None:
        """Marks stages as not done, so that they run anew."""
        keys = [self.names.record_key(stage) for stage in stages]
        if entries := {f"{PROGRESS_FIELD}.{key}": "" for key in keys}:
            self._update({"$unset": entries})

    def state_path(self, stage: str) -> Path:
        """Where a stage may keep what it needs to go on, beyond the labels."""
        # Of a clone, the samples have the ids of the original's.
        owner = f"{sample_collection(self.dataset).name}-{self.sample_id}"
        name = f"{owner}-{self.names.record_key(stage)}.pt"
        return user_cache_path("hoop_plugins") / "state" / name

    def _read(self) -> dict[str, Any]:
        found = sample_collection(self.dataset).find_one(
            {"_id": ObjectId(self.sample_id)}, {PROGRESS_FIELD: 1}
        )
        return (found or {}).get(PROGRESS_FIELD) or {}

    def _update(self, change: dict[str, Any]) -> None:
        self.check()
        if not self.dataset.has_sample_field(PROGRESS_FIELD):
            self.dataset.add_sample_field(PROGRESS_FIELD, fo.DictField)
        samples, sample = sample_collection(self.dataset), {"_id": ObjectId(self.sample_id)}
        # FiftyOne writes null where nobody has recorded anything yet: MongoDB cannot enter that.
        samples.update_one({**sample, PROGRESS_FIELD: None}, {"$set": {PROGRESS_FIELD: {}}})
        now = {"last_modified_at": datetime.now(timezone.utc)}
        change = {**change, "$set": {**change.get("$set", {}), **now}}
        if not samples.update_one({**sample, **self.mine}, change).matched_count:
            self._refuse()

    def _refuse(self) -> None:
        raise OvertakenError(
            f"another run over {self._name()} has begun: this one ends and leaves the clip to it; "
            "run one at a time"
        )

    def _name(self) -> str:
        (path,) = all_videos(self.dataset).select(self.sample_id).values("filepath")
        return Path(path).name
