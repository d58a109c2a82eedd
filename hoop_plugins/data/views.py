"""What views show: which ones a use case takes, and how their frames are read.

Every use case that is given a dataset or view asks :func:`videos_of` for its videos, and reads them
through :func:`~hoop_plugins.data.store.stores_of`: a view is what it shows, or it is refused.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

import fiftyone as fo
from bson import ObjectId
from fiftyone import ViewField as F
from fiftyone.core import stages as fos
from fiftyone.core.collections import SampleCollection

from hoop_plugins.compat.fiftyone import (
    changed_fields,
    dataset_of,
    frames_pipeline,
    is_clips,
    is_dynamic,
    is_generated,
    is_patches,
    is_trajectories,
    patch_fields,
    root_dataset,
    serialize,
    view_stages,
)
from hoop_plugins.errors import HoopError

CHOOSING = (
    *(fos.Exclude, fos.ExcludeBy, fos.ExcludeGroups, fos.Exists, fos.GeoNear, fos.GeoWithin),
    *(fos.Limit, fos.Match, fos.MatchLabels, fos.MatchTags, fos.Select, fos.SelectBy),
    *(fos.SelectGroups, fos.SelectGroupSlices, fos.ExcludeGroupSlices, fos.Flatten),
    *(fos.GroupBy, fos.Shuffle, fos.Skip, fos.SortBy, fos.SortBySimilarity, fos.Take),
)
"""Stages that choose samples, and change nothing of what these hold. Any other stage may."""

OF_LABELS = (
    *(fos.ExcludeFields, fos.ExcludeLabels, fos.FilterField, fos.FilterKeypoints),
    *(fos.FilterLabels, fos.LimitLabels, fos.MapLabels, fos.MapValues, fos.SelectFields),
    *(fos.SelectLabels, fos.SetField),
)
"""Stages that leave all frames, and change what is in them."""


@dataclass(frozen=True)
class Shown:
    """What a view shows of its videos' frames, where that is not everything.

    Attributes:
        fields: The frame fields.
        steps: MongoDB's steps for a sample with its frames attached: they leave what is shown.
    """

    fields: frozenset[str]
    steps: tuple[dict[str, Any], ...]


def all_videos(dataset: fo.Dataset) -> SampleCollection:
    """Every video of a dataset; of a grouped one, those of all its slices."""
    if dataset.media_type == fo.core.media.GROUP:
        return dataset.select_group_slices(media_type=fo.core.media.VIDEO)
    return dataset


def videos_of(view: SampleCollection, whole: Collection[str] | None = None) -> SampleCollection:
    """The videos of a view, or a refusal with the way out.

    Of a grouped dataset these are the videos of the slice that is shown; clips stand for the frames
    that they show.

    Args:
        view: A dataset or view.
        whole: Where a use case makes sense with all frames only: the frame fields of which it needs
            all labels, too; ``None`` where it takes whatever is shown.

    Returns:
        A video dataset, or a view of one.

    Raises:
        HoopError: If there are no videos, or some of what is needed is not shown.
    """
    name = root_dataset(view).name
    if is_generated(view) and (whole is not None or not is_clips(view) or is_trajectories(view)):
        kind = "clips" if is_clips(view) else "frames or patches"
        raise HoopError(
            f"this view of {name!r} holds {kind}: choose whole videos, as the dataset itself"
        )
    if is_dynamic(view):
        raise HoopError(f"this view of {name!r} is grouped by a field: flatten it, view.flatten()")
    if any(isinstance(stage, fos.Concat) for stage in view_stages(view)):
        raise HoopError(f"this view of {name!r} joins two views: give one after the other")
    if view.media_type == fo.core.media.GROUP:
        view = _slice_of(view)
    elif is_clips(view):
        view = _frames_of(view)
    if view.media_type != fo.core.media.VIDEO:
        kind = f"{view.media_type} samples" if view.media_type else "nothing yet"
        raise HoopError(f"{name!r} holds {kind}, no videos: choose a dataset of videos")
    # Where MongoDB was killed, it counts wrong for a while.
    if not view.limit(1).values("id"):
        raise HoopError(f"this view of {name!r} is empty: choose one with videos")
    if whole is not None:
        _check_whole(view, whole)
    return view


def shown_of(view: SampleCollection) -> Shown | None:
    """What a view of videos shows of their frames; ``None`` where that is everything."""
    steps: list[dict[str, Any]] = []
    before = dataset_of(view).view()
    for stage in view_stages(view):
        if not isinstance(stage, CHOOSING):
            # Which samples are left has been decided by the view.
            steps += [step for step in stage.to_mongo(before) if "$match" not in step]
        before = before.add_stage(stage)
    fields = view.get_frame_field_schema() or {}
    return Shown(frozenset(fields), tuple(steps)) if steps else None


def drawn_fields(view: SampleCollection, players: str) -> list[str]:
    """The label fields to draw in a view: those it was filtered or cut out for, and the players.

    Args:
        view: Any view.
        players: The path of the players.
    """
    if is_patches(view):
        # A patch fills its tile only where its label is drawn.
        about = patch_fields(view)
    else:
        stages = view_stages(view)
        about = [stage.field for stage in stages if isinstance(stage, fos.FilterLabels)]
    return list(dict.fromkeys([*about, players]))


def is_cut_by(view: SampleCollection, field: str) -> bool:
    """Whether a view holds a clip for each label of a sample field."""
    cut = [stage for stage in serialize(view) if stage["_cls"].endswith(".ToClips")]
    return any(dict(stage["kwargs"])["field_or_expr"] == field for stage in cut)


def content_stages(view: SampleCollection) -> list[fos.ViewStage]:
    """The stages of a view that may change what its samples hold."""
    return [stage for stage in view_stages(view) if not isinstance(stage, CHOOSING)]


def shown_frames(
    dataset: fo.Dataset,
    sample_id: str,
    shown: Shown,
    first: int,
    last: int,
    before: Sequence[dict[str, Any]] = (),
) -> list[dict[str, Any]]:
    """MongoDB's steps, for the collection of samples, to the frames of one video that are shown;
    ``before`` are steps for all of its frames, before the view chooses some.
    """
    return [
        {"$match": {"_id": ObjectId(sample_id)}},
        *frames_pipeline(dataset, first, last),
        *before,
        *shown.steps,
        {"$unwind": "$frames"},
        {"$replaceRoot": {"newRoot": "$frames"}},
    ]


def _check_whole(view: SampleCollection, fields: Collection[str]) -> None:
    dataset = dataset_of(view)
    way_out = "clear its filters, or choose the whole dataset or selected videos"
    for stage in content_stages(view):
        if not isinstance(stage, OF_LABELS):
            raise HoopError(f"this view of {dataset.name!r} shows some frames only: {way_out}")
    some = changed_fields(view) & set(fields)
    some |= {f for f in fields if dataset.has_frame_field(f) and not view.has_frame_field(f)}
    if some:
        raise HoopError(
            f"this view of {dataset.name!r} shows frames.{min(some)} in part only, and all of it "
            f"is needed: {way_out}"
        )


def _slice_of(view: SampleCollection) -> SampleCollection:
    """The videos of the slice that is shown."""
    kinds = view.group_media_types
    if kinds.get(view.group_slice) != fo.core.media.VIDEO:
        videos = [name for name, kind in kinds.items() if kind == fo.core.media.VIDEO]
        remedy = f"choose the slice {' or '.join(map(repr, videos))}" if videos else "there is none"
        raise HoopError(
            f"the slice {view.group_slice!r} of {dataset_of(view).name!r} holds no videos: {remedy}"
        )
    return _again(dataset_of(view).select_group_slices(view.group_slice), view.values("id"), view)


def _frames_of(clips: SampleCollection) -> SampleCollection:
    """The frames that clips show, of each video once."""
    spans: dict[str, list[tuple[int, int]]] = {}
    for sample_id, span in zip(*clips.values(["sample_id", "support"]), strict=True):
        spans.setdefault(sample_id, []).append(span)
    if not spans:
        return all_videos(root_dataset(clips)).limit(0)
    number = F("frame_number")
    shown = [
        (F("_sample_id") == ObjectId(sample_id))
        & reduce(or_, [(number >= first) & (number <= last) for first, last in of_video])
        for sample_id, of_video in spans.items()
    ]
    videos = all_videos(root_dataset(clips))
    return _again(videos, list(spans), clips, [fos.MatchFrames(reduce(or_, shown))])


def _again(
    videos: SampleCollection,
    ids: Sequence[str],
    view: SampleCollection,
    before: Sequence[fos.ViewStage] = (),
) -> SampleCollection:
    """Some videos, of which as much is shown as in a view."""
    made = videos.select(list(ids), ordered=True)
    for stage in (*before, *content_stages(view)):
        made = made.add_stage(stage)
    return made
