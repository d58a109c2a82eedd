"""The plugin manager: finds plugins, and answers which models, stages, operators there are."""

from __future__ import annotations

import importlib
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from typing import Any

import pluggy

from hoop_plugins import hookspecs
from hoop_plugins.errors import UnknownModelError
from hoop_plugins.models.roles import Role

logger = logging.getLogger(__name__)

DEFAULT_PLUGINS = (
    "hoop_plugins.models",
    "hoop_plugins.stages",
    "hoop_plugins.operators",
    "hoop_plugins.panels",
    "hoop_plugins.training",
)
"""Our own plugins: they come in through the same hooks as everybody's."""


def _nothing(source: str) -> bool:
    return False


@dataclass(frozen=True)
class ModelSpec:
    """A model, or a family of models, that can play a role.

    Attributes:
        name: What people type, and what forms list.
        role: The role it plays.
        load: ``load(source, device=..., **options)``; ``source`` is the name, or the path or hub
            name that ``accepts`` took.
        description: One line for forms and ``hoop models``.
        accepts: Whether a path or hub name that is nobody's name belongs to this family.
        weights: The path (of a reader also "BASE+ADAPTER") of the weights, where the name stands
            for files on this machine: what a training starts from.
    """

    name: str
    role: Role
    load: Callable[..., Any]
    description: str = ""
    accepts: Callable[[str], bool] = _nothing
    weights: str = ""


@dataclass(frozen=True)
class StageSpec:
    """A stage of the job.

    Attributes:
        name: The stage's name, and its table in a profile.
        settings: A frozen dataclass of its settings, all with defaults.
        build: ``build(settings, device)`` gives the stage.
        order: Where it stands in the job; the built-in stages are 10, 20, … 60.
        reads: Roles of the fields that it needs (attributes of ``Fields``).
        writes: Roles of the fields that it writes.
    """

    name: str
    settings: type[Any]
    build: Callable[[Any, str], Any]
    order: int
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()


@cache
def manager() -> pluggy.PluginManager:
    """The one plugin manager, filled on first use.

    A third-party plugin that fails to load is named in one log line and left out.
    """
    pm = pluggy.PluginManager("hoop_plugins")
    pm.add_hookspecs(hookspecs)
    for name in DEFAULT_PLUGINS:
        pm.register(importlib.import_module(name), name)
    for point in entry_points(group="hoop_plugins"):
        try:
            pm.register(point.load(), point.name)
        except Exception as error:  # noqa: BLE001 - whatever a stranger's code raises
            failures()[point.name] = f"{type(error).__name__}: {error}"
            logger.warning("plugin %r is left out: %s", point.name, failures()[point.name])
    return pm


@cache
def failures() -> dict[str, str]:
    """Third-party plugins that were left out, with the reason."""
    return {}


def _collect(hook: str) -> Iterator[Any]:
    """What every plugin registers through a hook; one that raises does not stop the rest."""
    pm = manager()
    for implementation in getattr(pm.hook, hook).get_hookimpls():
        found: list[Any] = []
        try:
            implementation.function(register=found.append)
        except Exception as error:
            if implementation.plugin_name in DEFAULT_PLUGINS:
                raise
            failures()[implementation.plugin_name] = f"{type(error).__name__}: {error}"
            logger.warning(
                "plugin %r is left out: %s: %s",
                implementation.plugin_name,
                type(error).__name__,
                error,
            )
            continue
        yield from found


def models(role: Role | None = None) -> list[ModelSpec]:
    """The registered models, of one role or of all, by name."""
    specs = [spec for spec in _collect("register_models") if role in (None, spec.role)]
    return sorted(specs, key=lambda spec: (spec.role.value, spec.name))


def stages() -> list[StageSpec]:
    """The registered stages in the order of the job."""
    return sorted(_collect("register_stages"), key=lambda spec: spec.order)


def operators() -> list[type[Any]]:
    """The registered FiftyOne operator classes."""
    return list(_collect("register_operators"))


def panels() -> list[type[Any]]:
    """The registered FiftyOne panel classes."""
    return list(_collect("register_panels"))


def find_model(role: Role, source: str) -> ModelSpec:
    """Finds who can load a model.

    Args:
        role: The role it must play.
        source: A registered name, a path, or a hub name.

    Raises:
        UnknownModelError: If nobody knows it; the message lists the known names.
    """
    specs = models(role)
    for spec in specs:
        if spec.name == source:
            return spec
    for spec in specs:
        if spec.accepts(source):
            return spec
    families = [spec for spec in specs if spec.accepts is not _nothing]
    known = ", ".join(spec.name for spec in specs if spec not in families)
    paths = " or ".join(spec.description or spec.name for spec in families)
    raise UnknownModelError(f"unknown {role.value} {source!r}: give {paths}, or one of {known}")


def load_model(role: Role | str, source: str, device: str = "auto", **options: Any) -> Any:
    """Loads a model for a role.

    Args:
        role: "detector", "tracker", "embedder" or "reader".
        source: A registered name, a path, or a hub name.
        device: "auto", "cpu", "mps" or "cuda:N".
        **options: Passed to the model's ``load``.

    Returns:
        An object of the role's protocol in ``models/roles.py``.
    """
    spec = find_model(Role(role), source)
    return spec.load(source, device=device, **options)
