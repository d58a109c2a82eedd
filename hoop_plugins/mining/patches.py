"""Labels of single frames as patches, each cut out of its frame."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import fiftyone as fo
from fiftyone import ViewExpression

from hoop_plugins.data.fields import Fields
from hoop_plugins.data.frame_images import write_images
from hoop_plugins.data.store import SampleStore

MOST_FRAMES = 500
"""Frames of a video that are shown at most, the first ones: each is an image on disk."""


def patches_view(
    dataset: fo.Dataset,
    frames: Mapping[str, Collection[int]],
    role: str,
    wanted: ViewExpression,
    names: Fields | None = None,
) -> fo.core.patches.PatchesView:
    """Labels of some frames, each cut out; the frames are written as images first.

    Args:
        dataset: A video dataset.
        frames: The frames, counted from 1, by the id of their sample.
        role: Attribute of :class:`~hoop_plugins.data.fields.Fields`: the frame field of the labels.
        wanted: What must hold for a label, as in FiftyOne's ``filter_labels``.
        names: The names of the label fields.

    Returns:
        A patch a label.

    Raises:
        VideoError: If a video cannot be read.
    """
    field = getattr(names or Fields(), role)
    # By id: matching frames by their numbers fails on videos of many thousand frames.
    chosen = []
    for sample_id, numbers in frames.items():
        first = set(sorted(numbers)[:MOST_FRAMES])
        write_images(SampleStore(dataset, sample_id), first)
        video = dataset.select(sample_id)
        found = zip(
            video.values("frames.frame_number", unwind=True),
            video.values("frames.id", unwind=True),
            strict=True,
        )
        chosen += [frame_id for number, frame_id in found if number in first]
    view = dataset.select(list(frames)).select_frames(chosen).to_frames()
    return view.filter_labels(field, wanted).to_patches(field)
