"""Who is on the court, frame by frame: basketball video to identified players in FiftyOne."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hoop_plugins.hookspecs import hookimpl

if TYPE_CHECKING:
    from hoop_plugins.api import evaluate, recognize
    from hoop_plugins.plugins import load_model
    from hoop_plugins.stages.stage import Stage

__all__ = ["Stage", "evaluate", "hookimpl", "load_model", "recognize"]

_HOMES = {
    "Stage": "hoop_plugins.stages.stage",
    "evaluate": "hoop_plugins.api",
    "load_model": "hoop_plugins.plugins",
    "recognize": "hoop_plugins.api",
}


def __getattr__(name: str) -> Any:
    # FiftyOne imports this package whenever it lists operators, so nothing heavy happens here.
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
