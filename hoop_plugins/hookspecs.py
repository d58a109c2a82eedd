"""The hooks through which everything comes in, ours included: docs/plugins.md has an example each.

A package registers its plugin under the entry-point group ``hoop_plugins``::

    [project.entry-points.hoop_plugins]
    mine = "my_package.hoop"

and implements any of these hooks in that module with ``@hoop_plugins.hookimpl``. Each hook is given
``register``, to be called once for every thing that comes in.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pluggy

from hoop_plugins.specs import CommandSpec, FormatSpec, ModelSpec, ProfileSpec, TrainerSpec

if TYPE_CHECKING:
    import fiftyone.operators as foo

hookspec = pluggy.HookspecMarker("hoop_plugins")
hookimpl = pluggy.HookimplMarker("hoop_plugins")


@hookspec
def register_models(register: Callable[[ModelSpec], None]) -> None:
    """Networks: a name, a role and how to load it."""


@hookspec
def register_stages(register: Callable[[type[Any]], None]) -> None:
    """Steps of the job, with their settings and label fields: subclasses of ``Stage``."""


@hookspec
def register_operators(register: Callable[[type[foo.Operator]], None]) -> None:
    """Operators of the FiftyOne App."""


@hookspec
def register_panels(register: Callable[[type[foo.Panel]], None]) -> None:
    """Panels of the FiftyOne App."""


@hookspec
def register_formats(register: Callable[[FormatSpec], None]) -> None:
    """File formats for labels, to import and to export."""


@hookspec
def register_profiles(register: Callable[[ProfileSpec], None]) -> None:
    """Profiles: the models and settings of a job in a TOML file."""


@hookspec
def register_commands(register: Callable[[CommandSpec], None]) -> None:
    """Commands of ``hoop``."""


@hookspec
def register_trainers(register: Callable[[TrainerSpec], None]) -> None:
    """Ways to fine-tune the models of a role."""
