"""Which tracks people mean by what they select in the App, whatever view it shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import fiftyone as fo
from bson import ObjectId
from fiftyone import ViewField as F

from hoop_plugins.compat.fiftyone import is_clips, is_generated, is_patches, root_dataset
from hoop_plugins.corrections import take_over
from hoop_plugins.corrections.record import CorrectionError
from hoop_plugins.data.fields import KEYFRAME, MADE_BY, Fields
from hoop_plugins.data.store import SampleStore

ROLES = ("players", "numbers", "tracks")
"""The fields whose labels belong to a track."""

DRAWN = F(KEYFRAME).exists() & ~F("index").exists() & ~F(MADE_BY).exists()
"""Holds for labels that people drew in FiftyOne's own editor, until they are taken over."""


@dataclass(frozen=True)
class Selected:
    """A track that people mean.

    Attributes:
        sample_id: The video's sample.
        index: The track's id, as shown.
        frame: The frame in which they pointed at it, from 1; ``None`` where in none.
    """

    sample_id: str
    index: int
    frame: int | None = None


def selected_tracks(
    view: fo.core.collections.SampleCollection,
    labels: Sequence[Mapping[str, Any]],
    items: Sequence[str] = (),
    names: Fields | None = None,
) -> list[Selected]:
    """Finds the tracks of what is selected, each once, with the first frame in which it was meant.

    Args:
        view: What the App shows: videos, clips, frames or patches.
        labels: The selected labels, as FiftyOne's ``ctx.selected_labels`` gives them: players,
            number boxes (their owners are meant), or tracks of the timeline.
        items: Where no label is selected: ids of selected patches of players or numbers, or of
            clips of tracks. Other items say nothing.
        names: The names of the label fields.

    Raises:
        CorrectionError: If a label belongs to no track.
    """
    names = names or Fields()
    found = _of_labels(view, labels, names) if labels else _of_items(view, items, names)
    once: dict[tuple[str, int], Selected] = {}
    for track in found:
        once.setdefault((track.sample_id, track.index), track)
    return list(once.values())


def video_ids(view: fo.core.collections.SampleCollection, ids: Sequence[str]) -> dict[str, str]:
    """The video's id by that of each of a view's samples: videos, clips, frames or patches."""
    if not is_generated(view):
        return {key: key for key in ids}
    return dict(zip(*view.select(list(ids)).values(["id", "sample_id"]), strict=True))


def _of_labels(
    view: fo.core.collections.SampleCollection, labels: Sequence[Mapping[str, Any]], names: Fields
) -> Iterator[Selected]:
    roles = {getattr(names, role): role for role in ROLES}
    videos = video_ids(view, list({label["sample_id"] for label in labels}))
    wanted: dict[tuple[str, str], list[str]] = {}
    for label in labels:
        role = roles.get(label["field"].removeprefix("frames."))
        if role is None:
            known = ", ".join((f"frames.{names.players}", f"frames.{names.numbers}", names.tracks))
            raise CorrectionError(
                f"a label of {label['field']} belongs to no track: select labels of {known}"
            )
        video = videos.get(label["sample_id"], label["sample_id"])
        wanted.setdefault((video, role), []).append(label["label_id"])
    for (sample_id, role), ids in wanted.items():
        store = SampleStore(root_dataset(view), sample_id, names)
        if role == "tracks":
            path = f"{names.tracks}.detections"
            for label_id, index in zip(*store.values(f"{path}.id", f"{path}.index"), strict=True):
                if label_id in ids:
                    yield Selected(sample_id, index)
            continue
        chosen = F("_id").is_in([ObjectId(key) for key in ids])
        if next(store.find(role, chosen & DRAWN), None):
            take_over(store)  # which makes tracks of them, and keeps their labels' ids
        for frame, found in store.find(role, chosen):
            for label in found:
                if label["index"] is not None:
                    yield Selected(sample_id, label["index"], frame)


def _of_items(
    view: fo.core.collections.SampleCollection, items: Sequence[str], names: Fields
) -> Iterator[Selected]:
    if not items:
        return
    chosen = view.select(list(items))
    if is_patches(view):
        for name in (names.players, names.numbers):
            if view.has_sample_field(f"{name}.index") and view.has_sample_field("frame_number"):
                rows = chosen.values(["sample_id", f"{name}.index", "frame_number"])
                yield from (Selected(*row) for row in zip(*rows, strict=True) if row[1] is not None)
    elif is_clips(view) and view.has_sample_field(f"{names.tracks}.index"):
        rows = chosen.values(["sample_id", f"{names.tracks}.index"])
        yield from (Selected(*row) for row in zip(*rows, strict=True))
