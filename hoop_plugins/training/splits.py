"""Which game, and so which split, every sample of a view belongs to."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hoop_plugins.compat.fiftyone import is_clips, is_frames, is_patches, root_dataset, source_of
from hoop_plugins.data.fields import CLIP_FIELD, GAME_FIELD
from hoop_plugins.data.store import SampleStore
from hoop_plugins.data.views import Shown, all_videos, content_stages, shown_of, videos_of
from hoop_plugins.errors import HoopError
from hoop_plugins.training.settings import Curation

if TYPE_CHECKING:
    import fiftyone as fo

SPLITS = ("train", "valid", "test")

SPLIT_FIELD = "split"
"""Sample field that says where a sample belongs, as its game or clip; each may be missing."""

GAP_SECONDS = 1.0
"""What is left out between the parts of a clip that is split by time."""


class CurationError(HoopError):
    """Something that cannot be turned into training data. Nothing has been written then."""


@dataclass(frozen=True)
class Origin:
    """A video, or an image, that training data comes from.

    Attributes:
        sample_id: Its sample.
        path: The file.
        name: What its images are named after; unique in a view.
        group: Its game; without one its clip, or itself.
        split: "train", "valid" or "test" where the dataset says so.
        spans: Of a video: first and last frames of the stretches that the view holds, from 1.
        rate: Of a video: frames a second.
        shown: Of a video: what the view shows of its frames; ``None`` for everything.
    """

    sample_id: str
    path: str
    name: str
    group: str
    split: str | None
    spans: tuple[tuple[int, int], ...] = ()
    rate: float = 0.0
    shown: Shown | None = None

    def holds(self, frame: int) -> bool:
        """Whether a frame is in the view."""
        return any(first <= frame <= last for first, last in self.spans)


def origins_of(view: fo.core.collections.SampleCollection) -> list[Origin]:
    """What a view consists of.

    Args:
        view: Images or videos, clips or frames of videos: what it shows is taken.

    Returns:
        One for each image or video.

    Raises:
        CurationError: If the view is empty, or of another kind.
        VideoError: If a video cannot be opened.
    """
    dataset = root_dataset(view)
    if is_patches(view):
        raise CurationError("the view is of patches: give a view of whole videos or images")
    if not len(view):
        raise CurationError(f"the view of {dataset.name!r} is empty: choose other samples")
    of_videos = dataset.media_type in ("video", "group")
    videos = _videos(view) if of_videos else view
    shown: dict[str, list[tuple[int, int]]] = {}
    if is_clips(view):
        for sample_id, (first, last) in zip(*view.values(["sample_id", "support"]), strict=True):
            shown.setdefault(sample_id, []).append((first, last))
    elif is_frames(view):
        for sample_id, frame in zip(*view.values(["sample_id", "frame_number"]), strict=True):
            shown.setdefault(sample_id, []).append((frame, frame))
    else:
        shown = {sample_id: [] for sample_id in videos.values("id")}
    samples = all_videos(dataset).select(list(shown), ordered=True)
    columns = [
        samples.values(name) if dataset.has_field(name) else [None] * len(shown)
        for name in (GAME_FIELD, CLIP_FIELD, SPLIT_FIELD)
    ]
    paths, tags = samples.values(["filepath", "tags"])
    stems = Counter(Path(path).stem for path in paths)
    found = []
    for sample_id, path, tagged, game, clip, split in zip(
        shown, paths, tags, *columns, strict=True
    ):
        stem = Path(path).stem
        name = re.sub(r"[^\w.-]+", "_", stem if stems[stem] == 1 else f"{stem}-{sample_id}")
        split = split if split in SPLITS else next((t for t in tagged if t in SPLITS), None)
        origin = Origin(sample_id, path, name, str(game or clip or sample_id), split)
        if of_videos:
            video = SampleStore(dataset, sample_id).video
            spans = tuple(shown[sample_id] or [(1, video.frame_count)])
            of_frames = shown_of(videos)
            origin = replace(origin, spans=spans, rate=video.frame_rate, shown=of_frames)
        found.append(origin)
    return found


def _videos(view: fo.core.collections.SampleCollection) -> fo.core.collections.SampleCollection:
    """The videos that a view of videos, clips or frames is of, showing what it shows of them."""
    if not is_frames(view):
        return videos_of(view)
    if content_stages(view):
        raise CurationError("the view filters frames: filter the videos instead, before to_frames")
    return videos_of(source_of(view))


class Splits:
    """Says which split things belong to.

    Args:
        origins: Everything that is to be split.
        wanted: What share of games validates, of which at least one does; or whether videos are
            split by time instead.

    Raises:
        CurationError: If the share is none, or there is only one game.
    """

    def __init__(self, origins: Sequence[Origin], wanted: Curation) -> None:
        share = self._share = wanted.valid_share
        within_clips = self._within_clips = wanted.within_clips
        undecided = [o for o in origins if o.split is None and not (within_clips and o.spans)]
        groups = sorted({origin.group for origin in undecided})
        given = {origin.split for origin in origins}
        if len(groups) == 1 and not {"train", "valid"} <= given:
            raise CurationError(
                "everything is of one game, so that none is left to validate on: add another, or "
                "validate within the clip (within_clips), which flatters the score"
            )
        drawn = np.random.default_rng(wanted.seed).permutation(len(groups))
        count = min(max(1, round(share * len(groups))), max(0, len(groups) - 1))
        self._valid = {groups[i] for i in drawn[:count]}

    def of(self, origin: Origin, frame: int | None = None) -> str | None:
        """The split of an image, or of a frame of a video.

        Returns:
            "train", "valid" or "test"; ``None`` for what is left out between two parts of a clip.
        """
        if origin.split is not None:
            return origin.split
        if not (self._within_clips and frame is not None):
            return "valid" if origin.group in self._valid else "train"
        first, last = origin.spans[0][0], max(end for _, end in origin.spans)
        border = first + (1 - self._share) * (last - first)
        if frame > border:
            return "valid"
        return "train" if frame <= border - GAP_SECONDS * origin.rate else None
