"""How much memory each stage takes on a short and on a long video: it must not grow with length.

    python benchmarks/memory.py [--frames 300 1500]

The networks are played by rule (registered as a third party's are), so that what is measured is
the stages, the store and the decoding. Each length runs in a process of its own. "peak" is the most
that Python and NumPy held at a time during the stage, beyond what they held before it.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import fiftyone as fo
import numpy as np
import supervision as sv

import hoop_plugins
from hoop_plugins import masks, plugins, profiles
from hoop_plugins.models.roles import NUMBERS, Role
from hoop_plugins.plugins import ModelSpec
from hoop_plugins.stages.pipeline import build_stages, run_stages
from hoop_plugins.video import write_video

HEIGHT, WIDTH = 360, 640
BOXES = np.array([[60 + 55 * i, 120, 90 + 55 * i, 220] for i in range(10)], np.float32)
DIGITS = BOXES + np.array([8, 25, -8, -60], np.float32)
MB = 2**20


class ByRule:
    """Every role by rule: ten players who stand still, all of them number 7."""

    @hoop_plugins.hookimpl
    def register_models(self, register):
        for role in Role:
            register(ModelSpec("by-rule", role, lambda source, device, **options: self))

    def detect(self, frames):
        return [
            sv.Detections(
                xyxy=np.concatenate([BOXES, DIGITS]),
                confidence=np.full(20, 0.9, np.float32),
                data={"class_name": np.array(["player"] * 10 + ["number"] * 10, object)},
            )
            for _ in frames
        ]

    def start(self, video):
        return self

    def wants_detections(self):
        return True

    def step(self, frame, detections):
        crops = [np.ones((100, 30), bool)] * 10
        corners = [(int(x), int(y)) for x, y in BOXES[:, :2]]
        return sv.Detections(
            xyxy=BOXES.copy(),
            mask=masks.from_crops(crops, corners, (HEIGHT, WIDTH)),
            confidence=np.full(10, 0.9, np.float32),
            tracker_id=np.arange(1, 11),
            data={"class_name": np.array(["player"] * 10, object)},
        )

    def state(self):
        return {}

    def restore(self, state):
        pass

    def embed(self, crops):
        return np.array([crop.mean(axis=(0, 1)) for crop in crops], np.float32).reshape(-1, 3)

    def read(self, crops):
        rows = np.zeros((len(crops), len(NUMBERS) + 1), np.float32)
        rows[:, NUMBERS.index("7")] = 1
        return rows


def images(count: int) -> Iterator[np.ndarray]:
    """Five dark and five light players before gray noise."""
    random = np.random.default_rng(0)
    for _ in range(count):
        image = random.integers(100, 120, (HEIGHT, WIDTH, 3), dtype=np.uint8)
        for i, (left, top, right, bottom) in enumerate(BOXES.astype(int)):
            noise = random.integers(0, 30, (bottom - top, right - left, 3), dtype=np.uint8)
            image[top:bottom, left:right] = noise + (20 if i % 2 else 220)
        yield image


def measure(frames: int) -> dict[str, float]:
    """Runs every stage over a video.

    Args:
        frames: The video's length.

    Returns:
        The peak of each stage in MB.
    """
    plugins.manager().register(ByRule())
    profile = profiles.load_profile("sample").with_models(
        **{role.value: "by-rule" for role in Role}
    )
    dataset = fo.Dataset()
    peaks = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        write_video(path, images(frames), 30)
        dataset.add_sample(fo.Sample(filepath=str(path)))
        tracemalloc.start()
        for stage in build_stages(profile, device="cpu"):
            before, _ = tracemalloc.get_traced_memory()
            tracemalloc.reset_peak()
            for _ in run_stages(dataset, [stage]):
                pass
            peaks[stage.name] = (tracemalloc.get_traced_memory()[1] - before) / MB
            print(f"{frames} frames, {stage.name}: {peaks[stage.name]:.1f} MB", file=sys.stderr)
    dataset.delete()
    return peaks


def main() -> None:
    """Measures each length, then prints one row a stage."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--frames", type=int, nargs="+", default=[300, 1500])
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(options.one)))
        return
    found = {}
    for frames in options.frames:
        command = [sys.executable, __file__, "--one", str(frames)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        found[frames] = json.loads(done.stdout.splitlines()[-1])
    print("stage".ljust(10), *(f"{frames} frames".rjust(14) for frames in found))
    for stage in next(iter(found.values())):
        print(stage.ljust(10), *(f"{peaks[stage]:11.1f} MB" for peaks in found.values()))


if __name__ == "__main__":
    main()
