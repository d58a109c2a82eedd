"""Tracking people with SAM2: masks between and within their detections."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import supervision as sv
from numpy.typing import NDArray

from hoop_plugins.data.image import Image
from hoop_plugins.data.masks import NONE, absent, from_crops
from hoop_plugins.models.box_session import BoxSession
from hoop_plugins.models.kit_colors import Boxes
from hoop_plugins.models.sam2_outlines import Outline, doubles, outlines
from hoop_plugins.models.sam2_stream import SAM2Stream

COASTS = 5
"""Frames without a detection in which motion tells where somebody is."""

AGREED = 0.5
"""A mask with so much IoU with where motion has the person has not strayed."""

ON_ANOTHER = 0.5
"""A mask of which so much (IoS of the boxes) lies on another person may be of that one."""


class SAM2Session(BoxSession):
    """One video being tracked, with a mask of everybody in every frame.

    Args:
        stream: The network at work.
        check_every: As for :func:`hoop_plugins.models.load_tracker`.
        drift_iou: As for :func:`hoop_plugins.models.load_tracker`.
    """

    def __init__(self, stream: SAM2Stream, check_every: int, drift_iou: float = 0.5) -> None:
        self.stream = stream
        super().__init__(check_every, drift_iou=drift_iou)

    def reset(self) -> None:
        """Forgets everybody. Track ids go on from the last one given."""
        self.stream.reset()
        super().reset()

    def state(self) -> dict[str, Any]:
        """See :class:`hoop_plugins.models.roles.TrackerSession`."""
        return {"stream": self.stream.state(), **super().state()}

    def restore(self, state: dict[str, Any]) -> None:
        """Goes on from a ``state()``."""
        self.stream.restore(state["stream"])
        super().restore(state)

    def _advance(self, frame: Image) -> None:
        self.stream.step(frame)

    def _mask_boxes(self, ids: list[int], image_shape: tuple[int, int]) -> Boxes:
        """See :meth:`BoxSession._mask_boxes`; of two masks on one body, the younger goes first."""
        stream = self.stream
        # Of two that began together, the one of which the network is less sure is the double.
        started = [float(self.tracks[track_id].started) for track_id in stream.ids]
        seniority = list(zip(started, (-stream.confidence).tolist(), strict=True))
        stream.remove([stream.ids[i] for i in doubles(stream.logits > 0, seniority)])
        own = super()._mask_boxes(ids, image_shape)
        for track_id, outline in zip(stream.ids, outlines(stream.logits, image_shape), strict=True):
            if outline is not None:
                own[ids.index(track_id)] = outline.box
        return own

    def _prompt(self, ids: list[int], boxes: Boxes) -> None:
        self.stream.prompt(ids, boxes)

    def _prompt_as_told(self, ids: list[int], masks: sv.CompactMask | None) -> None:
        masked = np.zeros(len(ids), bool) if masks is None else ~absent(masks)
        self._prompt([ids[i] for i in np.flatnonzero(~masked)], self.boxes[~masked])
        if masks is not None and masked.any():
            shapes = masks.to_dense()[masked]
            self.stream.prompt([ids[i] for i in np.flatnonzero(masked)], self.boxes[masked], shapes)

    def _drop(self, ids: list[int]) -> None:
        self.stream.remove(ids)

    def _people(self, image_shape: tuple[int, int]) -> sv.Detections:
        """Turns the frame's masks into what the session returns.

        Whoever is detected is there, even if next to nothing of the mask is left: people in front
        took it. For the others see :func:`settle`.
        """
        stream, others = self.stream, self._without_masks()
        detected = {track_id: self.boxes[row] for track_id, row in self.detected.items()}
        given = [detected.get(track_id) for track_id in stream.ids]
        masks = dict(zip(stream.ids, outlines(stream.logits, image_shape, given), strict=True))
        known = {i: mask for i, mask in masks.items() if mask is not None}
        where = {**{i: mask.box for i, mask in known.items()}, **others, **detected}
        ids = [i for i in [*stream.ids, *others] if i in where]
        tracks = [self.tracks[track_id] for track_id in ids]
        since = (self.age - 1) % self.check_every if self.check_every else 0
        places, there = settle(
            np.array([where[i] for i in ids], np.float32).reshape(-1, 4),
            np.array([track.expected(since) for track in tracks], np.float32).reshape(-1, 4),
            np.array([track.missed + since if track.missed else 0 for track in tracks], int),
            image_shape,
        )
        found = [i for i, shown in zip(ids, there.tolist(), strict=True) if shown]
        shapes = [known.get(i) or _nothing_at(where[i], image_shape) for i in found]
        sure = {i: self.sureness[row] for i, row in self.detected.items()}
        sure |= dict(zip(stream.ids, stream.confidence, strict=True))
        return sv.Detections(
            xyxy=places[there],
            mask=from_crops(
                [shape.mask for shape in shapes], [shape.box[:2] for shape in shapes], image_shape
            ),
            confidence=np.array([sure.get(i, 0) for i in found], np.float32),
            tracker_id=np.array(found, int),
            data=self._described(found),
        )

    def _without_masks(self) -> dict[int, Boxes]:
        """Where they are, xyxy by id, whom the network does not follow in this frame."""
        return {}


def _nothing_at(box: Sequence[float] | Boxes, image_shape: tuple[int, int]) -> Outline:
    """No mask, of somebody who is in a box."""
    x, y = np.clip(np.asarray(box[:2], int), 0, np.array(image_shape[::-1]) - 1).tolist()
    return Outline(NONE, x, y)


def settle(
    own: Boxes, expected: Boxes, missed: NDArray[np.int_], image_shape: tuple[int, int]
) -> tuple[Boxes, NDArray[np.bool_]]:
    """Where people are, and whether that can be said of those whom nobody detects.

    Where somebody is hidden, the mask is the first to stray: for some frames motion says better
    where the person is, unless both agree. After that, a mask on another person's body says
    nothing.

    Args:
        own: float ``(N, 4)``, xyxy: the detection, or else the mask's box.
        expected: float ``(N, 4)``, where motion would have the person.
        missed: int ``(N,)``, frames since the last detection.
        image_shape: ``(H, W)`` of the frame.

    Returns:
        float ``(N, 4)`` and bool ``(N,)``.
    """
    agreed = sv.box_iou_batch(own, expected).diagonal() >= AGREED
    places = np.where(((missed == 0) | (missed > COASTS) | agreed)[:, None], own, expected)
    places = places.clip(0, np.tile(image_shape[::-1], 2)).astype(np.float32)
    shared = sv.box_iou_batch(places, places, sv.OverlapMetric.IOS)
    np.fill_diagonal(shared, 0)
    strayed = (missed > COASTS) & (shared.max(1, initial=0) >= ON_ANOTHER)
    return places, (places[:, 2:] > places[:, :2]).all(1) & ~strayed
