"""The four networks, one file each. They know tensors and ``sv.Detections``, never label fields."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hoop_plugins.hookspecs import hookimpl
from hoop_plugins.models.roles import Role

if TYPE_CHECKING:
    from hoop_plugins.plugins import ModelSpec

FAMILIES: dict[Role, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    Role.DETECTOR: (
        "rfdetr",
        ("rfdetr-nano", "rfdetr-small", "rfdetr-medium", "rfdetr-large"),
        (".pth",),
    ),
    Role.TRACKER: (
        "sam2",
        (
            "sam2.1-hiera-tiny",
            "sam2.1-hiera-small",
            "sam2.1-hiera-base-plus",
            "sam2.1-hiera-large",
        ),
        (".pt", ".yaml"),
    ),
    Role.EMBEDDER: ("siglip", ("google/siglip-base-patch16-224",), ()),
    Role.READER: (
        "smolvlm",
        (
            "HuggingFaceTB/SmolVLM2-256M-Video-Instruct",
            "HuggingFaceTB/SmolVLM2-500M-Video-Instruct",
        ),
        (),
    ),
}
"""By role: the module, the names that its hub knows, and the endings of its weights' files."""


def _loader(module: str) -> Callable[..., Any]:
    def load(source: str, device: str = "auto", **options: Any) -> Any:
        # Imported when it is used: torch and transformers take seconds.
        return import_module(f"hoop_plugins.models.{module}").load(source, device=device, **options)

    return load


def _accepts(endings: tuple[str, ...]) -> Callable[[str], bool]:
    def accepts(source: str) -> bool:
        if endings:
            return source.endswith(endings)
        return Path(source.split("+")[0]).is_dir() or source.count("/") == 1

    return accepts


@hookimpl
def register_models(register: Callable[[ModelSpec], None]) -> None:
    """Registers RF-DETR, SAM2.1, SigLIP and SmolVLM2."""
    from hoop_plugins.plugins import ModelSpec
    from hoop_plugins.sample.weights import register_sample_models

    for role, (module, names, endings) in FAMILIES.items():
        for name in names:
            register(ModelSpec(name, role, _loader(module), f"{name} from its hub"))
        family = f"{module} weights by path ({' or '.join(endings) or 'a folder, or hub name'})"
        register(ModelSpec(module, role, _loader(module), family, accepts=_accepts(endings)))
    register_sample_models(register)
