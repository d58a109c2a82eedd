"""One video sample of a dataset, as the stages see it."""

from __future__ import annotations

from collections.abc import Container, Generator, Iterable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

import fiftyone as fo
import supervision as sv
from bson import ObjectId

from hoop_plugins.compat.fiftyone import dataset_of, sample_collection
from hoop_plugins.data import video
from hoop_plugins.data.fields import MADE_BY, OURS, Fields, declare
from hoop_plugins.data.image import Image
from hoop_plugins.data.label_store import LabelStore
from hoop_plugins.data.roster import Listed
from hoop_plugins.data.tracks import Track
from hoop_plugins.data.views import Shown, shown_of


class SampleStore(LabelStore):
    """One video sample: its video, its labels, its tracks, and what each stage has done on it.

    Args:
        dataset: The video dataset.
        sample_id: The sample's id.
        names: The names of the label fields.
        shown: What a view shows of the frames, and so what is read of them; ``None`` for all. What
            is written replaces what is there, shown or not.
    """

    def __reduce__(self) -> tuple[Any, ...]:
        """Another process opens the dataset itself; a run does not go on there."""
        return _reopen, (self.dataset.name, self.sample_id, self.names, self.shown)

    @property
    def unfiltered(self) -> SampleStore:
        """The same sample with everything that it holds, whatever the view shows."""
        return SampleStore(self.dataset, self.sample_id, self.names)

    def watch(
        self,
        role: str,
        first: int = 1,
        masks: bool | Container[int] = True,
        without: Sequence[str] = (),
    ) -> Generator[tuple[int, Image, sv.Detections], None, None]:
        """Reads the video and a field together.

        Args:
            role: Attribute of :class:`~hoop_plugins.data.fields.Fields`.
            first: First frame, from 1.
            masks: Whether masks are decoded, or the frames in which they are.
            without: Attributes that are not wanted.

        Yields:
            Frame number, RGB uint8 image ``(H, W, 3)``, and the frame's labels (none: empty).
        """
        labels = self.read(role, first, masks=masks, without=without)
        label = next(labels, None)
        for number, image in video.read_frames(self.video.path, start=first):
            while label is not None and label[0] < number:
                label = next(labels, None)
            found = label[1] if label is not None and label[0] == number else None
            yield number, image, sv.Detections.empty() if found is None else found

    # ------------------------------------------------------------------ tracks

    def read_tracks(self) -> dict[int, Track]:
        """The clip's tracks by id; empty before tracking. What else people keep there is none."""
        labels = self._temporal("tracks")
        return {label.index: Track.from_label(label) for label in labels if _is_track(label)}

    def write_tracks(self, tracks: Iterable[Track]) -> None:
        """Replaces the clip's ``tracks``; what else people keep there stays."""
        if not self.dataset.has_sample_field(f"{self.names.tracks}.detections.role"):
            declare(self.dataset, self.names, "tracks")
        labels = [track.to_label() for track in sorted(tracks, key=lambda track: track.index)]
        labels += [label for label in self._temporal("tracks") if not _is_track(label)]
        self.set_value(self.names.tracks, fo.TemporalDetections(detections=labels))

    @property
    def tracklets(self) -> list[fo.TemporalDetection]:
        """The pieces of tracks that linking made; what else people keep there is none."""
        return [label for label in self._temporal("tracklets") if _is_ours(label)]

    def write_tracklets(self, labels: Iterable[fo.TemporalDetection]) -> None:
        """Replaces the pieces of tracks, in one step and without holding them all as labels."""
        self.runs.check()
        documents = [label.to_dict() for label in labels]
        stored = {**fo.TemporalDetections().to_dict(), "detections": documents}
        changed = {
            self.names.tracklets: stored,
            "last_modified_at": datetime.now(timezone.utc),
        }
        samples = sample_collection(self.dataset)
        samples.update_one({"_id": ObjectId(self.sample_id)}, {"$set": changed})

    def clear_tracklets(self) -> None:
        """Removes the pieces that linking made."""
        others = [label for label in self._temporal("tracklets") if not _is_ours(label)]
        kept = fo.TemporalDetections(detections=others) if others else None
        self.set_value(self.names.tracklets, kept)

    def _temporal(self, role: str) -> list[fo.TemporalDetection]:
        """The labels of a sample field; none where it holds something else."""
        found = self.value(getattr(self.names, role))
        return list(found.detections) if isinstance(found, fo.TemporalDetections) else []

    @property
    def listed(self) -> Listed:
        """Who may play by the roster that the clip was linked with; empty without one."""
        return {(team, n): name for team, n, name in self.progress("link").get("roster", [])}

    @property
    def cuts(self) -> list[int]:
        """The frames, from 2, before which a camera shot begins or ends."""
        spans = [label.support for label in self._temporal("shots")]
        found = {frame for first, last in spans for frame in (first, last + 1)}
        return sorted(frame for frame in found if 1 < frame <= self.frame_count)

    # ------------------------------------------------------------------ progress of the stages

    def progress(self, stage: str) -> dict[str, Any]:
        """What a stage has done here: ``settings``, ``frames`` done, ``complete``; or empty."""
        return self.runs.progress(stage)

    def recorded_before(self, stage: str) -> bool:
        """Whether a version before 1.0 did a stage here, which marked no label as its own."""
        entry = self.progress(stage)
        return bool(entry) and "video" not in entry

    def record(
        self, stage: str, settings: Mapping[str, Any], frames: int, complete: bool, **found: Any
    ) -> None:
        """Notes how far a stage has come, and what else it found out."""
        video = [*self.size, self.frame_count]
        entry = {**found, "settings": dict(settings), "frames": frames, "complete": complete}
        self.runs.record(stage, **entry, video=video)

    def forget(self, *stages: str) -> None:
        """Marks stages as not done, so that they run anew."""
        self.runs.forget(stages)


def stores_of(
    view: fo.core.collections.SampleCollection, names: Fields | None = None
) -> list[SampleStore]:
    """The videos of a view, as it shows them.

    Args:
        view: From :func:`~hoop_plugins.data.views.videos_of`.
        names: The names of the label fields.
    """
    dataset, shown = dataset_of(view), shown_of(view)
    return [SampleStore(dataset, sample_id, names, shown) for sample_id in view.values("id")]


def _reopen(dataset: str, sample_id: str, names: Fields, shown: Shown | None) -> SampleStore:
    known = fo.load_dataset(dataset)
    known.reload()  # a process that lives on may know it from before fields were added
    return SampleStore(known, sample_id, names, shown)


def _is_track(label: fo.TemporalDetection) -> bool:
    return bool(label.has_field("index") and label.index is not None)


def _is_ours(label: fo.TemporalDetection) -> bool:
    return bool(label.has_field(MADE_BY) and label[MADE_BY] == OURS)
