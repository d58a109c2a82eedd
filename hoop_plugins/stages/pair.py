"""Stage 4: which player a number box belongs to, by how much of the box his mask covers, or his box
where the tracker makes no masks. Where the detector knows no numbers, torsos stand for them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import supervision as sv
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from hoop_plugins.data.classes import lacking
from hoop_plugins.data.detections import compact_masks, track_ids
from hoop_plugins.data.masks import absent
from hoop_plugins.data.options import one_of, ranged
from hoop_plugins.data.store import SampleStore
from hoop_plugins.stages.stage import Progress, Stage
from hoop_plugins.stages.torsos import TORSO, torso_boxes

CHUNK = 100

CHEST = (0.5, 0.3)
"""Where a number is on its player: shares of the width and the height of his box."""


@dataclass(frozen=True)
class PairSettings:
    """Settings of the pairing stage.

    Attributes:
        ios: The least IoS of a number box with its owner's mask, or with the box where there is no
            mask; 0 to 1. The original uses 0.9.
        source: Where numbers are: in the boxes that the "detector" labels so, on the "torso" of
            each player, or on the torso where the detector knows no numbers ("auto").
    """

    ios: float = ranged(0.9, ge=0, le=1)
    source: str = one_of("auto", "detector", TORSO)


def box_mask_ios(boxes: NDArray[np.number], masks: sv.CompactMask) -> NDArray[np.float64]:
    """Intersection over the smaller area of boxes with masks.

    A box stands for the mask of all pixels that it covers (its corners rounded). Only the slice of
    each mask inside the box is looked at, which gives exactly what full-frame masks would.

    Args:
        boxes: ``(N, 4)`` xyxy pixels.
        masks: M masks.

    Returns:
        ``(N, M)`` values from 0 to 1.
    """
    height, width = masks.shape[1:]
    corners = np.rint(np.clip(boxes, 0, (width, height, width, height))).astype(int)
    ios = np.zeros((len(corners), len(masks)))
    offsets, areas = masks.offsets, masks.area
    for m in range(len(masks)):
        crop, (left, top) = masks.crop(m), offsets[m]
        for n, (x1, y1, x2, y2) in enumerate(corners.tolist()):
            rows = slice(max(0, y1 - top), max(0, y2 - top))
            columns = slice(max(0, x1 - left), max(0, x2 - left))
            smaller = min((x2 - x1) * (y2 - y1), int(areas[m]))
            if smaller > 0:
                ios[n, m] = np.count_nonzero(crop[rows, columns]) / smaller
    return ios


def on_chest(boxes: NDArray[np.number], people: NDArray[np.number]) -> NDArray[np.float64]:
    """How near number boxes ``(N, 4)`` are to where people, xyxy ``(M, 4)``, wear theirs.

    Returns:
        ``(N, M)``, from 1 (there) to 0 (half a person's height away, or more).
    """
    centers = (boxes[:, None, :2] + boxes[:, None, 2:]) / 2
    sides = people[:, 2:] - people[:, :2]
    far = np.linalg.norm(centers - (people[:, :2] + sides * CHEST)[None], axis=2)
    return np.asarray(np.clip(1 - 2 * far / np.maximum(sides[:, 1], 1), 0, 1), np.float64)


def pair(
    ios: NDArray[np.float64], least: float, weights: NDArray[np.float64] | None = None
) -> list[tuple[int, int]]:
    """Pairs boxes with players one-to-one, given their IoS ``(N, M)``, so that the total of it, or
    of other weights, is the greatest and none is below ``least``: pairs ``(box, player)`` by box.
    """
    # A pair that is not allowed must never displace one that is.
    allowed = np.where(ios >= least, ios if weights is None else weights, 0.0)
    rows, columns = linear_sum_assignment(allowed, maximize=True)
    return [(int(n), int(m)) for n, m in zip(rows, columns, strict=True) if ios[n, m] >= least]


def pair_frame(detections: sv.Detections, players: sv.Detections, least: float) -> sv.Detections:
    """The number boxes among a frame's detections that have an owner among its tracked people, with
    his ``tracker_id`` and ``data["ios"]``, which is ``least`` or more.
    """
    if not len(detections) or not len(players):
        return sv.Detections.empty()
    boxes = detections.select(detections.data["class_name"] == "number")
    owners = players.select(players.data["class_name"] == "player")
    masks, ids = compact_masks(owners), track_ids(owners)
    if not len(boxes) or not len(owners):
        return sv.Detections.empty()
    # Boxes of people who meet cover a number of either.
    ios = sv.box_iou_batch(boxes.xyxy, owners.xyxy, sv.OverlapMetric.IOS).astype(np.float64)
    weights = on_chest(boxes.xyxy, owners.xyxy)
    if masks is not None:
        known = ~absent(masks)
        ios[:, known] = weights[:, known] = box_mask_ios(boxes.xyxy, masks)[:, known]
    pairs = pair(ios, least, weights)
    kept = boxes.select([n for n, _ in pairs])
    kept.tracker_id = np.array([ids[m] for _, m in pairs], dtype=int)
    if "track" in owners.data:
        kept.data["track"] = np.asarray(owners.data["track"])[[m for _, m in pairs]]
    kept.data["ios"] = np.array([float(ios[n, m]) for n, m in pairs], dtype=object)
    return kept


class PairNumbers(Stage):
    """Gives every number box to the player whose mask covers it; writes ``frames.numbers``."""

    name = "pair"
    order = 40
    Settings = PairSettings
    reads = ("players",)
    uses = ("detections",)
    writes = ("numbers",)
    settings: PairSettings
    _labels: list[str] | None = None

    def accepts(
        self, clip: SampleStore, settings: Mapping[str, Any], found: Mapping[str, Any]
    ) -> bool:
        """See :meth:`Stage.accepts`; runs that knew no ``source`` took the detector's boxes."""
        if "source" not in found.get("settings", {}):
            same = self.settings.source == "auto" and not self._unknown(clip)
            settings = {**settings, "source": "auto" if same else "detector"}
        return super().accepts(clip, settings, found)

    def run_clip(self, clip: SampleStore, model: None) -> Iterator[Progress]:
        """See :meth:`Stage.run`."""
        clip.clear("numbers")
        unknown = "" if self.settings.source == "detector" else self._unknown(clip)
        torsos = self.settings.source == TORSO or bool(unknown)
        if unknown and self.settings.source == "auto":
            yield self.progress(clip, 0, message=f"{unknown}; numbers are looked for on torsos")
        found = 0
        for first in range(1, clip.frame_count + 1, CHUNK):
            last = min(clip.frame_count, first + CHUNK - 1)
            players = clip.read("players", first, last)
            if torsos:
                paired = {number: torso_boxes(people) for number, people in players}
            else:
                detections = dict(clip.read("detections", first, last))
                paired = {
                    number: pair_frame(detections[number], people, self.settings.ios)
                    for number, people in players
                    if number in detections
                }
            found += sum(map(len, paired.values()))
            clip.write("numbers", paired)
            yield self.progress(clip, last)
        self.record(clip)
        if not found:
            message = lacking(clip, "detections", "number") or (
                "no number has an owner: the detector found none, or nobody covers one"
            )
            yield self.progress(clip, message=message)

    def _unknown(self, clip: SampleStore) -> str:
        """Why a clip cannot have boxes of numbers, in one line; empty where it can.

        A clip may show no number although its detector knows them. What that knows is in the
        record; of labels from elsewhere the whole dataset tells.
        """
        whole = clip.unfiltered
        if not whole.has("detections"):
            return f"{clip.name} has no detections"
        if "number" in map(whole.vocabulary.label, whole.count_labels("detections")):
            return ""
        known = clip.progress("detect").get("labels")
        if known is None:
            self._labels = self._labels or whole.labels_of_all("detections")
            known = map(whole.vocabulary.label, self._labels)
        if "number" in known:
            return ""
        return lacking(whole, "detections", "number") or f"{clip.name} has no boxes of numbers"
