"""Whether there is space for what a run will store, before it begins."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from hoop_plugins.data.database import free_space
from hoop_plugins.data.store import SampleStore
from hoop_plugins.errors import HoopError
from hoop_plugins.stages.due import is_done, together
from hoop_plugins.stages.stage import Stage

BYTES = {"detections": 10_000, "players": 20_000, "numbers": 5_000}
"""What a frame's labels take, by role: twice what those of the sample clip do."""

LEAST = 200_000_000
"""Bytes that have to be free in any case: MongoDB's journal, and the tracker's memory."""


def check_space(games: list[list[SampleStore]], stages: Sequence[Stage], fresh: bool) -> None:
    """Refuses a run for whose labels, or the tracker's memory, there is no space.

    Raises:
        HoopError: In one line, with how much is needed and where.
    """
    needed = LEAST
    for stage in stages:
        made = set(stage.writes).difference(stage.reads)
        size = sum(BYTES.get(role, 0) for role in made)
        for clips in together(stage, games):
            if is_done(stage, clips, fresh):
                continue
            for clip in clips:
                done = 0 if fresh else clip.progress(stage.name).get("frames", 0)
                needed += size * (clip.frame_count - done)
    _check(needed, *free_space())
    folder = games[0][0].runs.state_path("").parent
    there = next(parent for parent in (folder, *folder.parents) if parent.is_dir())
    _check(LEAST, shutil.disk_usage(there).free, str(there))


def _check(needed: int, free: int, place: str | Path) -> None:
    from hoop_plugins.data.saving import megabytes  # torch takes seconds; listing stages should not

    if free < needed:
        raise HoopError(
            f"this run needs about {megabytes(needed)} in {place}, and {megabytes(free)} are free "
            "there: free some space, or run fewer videos at a time"
        )
