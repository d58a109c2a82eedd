"""Networks by rule, for tests of how stages run: what they see is known without looking."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import people
import supervision as sv

import hoop_plugins
from hoop_plugins.data.image import Image
from hoop_plugins.data.store import SampleStore
from hoop_plugins.data.vocabulary import NUMBERS
from hoop_plugins.specs import ModelSpec, Role

BRIGHTER = 8
"""Gray levels from one painted frame to the next."""


def paint(frame: int) -> Image:
    """An image that says which frame it is: see :func:`frame_number`."""
    return np.full((180, 320, 3), BRIGHTER * frame, np.uint8)


def frame_number(image: Image) -> int:
    """The number of a painted frame; of another image, some number."""
    return max(1, round(float(image.mean()) / BRIGHTER))


class ByRule:
    """Plays every role: it knows where everybody walks, and that all of them are number 7.

    Args:
        confidence: Of all that it says.
        calls: Counted down at every call; at zero it is as if Ctrl-C were pressed in the network.
    """

    def __init__(self, confidence: float = 0.6, calls: int = -1) -> None:
        self.confidence = confidence
        self.calls = calls
        self.seen = 0

    def _count(self) -> None:
        self.calls -= 1
        if not self.calls:
            raise KeyboardInterrupt

    def detect(self, frames: Sequence[Image]) -> list[sv.Detections]:
        self._count()
        found = [people.detections(frame_number(frame)) for frame in frames]
        for boxes in found:
            boxes.confidence[:] = self.confidence
        return found

    def start(self, video: Any) -> ByRule:
        return self

    def wants_detections(self) -> bool:
        return True

    def step(self, frame: Image, detections: sv.Detections | None) -> sv.Detections:
        self.seen += 1
        self._count()
        found = people.tracked(self.seen)
        # What a frame looks like depends on all frames before it, as with a real tracker.
        found.confidence[:] = self.confidence * self.seen / (self.seen + 1)
        return found

    def reset(self) -> None:
        pass

    def state(self) -> dict[str, Any]:
        return {"seen": self.seen}

    def restore(self, state: dict[str, Any]) -> None:
        self.seen = state["seen"]

    def embed(self, crops: Sequence[Image]) -> np.ndarray:
        self._count()
        return np.stack([crop.mean(axis=(0, 1)) for crop in crops]).astype(np.float32)

    def read(self, crops: Sequence[Image]) -> np.ndarray:
        self._count()
        rows = np.zeros((len(crops), len(NUMBERS) + 1), np.float32)
        rows[:, NUMBERS.index("7")] = self.confidence
        rows[:, -1] = [crop.mean() / 1000 for crop in crops]
        return rows


class Networks:
    """A third party's plugin with such networks under the name "by-rule"."""

    def __init__(self) -> None:
        self.calls = -1
        self.loaded = 0
        self.growing = False

    @hoop_plugins.hookimpl
    def register_models(self, register: Any) -> None:
        for role in Role:
            register(ModelSpec("by-rule", role, self.load))

    def load(self, source: str, device: str = "auto") -> ByRule:
        """Loads one; where they are ``growing``, each is a little surer than the one before."""
        self.loaded += self.growing
        return ByRule(0.5 + 0.1 * self.loaded, self.calls)


LEFT_AT = "left players at"
"""In the record: when the labels were left."""


def stored(clip: SampleStore) -> dict[str, Any]:
    """Everything that was recognized, without ids and times."""

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            left_out = ("_id", "_sample_id", "created_at", "last_modified_at", "run", LEFT_AT)
            return {k: plain(v) for k, v in value.items() if k not in left_out}
        return [plain(item) for item in value] if isinstance(value, list) else value

    clip.dataset.reload()
    whole: dict[str, Any] = plain(clip.dataset.first().to_dict(include_frames=True))
    return whole
