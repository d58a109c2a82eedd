"""The detector: RF-DETR in any of its sizes, through the ``rfdetr`` library."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import requests
import rfdetr
import supervision as sv
from huggingface_hub import hf_hub_download
from rfdetr.detr import RFDETR

from hoop_plugins.compat.rfdetr import (
    counts_as_its_dataset,
    has_class_names,
    knows_coco,
    lacking,
)
from hoop_plugins.data.image import Image
from hoop_plugins.data.vocabulary import Vocabulary
from hoop_plugins.errors import CheckpointError
from hoop_plugins.models.hub import hub_file
from hoop_plugins.models.loading import refuse_partial, refusing, resolve_device

KINDS = (rfdetr.RFDETRNano, rfdetr.RFDETRSmall, rfdetr.RFDETRMedium, rfdetr.RFDETRLarge)
STOCK: dict[str, type[RFDETR]] = {f"{kind.size}": kind for kind in KINDS}
"""The names under which rfdetr's COCO weights can be asked for."""

COCO_TO_COURT = {name: Vocabulary().label(name) for name in ("person", "sports ball")}

COCO_SLOTS = 90
"""Class slots of RF-DETR on COCO, whose ids have gaps. Only there may the names be left out."""

FLOOR = 0.05
"""Confidence below which nothing is returned. The detection stage chooses the threshold to use."""

# Its warnings advise on compiling and on pretrained backbones: nothing that our users can act on.
logging.getLogger("rf-detr").setLevel(logging.ERROR)


class RFDETRDetector:
    """Finds what an RF-DETR was trained to find; plays the ``Detector`` role.

    Args:
        network: The rfdetr model.
        names: Its classes, where it does not name them itself.
        first: Which of its outputs the first class has.

    Attributes:
        network: The rfdetr model. COCO's classes other than person and sports ball are dropped.
        labels: The labels that ``detect`` may give. ``class_id`` is an index into them.
    """

    def __init__(self, network: RFDETR, names: Sequence[str] = (), first: int = 0) -> None:
        self.network = network
        self._coco = not names and knows_coco(network)
        names = names or (list(COCO_TO_COURT) if self._coco else network.class_names)
        slots: Iterable[Any] = names if self._coco else range(first, first + len(names))
        self._ids = {slot: index for index, slot in enumerate(slots)}
        self.labels = tuple(COCO_TO_COURT.get(name, name) for name in names)

    def detect(self, frames: Sequence[Image]) -> list[sv.Detections]:
        """Finds people and things in frames.

        Args:
            frames: RGB uint8 images of shape ``(H, W, 3)``; sizes may differ. All go through the
                network together.

        Returns:
            One ``sv.Detections`` a frame, everything above a confidence of :data:`FLOOR`: ``xyxy``
            float32 in pixels, ``confidence`` in [0, 1], ``class_id`` an index into ``labels``,
            ``data["class_name"]``.
        """
        if not frames:
            return []
        found = self.network.predict(list(frames), threshold=FLOOR, include_source_image=False)
        return [self._translate(detections) for detections in cast("list[sv.Detections]", found)]

    def _translate(self, found: sv.Detections) -> sv.Detections:
        """Drops the classes that have no label, the network's empty slot among them."""
        # COCO's ids have gaps. Elsewhere rfdetr takes the last output for the empty slot, which in
        # old checkpoints may be a class.
        slots = list(found.data["class_name"] if self._coco else cast(Any, found.class_id))
        known = found.select(np.array([slot in self._ids for slot in slots], dtype=bool))
        ids = [self._ids[slot] for slot in slots if slot in self._ids]
        labels = np.array([self.labels[index] for index in ids], dtype=object)
        return sv.Detections(
            known.xyxy,
            confidence=known.confidence,
            class_id=np.array(ids, dtype=int),
            data={"class_name": labels},
        )


def load(source: str, device: str = "auto") -> RFDETRDetector:
    """Loads a detector of :data:`STOCK`, whose COCO weights are downloaded by rfdetr on first use.

    Raises:
        CheckpointError: If the download failed.
        DeviceError: If the machine has no such device.
    """
    unreachable = f"the weights of {source!r} could not be downloaded"
    remedy = "check the connection, or give the path of a checkpoint"
    errors = (OSError, RuntimeError, ValueError, requests.RequestException)
    where = resolve_device(device)
    with refusing(unreachable, remedy, *errors):
        return RFDETRDetector(STOCK[source](device=where))


def load_checkpoint(
    source: str,
    device: str = "auto",
    size: str = "",
    resolution: int = 0,
    class_names: Sequence[str] = (),
    first_class: int | None = None,
) -> RFDETRDetector:
    """Loads an RF-DETR checkpoint of any detection size, see
    :func:`hoop_plugins.models.load_checkpoint`.

    Raises:
        CheckpointError: If there is no such file, it is no RF-DETR detection checkpoint, what it
            finds is not known, or the download failed.
        DeviceError: If the machine has no such device.
    """
    where = resolve_device(device)
    path = Path(source).expanduser().resolve()
    if found := hub_file(source):
        repo, name, revision = found
        unreachable = f"{source} could not be downloaded from the hub and is not in its cache"
        with refusing(unreachable, "connect once, or give the path of a copy", OSError):
            path = Path(hf_hub_download(repo, name, revision=revision))
    if not path.is_file():
        raise CheckpointError(
            f"no detector checkpoint at {source!r}: give a file, or one of {', '.join(STOCK)}"
        )
    if size and size not in STOCK:
        raise CheckpointError(f"size is {size!r}: give one of {', '.join(STOCK)}")
    wanted: dict[str, Any] = {"device": where, **({"resolution": resolution} if resolution else {})}
    remedy = "give the checkpoint_best_total.pth of a training"
    with refusing(f"{source!r} is not an RF-DETR checkpoint", remedy, Exception):
        if size:
            network = STOCK[size](pretrain_weights=str(path), **wanted)
        else:
            network = rfdetr.from_checkpoint(path, **wanted)
    if size:
        refuse_partial(f"{source!r} as {size}", lacking(network, path))
    config = network.model_config
    if config.segmentation_head or config.use_grouppose_keypoints:
        raise CheckpointError(
            f"{source!r} is a {type(network).__name__}, which finds masks or keypoints: "
            "give a checkpoint of a detection size (nano to large)"
        )
    named = has_class_names(network)
    if knows_coco(network) and (named or config.num_classes == COCO_SLOTS):
        return RFDETRDetector(network)
    names = tuple(network.class_names) if named else tuple(class_names)
    if not names:
        raise CheckpointError(
            f"{source!r} has {config.num_classes} classes without names: "
            "give them, in order, as class_names of [detect.options]"
        )
    # One output may be the empty slot; of old checkpoints, one before the first class, too.
    outputs = config.num_classes + 1
    first = 0
    if counts_as_its_dataset(path) and outputs > len(names):
        if first_class is None:
            raise CheckpointError(
                f"{source!r} is of rfdetr before 1.7, which counted classes as the dataset did: "
                "give first_class = 1 in [detect.options] for an export of Roboflow, 0 where the "
                "first class had the id 0"
            )
        first = first_class
    if not len(names) <= outputs - first <= len(names) + 1:
        raise CheckpointError(
            f"{source!r} has {outputs} outputs, from the first class on {outputs - first}, which "
            f"does not fit {len(names)} class names: {', '.join(names)}"
        )
    return RFDETRDetector(network, names, first)
