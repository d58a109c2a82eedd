"""Tracking people with SAM2: masks between and within their detections."""

from __future__ import annotations

from typing import Any

import numpy as np
import supervision as sv

from hoop_plugins.data.image import Image
from hoop_plugins.data.masks import from_crops
from hoop_plugins.models.box_session import BoxSession
from hoop_plugins.models.kit_colors import Boxes
from hoop_plugins.models.sam2_outlines import doubles, outlines
from hoop_plugins.models.sam2_stream import SAM2Stream


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

    def _drop(self, ids: list[int]) -> None:
        self.stream.remove(ids)

    def _people(self, image_shape: tuple[int, int]) -> sv.Detections:
        """Turns the frame's masks into what the session returns."""
        stream = self.stream
        rows = [self.detected.get(track_id) for track_id in stream.ids]
        boxes = [None if row is None else self.boxes[row] for row in rows]
        found = {
            i: outline
            for i, outline in enumerate(outlines(stream.logits, image_shape, boxes))
            if outline is not None
        }
        ids = [stream.ids[i] for i in found]
        return sv.Detections(
            xyxy=np.array([outline.box for outline in found.values()], np.float32).reshape(-1, 4),
            mask=from_crops(
                [outline.mask for outline in found.values()],
                [outline.box[:2] for outline in found.values()],
                image_shape,
            ),
            confidence=stream.confidence[list(found)],
            tracker_id=np.array(ids, int),
            data={"class_name": np.array([self.tracks[i].label for i in ids], dtype=str)},
        )
