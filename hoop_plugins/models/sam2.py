"""SAM2 as the tracker: official weights by name, one's own by path, the sample's small network."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import torch
from huggingface_hub import hf_hub_download
from omegaconf.errors import OmegaConfBaseException
from sam2.build_sam import HF_MODEL_ID_TO_FILENAMES
from sam2.modeling.sam2_base import SAM2Base

from hoop_plugins.compat.sam2 import OFFICIAL_OVERRIDES, build, packaged
from hoop_plugins.data.image import VideoInfo
from hoop_plugins.errors import CheckpointError
from hoop_plugins.models.device import resolve_device
from hoop_plugins.models.sam2_session import DRIFTED, SAM2Session
from hoop_plugins.models.sam2_stream import SAM2Stream

HUB = "facebook/"
NAMES = tuple(f"sam2.1-hiera-{size}" for size in ("tiny", "small", "base-plus", "large"))

CHECK_EVERY = 10
"""Frames between two checks of the masks against detections."""


class SAM2Tracker:
    """Gives every person a mask and an identity with SAM2.

    Args:
        model: The network, on its device.
        dense_boxes: Whether it was trained with boxes drawn as masks.
        check_every: Frames between two checks against detections; 0 or ``None`` for none.
        drift_iou: A mask whose box has less IoU than this with its detection is prompted again.
    """

    def __init__(
        self,
        model: SAM2Base,
        dense_boxes: bool,
        check_every: int | None,
        drift_iou: float = DRIFTED,
    ) -> None:
        self.model = model
        self.dense_boxes = dense_boxes
        self.check_every = check_every or 0
        self.drift_iou = drift_iou

    def start(self, video: VideoInfo) -> SAM2Session:
        """Begins a video; sessions of one tracker are independent of each other."""
        stream = SAM2Stream(self.model, self.dense_boxes)
        return SAM2Session(stream, self.check_every, self.drift_iou)


def load(
    source: str | Path,
    device: str | None = "auto",
    check_every: int | None = CHECK_EVERY,
    drift_iou: float = DRIFTED,
) -> SAM2Tracker:
    """Loads a tracker.

    Args:
        source: One of :data:`NAMES`, downloaded from the hub; the path of a checkpoint that
            records its configuration; or ``CHECKPOINT@CONFIG``, where the configuration is a YAML
            file or one that comes with sam2 (``configs/sam2.1/sam2.1_hiera_t.yaml``).
        device: "auto", "cpu", "mps", "cuda" or "cuda:N".
        check_every: Frames between two checks against detections; 0 or ``None`` for none.
        drift_iou: A mask whose box has less IoU than this with its detection is prompted again.

    Raises:
        CheckpointError: If the weights are missing, unreadable, or of another network.
        DeviceError: If the machine has no such device.
    """
    where = resolve_device(device)
    if str(source) in NAMES:
        config, file = HF_MODEL_ID_TO_FILENAMES[HUB + str(source)]
        content = _read(_download(str(source), file))
        model = _fill(source, packaged(config), list(OFFICIAL_OVERRIDES), content)
        return SAM2Tracker(model.to(where), False, check_every, drift_iou)
    path, _, named = str(source).partition("@")
    content = _read(Path(path))
    if named:
        model = _fill(path, _config(named), list(OFFICIAL_OVERRIDES), content)
        return SAM2Tracker(model.to(where), False, check_every, drift_iou)
    recorded = content.get("config")
    if not isinstance(recorded, dict):
        raise CheckpointError(
            f"{path} does not record its configuration: name it, as in "
            f"{path}@configs/sam2.1/sam2.1_hiera_t.yaml"
        )
    model = _fill(path, packaged(recorded["config"]), recorded["overrides"], content)
    return SAM2Tracker(model.to(where), recorded["dense_boxes"], check_every, drift_iou)


def _download(name: str, file: str) -> Path:
    try:
        return Path(hf_hub_download(HUB + name, file))
    except OSError as error:
        raise CheckpointError(
            f"{name} could not be downloaded from the Hugging Face hub and is not in its cache: "
            f"connect once, or give a checkpoint's path ({type(error).__name__})"
        ) from error


def _config(named: str) -> Path:
    for path in (Path(named), packaged(named)):
        if path.is_file():
            return path
    raise CheckpointError(
        f"no SAM2 configuration {named}: give a YAML file, or one that comes with sam2 such as "
        f"configs/sam2.1/sam2.1_hiera_t.yaml"
    )


def _read(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise CheckpointError(
            f"no tracker weights at {path}: give a checkpoint's path, or one of {', '.join(NAMES)}"
        )
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError) as error:
        raise CheckpointError(f"{path} is not a PyTorch checkpoint") from error
    if not isinstance(content, dict) or not isinstance(content.get("model"), dict):
        raise CheckpointError(f'{path} is not a SAM2 checkpoint: it has no "model" weights')
    return content


def _fill(
    source: str | Path, config: Path, overrides: list[str], content: dict[str, Any]
) -> SAM2Base:
    try:
        model = build(config, overrides)
    except (OmegaConfBaseException, AttributeError) as error:
        raise CheckpointError(f"{config} is not a SAM2 configuration") from error
    try:
        model.load_state_dict(content["model"])
    except RuntimeError as error:
        raise CheckpointError(
            f"the weights of {source} do not fit the configuration {config.name}: "
            f"name the one they were trained with"
        ) from error
    return model
