"""Tracking people by their detections, and with SAM2 where teammates meet."""

from __future__ import annotations

import numpy as np
import supervision as sv

from hoop_plugins.data.detections import covered
from hoop_plugins.models.association import SAME_KIT
from hoop_plugins.models.kit_colors import Boxes, likeness
from hoop_plugins.models.sam2_session import SAM2Session
from hoop_plugins.models.sam2_stream import SAM2Stream

AHEAD = 5
"""Frames before two people meet, as they move now, in which the network begins."""

MEETS, PARTS = 0.2, 0.1
"""Shares of a person that somebody alike covers: the network follows from the first one on, and
until it is less than the second.
"""

COASTS = 2
"""Frames in which motion tells where somebody is whom neither a detection nor the network shows."""


class SelectiveSession(SAM2Session):
    """One video being tracked, with masks of those who have somebody alike in front of them.

    Everybody is followed by their detections, as without masks. Who is about to be covered by
    somebody of the same kit, or of an unknown one, could be taken for them: the network is prompted
    while the detection is still good, and follows until both are apart and detected again. Where
    nobody is, it does nothing.

    Args:
        stream: The network at work.
        drift_iou: As for :func:`hoop_plugins.models.load_tracker`.
    """

    def __init__(self, stream: SAM2Stream, drift_iou: float = 0.5) -> None:
        super().__init__(stream, check_every=1, drift_iou=drift_iou)

    def _prompt(self, ids: list[int], boxes: Boxes) -> None:
        """Begins the masks of those anew who have one; :meth:`_choose` says who is to have one."""
        masked = [i for i, track_id in enumerate(ids) if track_id in self.stream.ids]
        self.stream.prompt([ids[i] for i in masked], boxes[masked])

    def _people(self, image_shape: tuple[int, int]) -> sv.Detections:
        if self.asked:
            self._choose()
        return super()._people(image_shape)

    def _choose(self) -> None:
        """Begins the masks of those whom somebody alike covers or soon will; drops the others."""
        if not self.tracks:
            return
        tracks = self.tracks.values()
        shirts = np.array([track.colors for track in tracks])
        alike = likeness(shirts, shirts) >= SAME_KIT
        share = np.zeros(len(tracks))
        for frames in (0, AHEAD):
            places = np.array([track.expected(frames) for track in tracks])
            share = np.maximum(share, np.where(alike, covered(places, places), 0).max(1))
        near = dict(zip(self.tracks, share.tolist(), strict=True))
        masked = self.stream.ids
        self.stream.remove([i for i in masked if i in self.detected and near[i] < PARTS])
        met = [i for i in self.detected if i not in masked and near[i] >= MEETS]
        self.stream.prompt(met, self.boxes[[self.detected[i] for i in met]])

    def _without_masks(self) -> dict[int, Boxes]:
        return {
            track_id: track.expected(0)
            for track_id, track in self.tracks.items()
            if track_id not in self.stream.ids and track.missed <= COASTS
        }
