"""Where the sample game's clips and small networks lie, and how they are loaded."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from hoop_plugins.errors import CheckpointError
from hoop_plugins.models import FAMILIES
from hoop_plugins.specs import ModelSpec, Role

WEIGHTS = {
    Role.DETECTOR: "detector.pth",
    Role.TRACKER: "tracker.pt",
    Role.EMBEDDER: "embedder",
    Role.READER: "reader",
}
"""By role: the file or folder of the weights."""


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
    """The small networks, one a role, each under the name "sample"."""
    families = {role: load for role, _, load, _, _ in FAMILIES}
    for role in Role:
        description = "small network of the sample game; knows that rendered world only"
        path = str(sample_data() / "weights" / WEIGHTS[role])
        yield ModelSpec("sample", role, _loader(role, families[role]), description, weights=path)


def _loader(role: Role, load: Callable[..., Any]) -> Callable[..., Any]:
    """The family's loader, with our weights instead of the name."""

    @functools.wraps(load)
    def load_sample(source: str, device: str = "auto", **options: Any) -> Any:
        return load(str(weights(role)), device=device, **options)

    return load_sample
