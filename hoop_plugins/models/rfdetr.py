"""The detector: RF-DETR in any of its sizes, through the ``rfdetr`` library."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import numpy as np
import requests
import rfdetr
import supervision as sv
from rfdetr.detr import RFDETR

from hoop_plugins.compat.rfdetr import has_class_names, knows_coco
from hoop_plugins.data.image import Image
from hoop_plugins.data.vocabulary import Vocabulary
from hoop_plugins.errors import CheckpointError
from hoop_plugins.models.loading import refusing, resolve_device

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

    Attributes:
        network: The rfdetr model. COCO's classes other than person and sports ball are dropped.
        labels: The labels that ``detect`` may give. ``class_id`` is an index into them.
    """

    def __init__(self, network: RFDETR) -> None:
        self.network = network
        names = list(COCO_TO_COURT) if knows_coco(network) else network.class_names
        self._ids = {name: index for index, name in enumerate(names)}
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
        names = found.data["class_name"]
        known = found.select(np.array([name in self._ids for name in names], dtype=bool))
        ids = [self._ids[name] for name in known.data["class_name"]]
        labels = np.array([self.labels[index] for index in ids], dtype=object)
        return sv.Detections(
            known.xyxy,
            confidence=known.confidence,
            class_id=np.array(ids, dtype=int),
            data={"class_name": labels},
        )


def load(source: str, device: str = "auto") -> RFDETRDetector:
    """Loads a detector: the path of an RF-DETR checkpoint (any detection size;
    ``checkpoint_best_total.pth`` of a training, for one), or a name of :data:`STOCK`, whose COCO
    weights are downloaded by rfdetr on first use.

    Raises:
        CheckpointError: If there is no such file, it is no RF-DETR detection checkpoint, or the
            download failed.
        DeviceError: If the machine has no such device.
    """
    where = resolve_device(device)
    if source in STOCK:
        unreachable = f"the weights of {source!r} could not be downloaded"
        remedy = "check the connection, or give the path of a checkpoint"
        errors = (OSError, RuntimeError, ValueError, requests.RequestException)
        with refusing(unreachable, remedy, *errors):
            return RFDETRDetector(STOCK[source](device=where))
    path = Path(source).expanduser().resolve()
    if not path.is_file():
        raise CheckpointError(
            f"no detector checkpoint at {source!r}: give a file, or one of {', '.join(STOCK)}"
        )
    remedy = "give the checkpoint_best_total.pth of a training"
    with refusing(f"{source!r} is not an RF-DETR checkpoint", remedy, Exception):
        network = rfdetr.from_checkpoint(path, device=where)
    config = network.model_config
    if config.segmentation_head or config.use_grouppose_keypoints:
        raise CheckpointError(
            f"{source!r} is a {type(network).__name__}, which finds masks or keypoints: "
            "give a checkpoint of a detection size (nano to large)"
        )
    if not has_class_names(network) and config.num_classes != COCO_SLOTS:
        raise CheckpointError(
            f"{source!r} has {config.num_classes} classes without names: "
            "write them into its args['class_names']"
        )
    return RFDETRDetector(network)
