"""SAM2 as the tracker: official weights by name, one's own by path, the sample's small network."""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from huggingface_hub import hf_hub_download
from omegaconf.errors import OmegaConfBaseException
from sam2.build_sam import HF_MODEL_ID_TO_FILENAMES
from sam2.modeling.sam2_base import SAM2Base

from hoop_plugins.compat.sam2 import OFFICIAL_OVERRIDES, build, packaged
from hoop_plugins.data.image import VideoInfo
from hoop_plugins.errors import CheckpointError
from hoop_plugins.models import SIZES
from hoop_plugins.models.box_session import BoxTracker
from hoop_plugins.models.loading import refusing, resolve_device
from hoop_plugins.models.sam2_session import SAM2Session
from hoop_plugins.models.sam2_stream import SAM2Stream
from hoop_plugins.models.selective_session import SelectiveSession

HUB = "facebook/"
EXAMPLE = "configs/sam2.1/sam2.1_hiera_t.yaml"


@dataclass(frozen=True)
class SAM2Tracker:
    """Gives every person a mask and an identity with SAM2.

    Attributes:
        model: The network, on its device.
        dense_boxes: Whether it was trained with boxes drawn as masks.
        check_every: As for :func:`hoop_plugins.models.load_tracker`.
        drift_iou: As for :func:`hoop_plugins.models.load_tracker`.
        selective: Whether masks are of those only who have somebody alike in front of them.
    """

    model: SAM2Base
    dense_boxes: bool
    check_every: int
    drift_iou: float
    selective: bool = False

    def start(self, video: VideoInfo) -> SAM2Session:
        """Begins a video; sessions of one tracker are independent of each other."""
        stream = SAM2Stream(self.model, self.dense_boxes)
        if self.selective:
            return SelectiveSession(stream, self.drift_iou)
        return SAM2Session(stream, self.check_every, self.drift_iou)


def load(
    source: str | Path,
    device: str | None = "auto",
    check_every: int = 10,
    drift_iou: float = 0.5,
    masks: Literal["every frame", "selective", "off"] = "every frame",
) -> SAM2Tracker | BoxTracker:
    """Loads a tracker, see :func:`hoop_plugins.models.load_tracker`: a name of ``SIZES["sam2"]``,
    downloaded from the hub; the path of a checkpoint that records its configuration; or
    ``CHECKPOINT@CONFIG``, where the configuration is a YAML file or one that comes with sam2
    (``configs/sam2.1/sam2.1_hiera_t.yaml``).

    Raises:
        CheckpointError: If the weights are missing, unreadable, or of another network.
        DeviceError: If the machine has no such device.
    """
    if masks == "off":
        return BoxTracker()
    where = resolve_device(device)
    name, _, named = str(source).partition("@")
    path, overrides, dense_boxes = Path(name), list(OFFICIAL_OVERRIDES), False
    official = str(source) in SIZES["sam2"]
    if official:
        named, file = HF_MODEL_ID_TO_FILENAMES[HUB + name]
        unreachable = f"{name} could not be downloaded from the hub and is not in its cache"
        with refusing(unreachable, "connect once, or give a checkpoint's path", OSError):
            path = Path(hf_hub_download(HUB + name, file))
    if not path.is_file():
        known = ", ".join(SIZES["sam2"])
        raise CheckpointError(
            f"no tracker weights at {path}: give a checkpoint's path, or one of {known}"
        )
    errors: tuple[type[Exception], ...] = (pickle.UnpicklingError, RuntimeError, EOFError)
    with refusing(f"{path} is not a PyTorch checkpoint", "give one of SAM2", *errors):
        content = torch.load(path, map_location="cpu", weights_only=True)
    if not isinstance(content, dict) or not isinstance(content.get("model"), dict):
        raise CheckpointError(f'{path} is not a SAM2 checkpoint: it has no "model" weights')
    config = packaged(named) if official or not Path(named).is_file() else Path(named)
    if not named:
        recorded = content.get("config")
        if not isinstance(recorded, dict):
            raise CheckpointError(
                f"{path} does not record its configuration: name it, as in {path}@{EXAMPLE}"
            )
        config, overrides = packaged(recorded["config"]), recorded["overrides"]
        dense_boxes = recorded["dense_boxes"]
    if not config.is_file():
        raise CheckpointError(
            f"no SAM2 configuration {named}: give a YAML file, or one that comes with sam2 such as "
            f"{EXAMPLE}"
        )
    errors = (OmegaConfBaseException, AttributeError)
    with refusing(f"{config} is not a SAM2 configuration", f"name one such as {EXAMPLE}", *errors):
        model = build(config, overrides)
    unfit = f"the weights of {name} do not fit the configuration {config.name}"
    with refusing(unfit, "name the one they were trained with", RuntimeError):
        model.load_state_dict(content["model"])
    selective = masks == "selective"
    return SAM2Tracker(model.to(where), dense_boxes, check_every, drift_iou, selective)
