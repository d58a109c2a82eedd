"""How stages fare as a video goes on: neither speed nor memory may depend on its length.

    python benchmarks/length.py [--frames 20000] [--networks]

Without --networks, what was recognized of the sample clip's first seconds is repeated, to and fro,
for as many frames, and the stages that need no network run on it. With --networks, the clip itself
is, and all stages run. The figures: frames a second over the first and over the last thousand
frames, and the most that a process held in main memory for a video of a thousand frames, and for
the long one (Linux only).
"""

from __future__ import annotations

import argparse
import multiprocessing
import tempfile
import warnings
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from itertools import chain, cycle, islice
from pathlib import Path
from time import perf_counter

import fiftyone as fo
import numpy as np

from hoop_plugins import profiles
from hoop_plugins.data.image import Image
from hoop_plugins.data.store import SampleStore
from hoop_plugins.data.video import read_frames, write_video
from hoop_plugins.sample.weights import sample_data
from hoop_plugins.stages.pipeline import build_stages, run_stages

DATASET = "hoop-length"
PART = 1000
"""Frames at the beginning, and at the end, that are compared."""

SECONDS = 4
"""Of the sample clip that are recognized, to be repeated."""

RATE = 30.0
STORED = ("link", "validate", "pair")
"""The stages that need no network."""

FIELDS = ("detections", "players", "numbers")
CHUNK = 200


@dataclass(frozen=True)
class Figures:
    """How a stage fared: frames a second, and the peak of memory in MB."""

    stage: str
    first: float
    last: float
    peak: float


def to_and_fro(count: int, frames: int) -> Iterator[int]:
    """Positions 0 to ``count`` - 1, up and down, as many as ``frames``."""
    return islice(cycle(chain(range(count), reversed(range(count)))), frames)


def play(images: list[Image], frames: int) -> Iterator[Image]:
    """Images to and fro."""
    return (images[i] for i in to_and_fro(len(images), frames))


def make(folder: str, frames: int, networks: bool) -> None:
    """Makes the dataset: a long video, and what is stored of it unless networks are to run."""
    clip = next((sample_data() / "clips").glob("*.mp4"))
    images = [image for _, image in islice(read_frames(clip), round(SECONDS * RATE))]
    dataset = fo.Dataset(DATASET, persistent=True, overwrite=True)
    long = Path(folder) / "long.mp4"
    # What needs no network does not look at the video.
    shown = play(images, frames) if networks else (np.zeros_like(images[0]) for _ in range(frames))
    write_video(long, shown, RATE)
    dataset.add_sample(fo.Sample(filepath=str(long)))
    if networks:
        return
    short = Path(folder) / "short.mp4"
    write_video(short, images, RATE)
    seen = fo.Dataset()
    seen.add_sample(fo.Sample(filepath=str(short)))
    for _ in run_stages(seen, build_stages(profiles.load_profile("sample"), device="cpu")):
        pass
    repeat(SampleStore(seen, seen.first().id), SampleStore(dataset, dataset.first().id), frames)
    seen.delete()


def repeat(short: SampleStore, long: SampleStore, frames: int) -> None:
    """Writes what is stored of a clip into a longer one, to and fro."""
    found = {role: dict(short.read(role)) for role in FIELDS}
    order = enumerate(to_and_fro(short.frame_count, frames), start=1)
    while chunk := list(islice(order, CHUNK)):
        for role in FIELDS:
            long.write(role, {n: found[role][i + 1] for n, i in chunk if i + 1 in found[role]})
    long.write_tracks(replace(track, last=frames) for track in short.read_tracks().values())


def held() -> float:
    """The most main memory that this process has held since :func:`forget_held`, in MB."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def forget_held() -> None:
    """Lets the peak begin anew with what is held now (proc(5), clear_refs)."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def measure(networks: bool) -> list[Figures]:
    """Runs the stages over the dataset."""
    dataset = fo.load_dataset(DATASET)
    frames = SampleStore(dataset, dataset.first().id).frame_count
    part, found = min(PART, frames // 2), []
    for name in [None] if networks else STORED:
        profile = profiles.load_profile("sample")
        for stage in build_stages(profile, [name] if name else None, device="cpu"):
            stage.prepare()
            forget_held()
            times: dict[int, float] = {}
            for step in run_stages(dataset, [stage], fresh=True):
                if step.stage == stage.name and step.unit == "frame":
                    times.setdefault(step.done, perf_counter())
            found.append(Figures(stage.name, *speeds(times, part, frames), held()))
    return found


def speeds(times: dict[int, float], part: int, frames: int) -> tuple[float, float]:
    """Frames a second of the first and the last frames, from when so many were done."""

    def rate(first: int, last: int) -> float:
        return (last - first) / (times[last] - times[first])

    begin, early = min(times), min(done for done in times if done >= part)
    late = max(done for done in times if done <= frames - part)
    return rate(begin, early), rate(late, max(times))


def main() -> None:
    """Prints one row a stage."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--frames", type=int, default=20_000)
    parser.add_argument("--networks", action="store_true", help="run all stages")
    options = parser.parse_args()
    warnings.filterwarnings("ignore")
    spawn = multiprocessing.get_context("spawn")
    found = []
    for frames in (PART, options.frames):
        with tempfile.TemporaryDirectory() as folder:
            # A process each: what making takes is not what running takes.
            for work in ((make, folder, frames, options.networks), (measure, options.networks)):
                with ProcessPoolExecutor(1, spawn) as pool:
                    figures = pool.submit(*work).result()
        found.append(figures)
    print(f"stage       first {PART}   last {PART}   of {PART}   of {options.frames}")
    for short, long in zip(*found, strict=True):
        print(
            f"{long.stage:10} {long.first:8.1f}/s {long.last:9.1f}/s {short.peak:6.0f} MB "
            f"{long.peak:6.0f} MB"
        )
    fo.delete_dataset(DATASET)


if __name__ == "__main__":
    main()
