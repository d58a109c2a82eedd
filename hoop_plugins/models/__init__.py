"""The networks, one file each, and a tracker without any. They know tensors and
``sv.Detections``, never label fields.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from hoop_plugins.hookspecs import hookimpl
from hoop_plugins.models import hub
from hoop_plugins.specs import ModelSpec, Role, Weights

if TYPE_CHECKING:
    from hoop_plugins.models.roles import Detector, Embedder, NumberReader, Tracker

# Each network is imported when it is loaded: torch and transformers take seconds.


def load_detector(source: str, device: str = "auto") -> Detector:
    """Loads RF-DETR as trained on COCO; see ``models/rfdetr.py``."""
    from hoop_plugins.models import rfdetr

    return rfdetr.load(source, device)


def load_checkpoint(
    source: str,
    device: str = "auto",
    *,
    size: str = "",
    resolution: int = 0,
    class_names: Sequence[str] = (),
    first_class: int | None = None,
) -> Detector:
    """Loads an RF-DETR that somebody trained; see ``models/rfdetr.py``.

    Args:
        source: The path of a checkpoint, or ``hf://OWNER/NAME@REVISION/FILE``.
        device: Where it runs.
        size: Of a checkpoint that does not say it: rfdetr-nano, rfdetr-small, ...
        resolution: Side of the network's square input in pixels; 0 for that of the checkpoint.
        class_names: Of a checkpoint that does not name its classes, in order.
        first_class: Of a checkpoint of rfdetr before 1.7, the id of the first class in its dataset:
            1 in exports of Roboflow. Newer ones count from 0.
    """
    from hoop_plugins.models import rfdetr

    return rfdetr.load_checkpoint(source, device, size, resolution, class_names, first_class)


def load_tracker(
    source: str,
    device: str = "auto",
    *,
    masks: Literal["every frame", "selective", "off"] = "every frame",
    check_every: int = 10,
    drift_iou: float = 0.5,
) -> Tracker:
    """Loads SAM2.1; see ``models/sam2.py``.

    Args:
        source: A name of its hub, or "CHECKPOINT@CONFIG".
        device: Where it runs.
        masks: In "every frame" of everybody; "selective": of those who have, or soon will have,
            somebody of the same kit in front of them, and nobody else; or "off".
        check_every: Every so many frames masks are checked against detections; 0: never, which is
            how the original works. Selective ones are in every frame.
        drift_iou: A mask whose box overlaps its detection less than this is prompted again; 0 to 1.
    """
    from hoop_plugins.models import sam2

    return sam2.load(source, device, check_every, drift_iou, masks)


def load_by_detection(source: str, device: str = "auto", *, patience: int = 60) -> Tracker:
    """Makes a tracker that needs no network; see ``models/box_session.py``.

    Args:
        source: Its name.
        device: Of no meaning.
        patience: Frames without a detection after which a track is let go.
    """
    from hoop_plugins.models.box_session import BoxTracker

    return BoxTracker(patience)


def load_fitting_tracker(source: str, device: str = "auto") -> Tracker:
    """Loads the tracker that :func:`fitting_tracker` names."""
    name = fitting_tracker(device)
    return load_by_detection(name) if name == BY_DETECTION else load_tracker(name, device)


def fitting_tracker(device: str = "auto") -> str:
    """The tracker that "auto" stands for on a device: SAM2.1 on a GPU, and where there is none, one
    that takes milliseconds a frame.
    """
    from hoop_plugins.models.loading import resolve_device

    return BY_DETECTION if resolve_device(device) == "cpu" else WITH_MASKS


def fitting_weights(source: str, device: str = "auto") -> Iterable[Weights]:
    """Those of the tracker that :func:`fitting_tracker` names."""
    name = fitting_tracker(device)
    return () if name == BY_DETECTION else hub.sam2_weights(name)


def load_embedder(source: str, device: str = "auto") -> Embedder:
    """Loads SigLIP; see ``models/siglip.py``."""
    from hoop_plugins.models import siglip

    return siglip.load(source, device)


def load_reader(
    source: str,
    device: str = "auto",
    *,
    adapter: str = "",
    prompt: str = "",
    image_px: int = 0,
    allowed: Sequence[str] = (),
) -> NumberReader:
    """Loads SmolVLM2; see ``models/smolvlm.py``.

    Args:
        source: A folder, a hub name, or "BASE+ADAPTER".
        device: Where it runs.
        adapter: Folder or hub name of a LoRA adapter; empty for none.
        prompt: What the model was trained to answer; empty for our own.
        image_px: Side of the model's square input in pixels; 0 for that of the adapter or model.
        allowed: The only numbers that may be read, as a roster's; empty for all.
    """
    from hoop_plugins.models import smolvlm

    return smolvlm.load(source, device, adapter, prompt, image_px, allowed)


def load_ocr(source: str, device: str = "auto") -> NumberReader:
    """Loads PP-OCR, which runs on the CPU on every machine; see ``models/ppocr.py``."""
    from hoop_plugins.models import ppocr

    return ppocr.load()


UNTUNED = "rapidocr"
"""The reader that is there before any was trained."""

COUNTS_IF: dict[str, Mapping[str, Mapping[str, Sequence[Any]]]] = {
    "sam2": {
        "check_every": {"masks": ("every frame",)},
        "drift_iou": {"masks": ("every frame", "selective")},
    }
}
"""By family: options that count only with others; see :class:`~hoop_plugins.specs.ModelSpec`."""

AUTO, BY_DETECTION, WITH_MASKS = "auto", "tracking-by-detection", "sam2.1-hiera-small"
"""Names of trackers: the one that fits the machine, and the two that it may be."""

SIZES = {
    "rfdetr": [f"rfdetr-{size}" for size in ("nano", "small", "medium", "large")],
    "sam2": [f"sam2.1-hiera-{size}" for size in ("tiny", "small", "base-plus", "large")],
    "siglip": ["google/siglip-base-patch16-224"],
    "smolvlm": [f"HuggingFaceTB/SmolVLM2-{size}-Video-Instruct" for size in ("256M", "500M")],
}
"""By family: the names that its hub knows."""

FAMILIES: dict[str, tuple[Role, Callable[..., Any], tuple[str, ...], Callable[..., Any]]] = {
    "rfdetr": (Role.DETECTOR, load_checkpoint, (".pth", ".pt"), hub.rfdetr_weights),
    "sam2": (Role.TRACKER, load_tracker, (".pt", ".yaml"), hub.sam2_weights),
    "siglip": (Role.EMBEDDER, load_embedder, (), hub.transformers_weights),
    "smolvlm": (Role.READER, load_reader, (), hub.transformers_weights),
}
"""By family: its role, its loader, the endings of its weights' files, and where these are."""


