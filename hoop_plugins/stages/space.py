"""Whether there is space for what a run will store, before it begins."""

from __future__ import annotations

import shutil
from collections.abc import Sequence

from hoop_plugins.data.database import free_space
from hoop_plugins.data.disk import check_free, existing
from hoop_plugins.data.store import SampleStore
from hoop_plugins.stages.due import is_done, together
from hoop_plugins.stages.stage import Stage

BYTES = {"detections": 10_000, "players": 20_000, "numbers": 5_000}
"""What a frame's labels take, by role: twice what those of the sample clip do."""

LEAST = 200_000_000
"""Bytes that have to be free in any case: MongoDB's journal, and the tracker's memory."""

SAID = ("this run", "run fewer videos at a time")


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
    check_free(needed, *free_space(), *SAID)
    there = existing(games[0][0].runs.state_path("").parent)
    check_free(LEAST, shutil.disk_usage(there).free, there, *SAID)
