"""How much memory each stage takes as a long video goes on: it must not grow with the length.

    python benchmarks/memory.py [--seconds 60] [--mark 10] [--every 1]

The sample clip is played to and fro until it is long enough, and the small networks run on it. The
figures are the most that the process held in main memory since the stage began (Linux only): up to
the mark, and up to the end.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from itertools import chain, cycle, islice
from pathlib import Path

import fiftyone as fo

from hoop_plugins import profiles
from hoop_plugins.data.image import Image
from hoop_plugins.data.video import probe, read_frames, write_video
from hoop_plugins.sample.weights import sample_data
from hoop_plugins.stages.pipeline import build_stages, run_stages


def lengthened(clip: Path, every: int, frames: int) -> Iterator[Image]:
    """A clip played to and fro.

    Args:
        clip: A short video; it is held in memory.
        every: One frame in so many is taken.
        frames: How many frames are wanted.

    Yields:
        RGB uint8 images ``(H, W, 3)``.
    """
    images = [image for _, image in islice(read_frames(clip), None, None, every)]
    return islice(cycle(chain(images, reversed(images))), frames)


def peak() -> float:
    """The most main memory that this process has held since :func:`reset_peak`, in MB."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def reset_peak() -> None:
    """Lets the peak begin anew with what is held now (proc(5), clear_refs)."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def measure(video: Path, mark: int) -> Iterator[tuple[str, float, float]]:
    """Runs every stage over a video.

    Args:
        video: The video.
        mark: A frame.

    Yields:
        Stage, its peak up to that frame, and its peak up to the end, in MB. A stage that does all
        frames at once has the same twice.
    """
    dataset = fo.Dataset()
    dataset.add_sample(fo.Sample(filepath=str(video)))
    for stage in build_stages(profiles.load_profile("sample"), device="cpu"):
        reset_peak()
        early = 0.0
        for step in run_stages(dataset, [stage]):
            if step.done <= mark or not early:
                early = peak()
        yield stage.name, early, peak()
    dataset.delete()


def main() -> None:
    """Prints one row a stage."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--mark", type=float, default=10, help="seconds")
    parser.add_argument("--every", type=int, default=1, help="take one frame in so many")
    options = parser.parse_args()
    clip = next((sample_data() / "clips").glob("*.mp4"))
    rate = probe(clip).frame_rate / options.every
    mark, frames = round(options.mark * rate), round(options.seconds * rate)
    with tempfile.TemporaryDirectory() as folder:
        video = Path(folder) / "long.mp4"
        write_video(video, lengthened(clip, options.every, frames), rate)
        print("stage".ljust(10), f"to frame {mark}".rjust(15), f"to frame {frames}".rjust(15))
        for stage, early, whole in measure(video, mark):
            print(stage.ljust(10), f"{early:12.0f} MB", f"{whole:12.0f} MB", flush=True)


if __name__ == "__main__":
    main()
