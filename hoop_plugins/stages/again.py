"""Tracking a stretch of a clip again, from one frame in which people put right who is where."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass

import numpy as np
import supervision as sv

from hoop_plugins import corrections, plugins
from hoop_plugins.corrections import Told
from hoop_plugins.data.label_draft import draft
from hoop_plugins.data.store import SampleStore
from hoop_plugins.errors import HoopError
from hoop_plugins.models.roles import Tracker
from hoop_plugins.specs import Role
from hoop_plugins.stages.doubles import without_doubles
from hoop_plugins.stages.relink import as_before
from hoop_plugins.stages.retracked import Retracked
from hoop_plugins.stages.stage import Progress
from hoop_plugins.stages.track import adopt, people

STAGE = "track"

MEETS = 15
"""So many frames in a row agree with what is stored where the stretch ends."""


@dataclass(frozen=True)
class TrackedAgain:
    """What was tracked again.

    Attributes:
        clip: The clip's name.
        first: The first frame.
        last: And the last.
        why: Why it ends there.
        due: The stages that were done, and are to be done again.
    """

    clip: str
    first: int
    last: int
    why: str
    due: tuple[str, ...] = ()

    def summary(self) -> list[str]:
        """What was done, and what is to be done, in words."""
        lines = [f"{self.clip}: frames {self.first} to {self.last} are tracked again: {self.why}"]
        return lines + ([f"to be done again: {', '.join(self.due)}"] if self.due else [])


def check_tracked(clip: SampleStore, frame: int) -> None:
    """Refuses what cannot be tracked again.

    Raises:
        HoopError: If the clip is not tracked, its tracker is not there any more, or there is no
            such frame.
    """
    entry = clip.progress(STAGE)
    if not entry.get("complete"):
        raise HoopError(f"{clip.name} is not tracked: run stage {STAGE!r} first")
    plugins.find_model(Role.TRACKER, entry["settings"]["model"])
    if not 1 <= frame < clip.frame_count:
        raise HoopError(
            f"frame is {frame}: {clip.name} has {clip.frame_count}, and what is tracked begins "
            f"after it: give 1 to {clip.frame_count - 1}",
            "frame",
        )


def track_again(
    clip: SampleStore, frame: int, index: int | None = None, device: str = "auto"
) -> Generator[Progress, None, TrackedAgain]:
    """Tracks a stretch again, with the tracker and the settings that the clip was tracked with.

    It begins after the frame, and ends where it meets what is stored, at the latest before the next
    camera cut or the next frame in which one of those who are meant was put right. Until it is
    through, all labels stay as they are.

    Args:
        clip: The clip, for which :func:`check_tracked` holds.
        frame: The frame, from 1, in which people put right who is where.
        index: A track that is meant besides those that were put right there, by its shown id.
        device: Where the network runs.

    Yields:
        Progress.

    Raises:
        HoopError: If something cannot work; nothing has been changed then.
    """
    corrections.check_told(clip, frame, index)
    stage = as_before(clip, STAGE, device)
    model: Tracker = stage.load_model()
    session = model.start(clip.video)
    if not hasattr(session, "prompt"):
        raise HoopError(
            f"tracker {stage.settings.model!r} cannot be told who is where: its sessions have no "
            "method 'prompt' (docs/plugins.md); track the clip with another one (--tracker)"
        )
    clip.runs.begin()
    with corrections.lifted([clip]) as problems:
        pass  # what was killed, or is overtaken, may have left them off
    told = corrections.people_told(clip, frame, index)
    last, why = _end(clip, frame, told)
    with corrections.lifted([clip]) as found, draft(clip, "players") as made:
        run = Retracked(clip, frame, told, made)
        with closing(clip.watch("detections", first=frame)) as pictures:
            number, image, _ = next(pictures)
            if number != frame:
                raise HoopError(f"frame {frame} of {clip.name} cannot be read: take another one")
            session.prompt(image, run.people)
            for number, image, detections in pictures:
                seen = on_court(detections)
                given = seen if session.wants_detections() else None
                run.add(number, adopt(session.step(image, given), seen))
                yield Progress(STAGE, clip.name, number - frame, last - frame)
                if run.met >= MEETS:
                    last, why = number, "from there on it agrees with what is stored"
                if number >= last:
                    break
        if run.last == frame:
            raise HoopError(f"no picture of {clip.name} can be read after frame {frame}")
        if run.last < last:
            why = "no picture can be read after that"
        due = run.publish()
    for line in dict.fromkeys(line for _, line in (*problems, *found)):
        yield Progress("correct", clip.name, 1, 1, line)
    return TrackedAgain(clip.name, frame + 1, run.last, why, due)


def on_court(detections: sv.Detections) -> sv.Detections:
    """The people of a frame whom the tracker was given before: see ``stages/court.py``."""
    found = people(detections)
    marks = found.data.get("on_court", [None] * len(found))
    return without_doubles(found.select(np.array([mark is not False for mark in marks], bool)))


def _end(clip: SampleStore, frame: int, told: Told) -> tuple[int, str]:
    """The last frame that may be tracked again, and why it is the last."""
    ends = [(clip.frame_count, "the clip ends there")]
    ends += [(cut - 1, f"frame {cut} begins another shot") for cut in clip.cuts if cut > frame]
    if told.until is not None:
        ends.append((told.until - 1, f"frame {told.until} was put right, too"))
    last, why = min(ends)
    if last == frame:
        raise HoopError(f"there is nothing to track after frame {frame} of {clip.name}: {why}")
    return last, why
