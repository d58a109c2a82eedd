"""Weights of the hubs: how large they are, their license, and whether they are here already."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from hoop_plugins.specs import Weights

APACHE = "Apache-2.0"

KNOWN: dict[str, tuple[int, str]] = {
    "rfdetr-nano": (349, APACHE),
    "rfdetr-small": (367, APACHE),
    "rfdetr-medium": (386, APACHE),
    "rfdetr-large": (0, APACHE),
    "sam2.1-hiera-tiny": (156, APACHE),
    "sam2.1-hiera-small": (184, APACHE),
    "sam2.1-hiera-base-plus": (323, APACHE),
    "sam2.1-hiera-large": (898, APACHE),
    "google/siglip-base-patch16-224": (813, APACHE),
    "HuggingFaceTB/SmolVLM2-256M-Video-Instruct": (1030, APACHE),
    "HuggingFaceTB/SmolVLM2-500M-Video-Instruct": (2030, APACHE),
    "GabrieleGiudici/E-BARD-detection-models": (121, "CC-BY-4.0"),
}
"""By name, or the hub's repository: about how many MB are downloaded, and the license."""

RFDETR_FILES = {"rfdetr-large": "rf-detr-large-2026.pth"}
"""Of sizes whose file is called otherwise than the size."""

TRANSFORMERS_FILES = (
    *("model.safetensors", "model.safetensors.index.json", "pytorch_model.bin"),
    *("adapter_model.safetensors", "adapter_model.bin"),
)
"""One of which holds the weights of a hub's model or adapter."""

_HUB_FILE = re.compile(r"hf://([^/@]+/[^/@]+)(?:@([^/]+))?/(.+)")


def hub_file(source: str) -> tuple[str, str, str | None] | None:
    """Reads ``hf://OWNER/NAME@REVISION/FILE``, as ``huggingface_hub`` writes it.

    Returns:
        Repository, file and revision (``None``: the newest); ``None`` if it is something else.
    """
    match = _HUB_FILE.fullmatch(source)
    return (match[1], match[3], match[2]) if match else None


def rfdetr_weights(source: str, device: str = "auto") -> Iterator[Weights]:
    """Of a stock name, a path, or a file of the hub."""
    if found := hub_file(source):
        repository, file, revision = found
        yield _of_hub(repository, repository, file, revision=revision)
    elif source.startswith("rfdetr-"):
        home = os.environ.get("RF_HOME") or os.environ.get("ROBOFLOW_HOME") or "~/.roboflow/models"
        file = RFDETR_FILES.get(source, f"{source.replace('rfdetr', 'rf-detr')}.pth")
        yield _made(source, Path(home).expanduser() / file)
    else:
        yield of_path(source)


def sam2_weights(
    source: str, device: str = "auto", masks: str = "every frame"
) -> Iterator[Weights]:
    """Of a name of the hub, or a path; without masks, it takes none."""
    if masks == "off":
        return
    if source in KNOWN:
        yield _of_hub(source, f"facebook/{source}", f"{source.replace('-', '_')}.pt")
    else:
        yield of_path(source.partition("@")[0])


def transformers_weights(source: str, device: str = "auto") -> Iterator[Weights]:
    """Of hub names or folders, joined by "+" where one is the adapter of the other."""
    for name in [source] if Path(source).is_dir() else source.split("+"):
        if name.count("/") == 1 and not Path(name).exists():
            yield _of_hub(name, name, *TRANSFORMERS_FILES)
        else:
            yield of_path(name)


def of_path(path: str) -> Weights:
    """Of a file or folder, which nobody can download."""
    return Weights(path, Path(path).expanduser(), fetched=False)


def _of_hub(name: str, repository: str, *files: str, revision: str | None = None) -> Weights:
    from huggingface_hub import try_to_load_from_cache

    cached = (try_to_load_from_cache(repository, file, revision=revision) for file in files)
    return _made(name, next((Path(path) for path in cached if isinstance(path, str)), None))


def _made(name: str, path: Path | None) -> Weights:
    megabytes, license_ = KNOWN.get(name, (0, ""))
    return Weights(name, path, megabytes, license_)