def _accepts(endings: tuple[str, ...]) -> Callable[[str], bool]:
    def accepts(source: str) -> bool:
        if endings:
            return source.endswith(endings)
        return Path(source.split("+")[0]).is_dir() or source.count("/") == 1

    return accepts


@hookimpl
def register_models(register: Callable[[ModelSpec], None]) -> None:
    """Registers RF-DETR, SAM2.1, SigLIP, SmolVLM2, PP-OCR, and tracking by detection."""
    fitting = "SAM2.1 on a GPU, tracking-by-detection without one"
    register(ModelSpec(AUTO, Role.TRACKER, load_fitting_tracker, fitting, needs=fitting_weights))
    boxes = "motion, kit colors and assignment: no weights, no masks, runs on any CPU"
    register(ModelSpec(BY_DETECTION, Role.TRACKER, load_by_detection, boxes))
    register(ModelSpec(UNTUNED, Role.READER, load_ocr, "PP-OCR, installed with this package"))
    for family, (role, load, endings, needs) in FAMILIES.items():
        stock = load_detector if family == "rfdetr" else load
        about: dict[str, Any] = {"needs": needs, "counts_if": COUNTS_IF.get(family, {})}
        for name in SIZES[family]:
            register(ModelSpec(name, role, stock, f"{name} from its hub", **about))
        paths = f"{family} weights by path ({' or '.join(endings) or 'a folder, or hub name'})"
        register(ModelSpec(family, role, load, paths, accepts=_accepts(endings), **about))
