"""The four roles that a network can play, and the currency in which networks and stages deal.

Frames and crops are RGB uint8 arrays of shape ``(H, W, 3)``. Boxes are absolute ``xyxy`` pixels.
Detections are :class:`supervision.Detections`; masks in them are
:class:`supervision.CompactMask` (the crop of each box, run-length encoded), so that a frame of ten
people weighs kilobytes. ``data["class_name"]`` holds the labels of the field contract.

Frames or crops that come in one call go through the network in one pass: whoever calls gives as
many as fit in memory, as the ``batch`` of a stage says.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
import supervision as sv
from numpy.typing import NDArray

from hoop_plugins.data.image import Image, VideoInfo
from hoop_plugins.specs import Role


@runtime_checkable
class Detector(Protocol):
    """Finds players, referees, numbers, ball and rim in single frames.

    It should have ``labels``, the classes that it may find: where "number" is not among them,
    numbers are looked for on the players' torsos. Of one without, what it found has to tell.
    """

    def detect(self, frames: Sequence[Image]) -> list[sv.Detections]:
        """Returns one ``sv.Detections`` a frame: ``xyxy`` float32, ``confidence`` in [0, 1] and
        ``data["class_name"]``, a label of ``data.vocabulary.CLASSES`` where the network knows it.
        Everything above a low confidence is returned; the stage chooses the threshold.
        """


@runtime_checkable
class TrackerSession(Protocol):
    """One video being tracked, frame after frame. Memory must not grow with its length."""

    def wants_detections(self) -> bool:
        """Whether the next ``step`` should be given the detections of its frame."""

    def step(self, frame: Image, detections: sv.Detections | None) -> sv.Detections:
        """Advances by one frame.

        Args:
            frame: The next frame of the video.
            detections: The players and referees detected in it, or ``None`` where
                ``wants_detections()`` was false.

        Returns:
            The tracked people of this frame: ``xyxy`` of the mask, ``mask`` (``sv.CompactMask``, a
            single false pixel for who has none; ``None`` where no network makes any),
            ``tracker_id`` from 1, ``confidence`` in [0, 1] and ``data["class_name"]`` ("player" or
            "referee", of the detection that started the track). A session that knows which
            detection each of them is in this frame says so in ``data["detection"]``, int, -1 for
            none; else they are matched by overlap.
        """

    def reset(self) -> None:
        """Forgets everybody: the next frame is of another camera. Track ids go on from the last one
        given. Of a session that has no ``reset``, another one is begun.
        """

    def prompt(self, frame: Image, people: sv.Detections) -> sv.Detections:
        """Begins anew in a frame in which a person said where everybody is; the next ``step`` gets
        the frame after it. A session that has no ``prompt`` cannot be told.

        Args:
            frame: The frame.
            people: Everybody in it: ``xyxy``, ``mask`` as ``step`` returns it, ``tracker_id``,
                ``confidence`` (NaN where a person drew somebody) and ``data["class_name"]``. Whom
                the session followed before is forgotten.

        Returns:
            As ``step``, for who uses a session without stages, which store nothing of it: this
            frame is as people put it right. Everybody keeps the ``tracker_id`` given here; whoever
            comes later gets one that is higher than all of them.
        """

    def state(self) -> dict[str, Any]:
        """Everything needed to go on exactly from here in another process.

        Only tensors, numbers, strings, ``None``, and lists and dictionaries of them, so that what
        ``torch.save`` writes is read with ``torch.load(..., weights_only=True)``: no NumPy arrays,
        no classes.
        """

    def restore(self, state: dict[str, Any]) -> None:
        """Goes on from a ``state()``."""


@runtime_checkable
class Tracker(Protocol):
    """Gives every person an identity in every frame, and a mask if it makes any."""

    def start(self, video: VideoInfo) -> TrackerSession:
        """Begins a video."""


@runtime_checkable
class Embedder(Protocol):
    """Turns crops of players into vectors in which teams lie apart."""

    def embed(self, crops: Sequence[Image]) -> NDArray[np.float32]:
        """Returns float32 ``(N, D)``; ``(0, D)`` for no crops."""


@runtime_checkable
class NumberReader(Protocol):
    """Reads jersey numbers."""

    def read(self, crops: Sequence[Image]) -> NDArray[np.float32]:
        """Returns float32 ``(N, 102)``, rows that sum to 1: the probability of each of
        ``data.vocabulary.NUMBERS``, then of *no number*. ``(0, 102)`` for no crops.
        """


PROTOCOLS: dict[str, type[Any]] = {
    Role.DETECTOR.value: Detector,
    Role.TRACKER.value: Tracker,
    Role.EMBEDDER.value: Embedder,
    Role.READER.value: NumberReader,
}
"""By role: what a model that plays it must have."""


def missing_methods(role: str, model: object) -> list[str]:
    """The methods of a role that an object lacks."""
    wanted = [name for name in vars(PROTOCOLS[role]) if not name.startswith("_")]
    return [name for name in wanted if not callable(getattr(model, name, None))]
