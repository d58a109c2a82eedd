"""The rendered game's own ground truth, as ``hoop sample render`` writes it."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import supervision as sv

from hoop_plugins import ClassNames, HoopError, VideoInfo
from hoop_plugins.data.folders import files_in
from hoop_plugins.formats.boxes import CheckedLabels
from hoop_plugins.sample.export import load_truth
from hoop_plugins.sample.ground_truth import FrameTruth

SUFFIX = ".json.gz"


@dataclass(frozen=True)
class RenderedLabels:
    """The ground truth of one rendered clip; its frames count from 1."""

    video: str
    source: Path
    frames: list[FrameTruth]
    numbered_from: int = 1

    def span(self) -> tuple[int, int]:
        """Returns nothing: the numbering is known."""
        return 1, 0

    def check(self, video: VideoInfo, numbered_from: int) -> CheckedLabels:
        """Looks whether it is of this video.

        Raises:
            HoopError: If the file is of a longer clip.
        """
        if len(self.frames) > video.frame_count:
            raise HoopError(
                f"{self.source} has {len(self.frames)} frames, and {Path(video.path).name} "
                f"{video.frame_count}: give the ground truth of this clip"
            )

        def frames() -> Iterator[tuple[int, sv.Detections]]:
            from hoop_plugins.sample.loading import truth_detections

            for truth in self.frames:
                yield truth.frame_number, truth_detections(truth, (video.height, video.width))

        return CheckedLabels(len(self.frames), frames, [])


def find(folder: Path) -> list[Path]:
    """Finds the ground truth in what was rendered, or in its folder ``ground_truth``."""
    return files_in(folder, f"*{SUFFIX}") or files_in(folder, f"ground_truth/*{SUFFIX}")


def read(path: Path, names: ClassNames) -> list[RenderedLabels]:
    """Reads one file, of the clip with the same name; its classes are ours.

    Raises:
        HoopError: If the file cannot be read.
    """
    try:
        frames = load_truth(path)
    except (OSError, EOFError, zlib.error, KeyError, TypeError, ValueError) as error:
        raise HoopError(f"{path} is no ground truth of a rendered clip: {error}") from error
    return [RenderedLabels(path.name.removesuffix(SUFFIX), path, frames)]
