"""FiftyOne's way in: registers what our plugin manager collects, third parties' included."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Any

try:
    from hoop_plugins import plugins
except ModuleNotFoundError as error:
    if error.name != "hoop_plugins":
        raise
    # The plugin was downloaded with FiftyOne, not installed with pip.
    sys.path.append(str(Path(__file__).resolve().parents[1]))
    from hoop_plugins import plugins

logger = logging.getLogger("hoop_plugins")


def register(context: Any) -> None:
    """Registers every operator and panel.

    Args:
        context: FiftyOne's ``PluginContext``.
    """
    definition = context.plugin_definition
    for kind in (*plugins.operators(), *plugins.panels()):
        try:
            name = kind(_builtin=False).name
        except Exception as error:  # noqa: BLE001 - whatever a stranger's code raises
            logger.warning(
                "%s.%s is left out: %s: %s",
                kind.__module__,
                kind.__qualname__,
                type(error).__name__,
                error,
            )
            continue
        if not definition.can_register_operator(name):
            # FiftyOne drops what fiftyone.yml does not list; third parties cannot list theirs.
            definition._metadata.setdefault("operators", []).append(name)
        context.register(kind)
