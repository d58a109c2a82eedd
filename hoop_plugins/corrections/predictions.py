"""What the networks said, read from labels over which corrections lie; nothing is written."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import supervision as sv

from hoop_plugins.corrections import overlay
from hoop_plugins.data.detections import track_ids
from hoop_plugins.data.store import SampleStore


class Predictions:
    """Gives labels back what was predicted of them.

    Args:
        store: The clip.
    """

    def __init__(self, store: SampleStore) -> None:
        self._tracks = overlay.read(store).tracks

    def restore(self, role: str, found: sv.Detections) -> sv.Detections:
        """A frame's labels as they were before anybody corrected them.

        Args:
            role: The field that they are of, as ``SampleStore.read`` takes it.
            found: As that gives them.

        Returns:
            The same labels in the same order.
        """
        if not self._tracks or role not in ("players", "numbers"):
            return found
        pairs = zip(track_ids(found).tolist(), found.data["predicted_index"], strict=True)
        ids = [shown if predicted is None else predicted for shown, predicted in pairs]
        data = dict(found.data)
        if role == "players":
            data = {name: np.array(values) for name, values in data.items()}
            for row, index in enumerate(ids):
                if index in self._tracks:
                    said = overlay.label_values(self._tracks[index])
                    for name, value in {"class_name": said.pop("label"), **said}.items():
                        data[name][row] = value
        return replace(found, tracker_id=np.array(ids, dtype=int), data=data)
