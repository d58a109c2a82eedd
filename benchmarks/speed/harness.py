"""Runs several ways of doing the same by turns, and compares how long they took."""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from typing import Any

Run = Callable[[], Any]

NOT_MEASURED = "not measured"

PACKAGES = (
    "fiftyone",
    "numpy",
    "opencv-python-headless",
    "rfdetr",
    "sam2",
    "torch",
    "transformers",
)
"""Those whose versions are noted."""


@dataclass(frozen=True)
class Row:
    """One thing that is done, by us and by others.

    Attributes:
        name: What is done.
        unit: What is counted ("frame").
        count: How many of them a run does.
        ours: Does it our way. What it returns, if it is a dictionary, are seconds of it that were
            spent on what cannot be spared, by name.
        peers: Other ways to do it, by name.
        bounds: Parts of it that nobody who does it can spare, by name.
        rounds: How often each way is run.
        warm: Whether each way is run once before, without being measured.
    """

    name: str
    unit: str
    count: int
    ours: Run
    peers: Mapping[str, Run] = field(default_factory=dict)
    bounds: Mapping[str, Run] = field(default_factory=dict)
    rounds: int = 5
    warm: bool = True


@dataclass(frozen=True)
class Ratio:
    """How long another way takes, ours being 1: the median of all rounds, the least, the greatest.

    Attributes:
        name: The other way.
        kind: "peer", of which we should be faster, or "bound", to which we should come near.
    """

    name: str
    kind: str
    median: float
    least: float
    greatest: float

    @property
    def text(self) -> str:
        """For the table."""
        return f"{_short(self.median)} [{_short(self.least)}, {_short(self.greatest)}]"


@dataclass(frozen=True)
class Measured:
    """What came out of a row on a device: seconds that a run of ours took, and ratios."""

    name: str
    unit: str
    count: int
    device: str
    seconds: float
    ratios: tuple[Ratio, ...]

    @property
    def rate(self) -> str:
        """Our speed, for people."""
        if self.count == 1:
            return f"{_short(self.seconds)} s"
        return f"{_short(self.count / self.seconds)} {self.unit}s/s"


def measure(row: Row, device: str = "cpu", rounds: int | None = None) -> Measured:
    """Runs all ways of a row by turns.

    Args:
        row: The ways.
        device: Where its networks are.
        rounds: How often, if not as often as the row says.
    """
    ways = {"": row.ours, **row.peers, **row.bounds}
    taken: dict[str, list[float]] = {}
    if row.warm:
        for run in ways.values():
            run()
    for _ in range(rounds or row.rounds):
        for name, run in ways.items():
            start = time.perf_counter()
            parts = run()
            taken.setdefault(name, []).append(time.perf_counter() - start)
            if not name and isinstance(parts, dict):
                for part, seconds in parts.items():
                    taken.setdefault(part, []).append(seconds)
    ours = taken.pop("")
    ratios = []
    for name, theirs in taken.items():
        found = [b / a for a, b in zip(ours, theirs, strict=True)]
        kind = "peer" if name in row.peers else "bound"
        ratios.append(Ratio(name, kind, statistics.median(found), min(found), max(found)))
    seconds = statistics.median(ours)
    return Measured(row.name, row.unit, row.count, device, seconds, tuple(ratios))


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    return {
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
        "cores": len(os.sched_getaffinity(0)),
        "load": round(os.getloadavg()[0], 1),
        "packages": {name: version(name) for name in PACKAGES},
    }


def as_json(measured: Iterable[Measured]) -> list[dict[str, Any]]:
    """Everything that was measured, as plain values."""
    return [asdict(each) for each in measured]


def table(measured: Iterable[Measured]) -> str:
    """A Markdown table: what we do on the CPU, how long others take for it, and so on a GPU."""
    everything = list(measured)
    gpu = {each.name: each for each in everything if each.device != "cpu"}
    lines = ["| what | ours | beside | ratio | on a GPU |", "|---|---|---|---|---|"]
    for each in everything:
        if each.device != "cpu":
            continue
        there = gpu.get(each.name)
        ratios = {ratio.name: ratio.text for ratio in there.ratios} if there else {}
        for place, ratio in enumerate(each.ratios):
            ours = (each.name, each.rate) if not place else ("", "")
            on_gpu = f"{there.rate}: {ratios[ratio.name]}" if there else NOT_MEASURED
            beside = f"{ratio.name} ({ratio.kind})"
            lines.append("| " + " | ".join((*ours, beside, ratio.text, on_gpu)) + " |")
    return "\n".join(lines)


def _short(value: float) -> str:
    """Two or three digits of a number."""
    return f"{value:,.0f}" if value >= 20 else f"{value:.1f}" if value >= 2 else f"{value:.2f}"
