"""Where the sample game's clips and small networks lie, and how they are loaded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hoop_plugins.errors import CheckpointError
from hoop_plugins.models.roles import Role

if TYPE_CHECKING:
    from hoop_plugins.plugins import ModelSpec

WEIGHTS = {
    Role.DETECTOR: ("rfdetr", "detector.pth"),
    Role.TRACKER: ("sam2", "tracker.pt"),
    Role.EMBEDDER: ("siglip", "embedder"),
    Role.READER: ("smolvlm", "reader"),
}
"""By role: the module of the network, and the file or folder of its weights."""


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
    path = sample_data() / "weights" / WEIGHTS[role][1]
    if not path.exists():
        raise CheckpointError(
            f"the sample network {path.name!r} is not in {path.parent}: install from the repository"
        )
    return path


def register_sample_models(register: Callable[[ModelSpec], None]) -> None:
    """Registers the small networks under the name "sample", one a role."""
    from hoop_plugins.models import _loader
    from hoop_plugins.plugins import ModelSpec

    def load_of(role: Role) -> Callable[..., Any]:
        def load(source: str, device: str = "auto", **options: Any) -> Any:
            return _loader(WEIGHTS[role][0])(str(weights(role)), device=device, **options)

        return load

    for role in Role:
        description = "small network of the sample game; knows that rendered world only"
        path = str(sample_data() / "weights" / WEIGHTS[role][1])
        register(ModelSpec("sample", role, load_of(role), description, weights=path))
