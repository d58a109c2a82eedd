"""Where the sample game's clips and small networks lie, and how they are loaded."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from hoop_plugins import CheckpointError, ModelSpec, Role, load_model
from hoop_plugins.models import COUNTS_IF

WEIGHTS = {
    Role.DETECTOR: "detector.pth",
    Role.TRACKER: "tracker.pt",
    Role.EMBEDDER: "embedder",
    Role.READER: "reader",
}
"""By role: the file or folder of the weights."""

COURT = "rfdetr-court"
"""The family of the small detector's checkpoints: RF-DETR in a size that rfdetr does not know."""


def sample_data() -> Path:
    """The folder of the sample game: in the repository, or inside the installed package."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "sample_data"
    return installed if installed.is_dir() else package.parent / "sample_data"


def weights(role: Role) -> Path:
    """The small network's weights for a role.

    Raises:
        CheckpointError: If they are not there.
    """
    path = sample_data() / "weights" / WEIGHTS[role]
    if not path.exists():
        raise CheckpointError(
            f"the sample network {path.name!r} is not in {path.parent}: install from the repository"
        )
    return path


def models() -> Iterator[ModelSpec]:
    """The small networks, one a role, each under the name "sample"; and detectors by path."""
    loaders = {
        Role.DETECTOR: load_detector,
        Role.TRACKER: load_tracker,
        Role.EMBEDDER: load_embedder,
        Role.READER: load_reader,
    }
    for role, load in loaders.items():
        description = "small network of the sample game; knows that rendered world only"
        path = str(sample_data() / "weights" / WEIGHTS[role])
        options = COUNTS_IF["sam2"] if role is Role.TRACKER else {}
        yield ModelSpec("sample", role, load, description, weights=path, counts_if=options)
    paths = f"{COURT} weights by path (.pth)"
    yield ModelSpec(COURT, Role.DETECTOR, load_court, paths, accepts=is_court)


def load_detector(source: str, device: str = "auto") -> Any:
    """Loads the small RF-DETR."""
    return load_court(str(weights(Role.DETECTOR)), device)


def load_tracker(
    source: str,
    device: str = "auto",
    *,
    masks: Literal["every frame", "selective", "off"] = "every frame",
    check_every: int = 10,
    drift_iou: float = 0.5,
) -> Any:
    """Loads the small SAM2; the options are those of every SAM2."""
    options = {"masks": masks, "check_every": check_every, "drift_iou": drift_iou}
    return load_model("tracker", str(weights(Role.TRACKER)), device, **options)


def load_embedder(source: str, device: str = "auto") -> Any:
    """Loads the small SigLIP."""
    return load_model("embedder", str(weights(Role.EMBEDDER)), device)


def load_reader(source: str, device: str = "auto", *, adapter: str = "") -> Any:
    """Loads the small SmolVLM, with its own LoRA adapter or another one."""
    return load_model("reader", str(weights(Role.READER)), device, adapter=adapter)


def load_court(source: str, device: str = "auto") -> Any:
    """Loads a checkpoint of the small RF-DETR, wherever it was trained."""
    from hoop_plugins.models import rfdetr
    from hoop_plugins.sample.networks import detector  # noqa: F401 - rfdetr knows its size now

    return rfdetr.load_checkpoint(source, device)


def is_court(source: str) -> bool:
    """Whether a path is a checkpoint of the small RF-DETR; its weights are not read for that."""
    if not (source.endswith(".pth") and zipfile.is_zipfile(source)):
        return False
    with zipfile.ZipFile(source) as archive:
        heads = [name for name in archive.namelist() if name.endswith("/data.pkl")]
        return any(b"RFDETRCourt" in archive.read(name) for name in heads)
