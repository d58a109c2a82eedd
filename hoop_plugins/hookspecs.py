"""The hooks through which operators, panels, stages and models come in, ours included.

A package registers its plugin under the entry-point group ``hoop_plugins``::

    [project.entry-points.hoop_plugins]
    mine = "my_package.hoop"

and implements any of these hooks in that module with ``@hoop_plugins.hookimpl``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    import fiftyone.operators as foo

    from hoop_plugins.plugins import ModelSpec, StageSpec

hookspec = pluggy.HookspecMarker("hoop_plugins")
hookimpl = pluggy.HookimplMarker("hoop_plugins")


@hookspec
def register_models(register: Callable[[ModelSpec], None]) -> None:
    """Call ``register`` once for every model: a name, a role and how to load it."""


@hookspec
def register_stages(register: Callable[[StageSpec], None]) -> None:
    """Call ``register`` once for every stage: its settings and how to build it."""


@hookspec
def register_operators(register: Callable[[type[foo.Operator]], None]) -> None:
    """Call ``register`` once for every FiftyOne operator class."""


@hookspec
def register_panels(register: Callable[[type[foo.Panel]], None]) -> None:
    """Call ``register`` once for every FiftyOne panel class."""
