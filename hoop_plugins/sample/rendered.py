"""The rendered game's own ground truth, as ``hoop sample render`` writes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import supervision as sv

from hoop_plugins.data.image import VideoInfo
from hoop_plugins.errors import HoopError
from hoop_plugins.formats.boxes import CheckedLabels

SUFFIX = ".json.gz"


@dataclass(frozen=True)
class RenderedLabels:
    """The ground truth of one rendered clip; its frames count from 1."""

    video: str
    source: Path
    numbered_from: int = 1

    def span(self) -> tuple[int, int]:
        """Returns nothing: the numbering is known."""
        return 1, 0

    def check(self, video: VideoInfo, numbered_from: int) -> CheckedLabels:
        """Looks whether it is of this video.

        Raises:
            HoopError: If the file cannot be read, or is of a longer clip.
        """
        from hoop_plugins.sample.export import load_truth
        from hoop_plugins.sample.loading import truth_detections

        try:
            truths = load_truth(self.source)
        except (OSError, ValueError, KeyError, EOFError) as error:
            raise HoopError(
                f"{self.source} is no ground truth of a rendered clip: {error}"
            ) from error
        if len(truths) > video.frame_count:
            raise HoopError(
                f"{self.source} has {len(truths)} frames, and {Path(video.path).name} "
                f"{video.frame_count}: give the ground truth of this clip"
            )

        def frames() -> Iterator[tuple[int, sv.Detections]]:
            for truth in truths:
                yield truth.frame_number, truth_detections(truth, (video.height, video.width))

        return CheckedLabels(len(truths), frames, [])


def find(path: Path) -> list[Path]:
    """Finds the ground truth in what was rendered, or in its folder ``ground_truth``."""
    if path.is_file():
        return [path]
    return sorted(path.glob(f"*{SUFFIX}")) or sorted(path.glob(f"ground_truth/*{SUFFIX}"))


def read(path: Path, classes: Mapping[str, str] | None = None) -> list[RenderedLabels]:
    """Reads one file, of the clip with the same name; its classes are ours."""
    return [RenderedLabels(path.name.removesuffix(SUFFIX), path)]
