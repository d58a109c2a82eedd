"""The networks of hoop_plugins in FiftyOne's model zoo: what FiftyOne asks of a remote source.

Which network stands behind a name is what the profile "pretrained" says, unless ``source`` names
another one; weights come from where they always come from, when a model is loaded.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fiftyone.operators import types


def download_model(model_name: str, model_path: str) -> None:
    """Notes that a model may be loaded: its weights are fetched then.

    Args:
        model_name: "hoop/detector", "hoop/tracker", "hoop/embedder" or "hoop/reader".
        model_path: Where FiftyOne looks for it.
    """
    Path(model_path).write_text(f"{model_name} of hoop_plugins; it is loaded by name.\n")


def load_model(
    model_name: str, model_path: str, source: str = "", device: str = "auto", **options: Any
) -> Any:
    """Loads a network as a FiftyOne Model.

    Args:
        model_name: "hoop/detector", "hoop/tracker", "hoop/embedder" or "hoop/reader".
        model_path: Where :func:`download_model` left its note.
        source: Another network than the profile "pretrained" has: a registered name, a path, or a
            hub name.
        device: "auto", "cpu", "mps" or "cuda:N".
        **options: Passed to the network's ``load``.

    Returns:
        See :func:`hoop_plugins.fiftyone_model`.
    """
    from hoop_plugins import Role, fiftyone_model, profiles

    role = Role(model_name.rpartition("/")[2])
    pretrained = profiles.load_profile().model(role)
    return fiftyone_model(role, source or pretrained, device, **options)


def resolve_input(model_name: str, ctx: Any) -> types.Property:
    """Asks in the App which network, and where it runs."""
    inputs = types.Object()
    inputs.str(
        "source",
        label="Network",
        description="A registered name, a path, or a hub name",
        default="",
    )
    inputs.str("device", label="Device", description="auto, cpu, mps or cuda:N", default="auto")
    return types.Property(inputs)
