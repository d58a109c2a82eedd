"""FiftyOne's way in: registers what our plugin manager collects, third parties' included."""

from __future__ import annotations

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

from hoop_plugins.compat.fiftyone import allow_operator, read_sent_arrays


def register(context: Any) -> None:
    """Registers every operator and panel, and lets FiftyOne's editor store our labels.

    Args:
        context: FiftyOne's ``PluginContext``.
    """
    from hoop_plugins.operators.base import telling

    read_sent_arrays()
    for kind in (*map(telling, plugins.operators()), *plugins.panels()):
        # FiftyOne drops what fiftyone.yml does not list; third parties cannot list theirs.
        allow_operator(context.plugin_definition, kind().name)
        context.register(kind)
