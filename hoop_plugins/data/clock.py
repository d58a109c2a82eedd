"""When each picture of a video is shown, as its container says and as the FiftyOne App believes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import av
import numpy as np
from numpy.typing import NDArray

APP_LEAD = 0.01
"""Share of a frame that the App asks for after a frame's beginning (FiftyOne 1.22's player)."""

DEFAULT_RATE = 25.0
"""Pictures a second where a file says nothing, as FFmpeg assumes."""

TOLERATED = 0.1
"""Share of frames that may be shown in another's place before a rate is not taken for the video's:
a phone that misses a picture has not changed its rate."""


@dataclass(frozen=True)
class Clock:
    """The times of a video's pictures.

    A picture's frame number is its rank among the time stamps, so a picture that cannot be decoded
    keeps its number. The App knows a rate only: it shows at ``(n - 1) / rate`` what it calls frame
    ``n``, which is another picture where the rate varies or the first picture comes late.

    Attributes:
        stamps: Time stamps of the pictures that are shown, ascending, in units of the stream's
            time base; empty where the container has none, and pictures are only counted.
        times: float ``(N,)``, when each is shown, in seconds from the container's beginning.
        rate: Pictures a second.
        parts: Of how many stretches of the file an edit list makes the video.
    """

    stamps: tuple[int, ...]
    times: NDArray[np.float64]
    rate: float
    parts: int = 1

    @property
    def count(self) -> int:
        """How many pictures are shown."""
        return len(self.times)

    @cached_property
    def numbers(self) -> dict[int, int]:
        """Frame number, from 1, by time stamp."""
        return {stamp: number for number, stamp in enumerate(self.stamps, start=1)}

    @property
    def beat(self) -> float:
        """A constant rate that skips hardly any picture: the usual one, or a multiple of it."""
        usual = float(np.median(np.diff(self.times))) if self.count > 1 else 1 / self.rate
        usual = self.rate if abs(self.rate * usual - 1) < 0.05 else 1 / usual
        rates = [usual * times for times in (1, 2, 3, 4)]
        return next((rate for rate in rates if self._skipped(rate) <= TOLERATED), rates[-1])

    def _skipped(self, rate: float) -> float:
        """The share of pictures that come too fast for a rate."""
        beats = np.floor((self.times - self.times[0]) * rate + 0.5)
        return 1 - len(np.unique(beats)) / self.count

    def shown_in_app(self) -> NDArray[np.int64]:
        """Which picture, from 1, the App shows as frame 1, 2, …: int ``(N,)``."""
        asked = (np.arange(self.count) + APP_LEAD) / self.rate
        return np.clip(np.searchsorted(self.times, asked, side="right"), 1, None)

    @property
    def misplaced(self) -> int:
        """In how many frames the App shows another picture than the one with that number."""
        return int((self.shown_in_app() != np.arange(1, self.count + 1)).sum())

    @property
    def note(self) -> str:
        """What people should know of it; empty where the App shows every picture in its place."""
        if self.parts > 1:
            return (
                f"an edit list joins {self.parts} parts of the file, and where they meet the App "
                "shows other pictures than the labeled ones"
            )
        if not self.misplaced:
            return ""
        late = self.times[0] * self.rate >= 1
        why = "the first picture comes late" if late else "the frame rate varies"
        return (
            f"in {self.misplaced} of {self.count} frames the App shows another picture than the "
            f"labeled one ({why})"
        )


def read_clock(
    stamps: Sequence[int | None], first: int | None, stream: av.VideoStream, parts: int = 1
) -> Clock:
    """Works out when pictures are shown, without decoding them.

    Args:
        stamps: Time stamps of the stream's packets, without those that an edit list leaves out.
        first: That of the first picture that can be decoded: a cut between key frames leaves
            some before it that cannot.
        stream: Where they are from.
        parts: See :class:`Clock`.
    """
    rates = (stream.guessed_rate, stream.average_rate)
    declared = [float(rate) for rate in rates if rate] or [DEFAULT_RATE]
    known = {stamp for stamp in stamps if stamp is not None}
    if first is None or len(known) < len(stamps):
        return Clock((), np.arange(len(stamps)) / declared[0], declared[0])
    shown = tuple(sorted(stamp for stamp in known if stamp >= first))
    times = np.array(shown, dtype=np.float64) * float(stream.time_base or 0)
    if len(times) > 1:
        steps = np.diff(times)
        declared += [1 / float(np.median(steps)), 1 / float(steps.mean())]
    clocks = [Clock(shown, times, rate, parts) for rate in declared]
    good = [clock for clock in clocks if clock.misplaced <= TOLERATED * clock.count]
    return good[0] if good else min(clocks, key=lambda clock: clock.misplaced)
