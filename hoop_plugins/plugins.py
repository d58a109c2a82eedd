"""The plugin manager: finds plugins, and answers which models, stages, operators … there are."""

from __future__ import annotations

import difflib
import importlib
import logging
from collections.abc import Callable, Mapping
from functools import cache, partial
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pluggy

from hoop_plugins import hookspecs
from hoop_plugins.data.options import check_choices
from hoop_plugins.errors import HoopError, PluginError, UnknownModelError
from hoop_plugins.specs import (
    CommandSpec,
    FormatSpec,
    ModelSpec,
    ProfileSpec,
    Role,
    TrainerSpec,
    Weights,
    accepts_nothing,
)

logger = logging.getLogger(__name__)

DEFAULT_PLUGINS = (
    "hoop_plugins.models",
    "hoop_plugins.stages",
    "hoop_plugins.formats",
    "hoop_plugins.profiles",
    "hoop_plugins.training",
    "hoop_plugins.operators",
    "hoop_plugins.panels",
    "hoop_plugins.cli",
    "hoop_plugins.sample",
)
"""Our own plugins: they come in through the same hooks as everybody's."""


@cache
def manager() -> pluggy.PluginManager:
    """The one plugin manager, filled on first use.

    A third-party plugin that fails to load, or implements a hook that there is not, is named in one
    log line and left out.
    """
    pm = pluggy.PluginManager("hoop_plugins")
    pm.add_hookspecs(hookspecs)
    for name in DEFAULT_PLUGINS:
        if find_spec(name):  # the sample game may have been removed
            pm.register(importlib.import_module(name), name)
    for point in entry_points(group="hoop_plugins"):
        try:
            add(pm, point.load(), point.name)
        except Exception as error:  # noqa: BLE001 - whatever a stranger's code raises
            _leave_out(point.name, f"{type(error).__name__}: {error}")
    return pm


def add(pm: pluggy.PluginManager, plugin: object, name: str) -> None:
    """Registers a plugin with a manager.

    Raises:
        PluginError: If it implements a hook that there is not; it is not registered then.
    """
    pm.register(plugin, name)
    try:
        pm.check_pending()
    except pluggy.PluginValidationError as error:
        callers = pm.get_hookcallers(plugin) or []
        unknown = [caller.name for caller in callers if not caller.has_spec()]
        pm.unregister(plugin)
        known = [hook for hook in vars(hookspecs) if hook.startswith("register_")]
        near = difflib.get_close_matches(unknown[0], known, n=1) if unknown else []
        hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(known)}"
        raise PluginError(f"there is no hook {unknown[0]!r}: {hint}") from error


@cache
def failures() -> dict[str, str]:
    """Plugins that were left out, wholly or in part, with the reason."""
    return {}


def _leave_out(plugin: str, reason: str) -> None:
    if failures().get(plugin) != reason:
        failures()[plugin] = reason
        logger.warning("plugin %r is left out: %s", plugin, reason)


def _collect(hook: str, name_of: Callable[[Any], str]) -> tuple[dict[str, Any], dict[str, str]]:
    """What plugins register through a hook, each called alone: one that raises stops no other.

    Returns:
        What there is, by name; and by name, why it cannot be had, what two strangers both
        registered. A stranger's thing with the name of ours is left out.
    """
    pm = manager()
    plugins = dict(pm.list_name_plugin())
    found: dict[str, Any] = {}
    owners: dict[str, str] = {}
    clashes: dict[str, str] = {}
    for plugin, module in plugins.items():
        others = [other for other in plugins.values() if other is not module]
        items: list[Any] = []
        try:
            pm.subset_hook_caller(hook, others)(register=items.append)
        except Exception as error:
            if plugin in DEFAULT_PLUGINS:
                raise
            _leave_out(plugin, f"{type(error).__name__}: {error}")
            continue
        for item in items:
            try:
                name = name_of(item)
            except Exception as error:  # noqa: BLE001 - whatever a stranger's code raises
                name = getattr(item, "__qualname__", repr(item))
                _leave_out(plugin, f"{name} has no name: {type(error).__name__}: {error}")
                continue
            if name not in found:
                found[name], owners[name] = item, plugin
                continue
            reason = (
                f"its {_kind(hook)} {name!r} has the name of one of {owners[name]!r}: "
                "uninstall one of the two packages"
            )
            _leave_out(plugin, reason)
            if owners[name] not in DEFAULT_PLUGINS:
                clashes[name] = f"plugin {plugin!r}: {reason}"
    return {name: item for name, item in found.items() if name not in clashes}, clashes


def _kind(hook: str) -> str:
    return hook.removeprefix("register_").removesuffix("s")


def _name(item: Any) -> str:
    return str(item.name)


def _app_name(kind: type[Any]) -> str:
    return str(kind().name)


def _model_name(spec: ModelSpec) -> str:
    return f"{Role(spec.role).value} {spec.name}"


def _items(hook: str, name_of: Callable[[Any], str] = _name) -> list[Any]:
    return list(_collect(hook, name_of)[0].values())


def _find(hook: str, name: str) -> Any:
    """One thing by its name.

    Raises:
        HoopError: If there is none, or two packages have one; the message lists the known names.
    """
    found, clashes = _collect(hook, _name)
    if name in clashes:
        raise PluginError(clashes[name])
    if name not in found:
        raise HoopError(f"unknown {_kind(hook)} {name!r}; known: {', '.join(found)}")
    return found[name]


operators: Callable[[], list[type[Any]]] = partial(_items, "register_operators", _app_name)
"""The registered FiftyOne operator classes."""

panels: Callable[[], list[type[Any]]] = partial(_items, "register_panels", _app_name)
"""The registered FiftyOne panel classes."""

formats: Callable[[], list[FormatSpec]] = partial(_items, "register_formats")
"""The registered label formats."""

find_format: Callable[[str], FormatSpec] = partial(_find, "register_formats")
"""One label format by its name."""

profiles: Callable[[], list[ProfileSpec]] = partial(_items, "register_profiles")
"""The profiles that packages bring."""

commands: Callable[[], list[CommandSpec]] = partial(_items, "register_commands")
"""The registered commands of ``hoop``."""

find_stage: Callable[[str], type[Any]] = partial(_find, "register_stages")
"""One stage by its name: a subclass of ``Stage``."""


def stages() -> list[type[Any]]:
    """The registered stages in the order of the job."""
    return sorted(_items("register_stages"), key=lambda stage: stage.order)


def trainers(role: Role | None = None) -> list[TrainerSpec]:
    """The registered trainers, of one role or of all."""
    return [spec for spec in _items("register_trainers") if role in (None, spec.role)]


def models(role: Role | None = None) -> list[ModelSpec]:
    """The registered models, of one role or of all, by name."""
    specs = [s for s in _items("register_models", _model_name) if role in (None, s.role)]
    return sorted(specs, key=lambda spec: (spec.role.value, spec.name))


def find_model(role: Role, source: str) -> ModelSpec:
    """Finds who can load a model.

    Args:
        role: The role it must play.
        source: A registered name, a path, or a hub name.

    Raises:
        UnknownModelError: If nobody knows it; the message lists the known names.
        PluginError: If two packages have a model of that name.
    """
    found: dict[str, ModelSpec]
    found, clashes = _collect("register_models", _model_name)
    name = f"{role.value} {source}"
    if name in clashes:
        raise PluginError(clashes[name])
    if name in found:
        return found[name]
    # Packages that came later know narrower families: they are asked first, as pluggy has it.
    for spec in reversed(found.values()):
        if spec.role == role and spec.accepts(source):
            return spec
    specs = models(role)
    families = [spec for spec in specs if spec.accepts is not accepts_nothing]
    known = ", ".join(spec.name for spec in specs if spec not in families)
    paths = " or ".join(spec.description or spec.name for spec in families)
    raise UnknownModelError(f"unknown {role.value} {source!r}: give {paths}, or one of {known}")


def weights_of(
    role: Role, source: str, device: str = "auto", options: Mapping[str, Any] | None = None
) -> list[Weights]:
    """What a model is loaded from, with some options, as far as its package says so.

    Raises:
        HoopError: As :func:`find_model`.
    """
    spec = find_model(role, source)
    if spec.weights:
        # Of a reader: BASE+ADAPTER, where the base may be the name of another model.
        return [Weights(spec.name, Path(spec.weights.rpartition("+")[2]), fetched=False)]
    return spec.needed(source, device, options or {})


def check_options(
    role: Role, source: str, options: Mapping[str, Any], where: str = ""
) -> ModelSpec:
    """Finds who can load a model with some options.

    Args:
        where: What stands before the name of one that has a value it does not take.

    Raises:
        HoopError: As :func:`find_model`, or if the model does not know an option, or its value.
    """
    spec = find_model(role, source)
    for name in options:
        if not spec.knows(name):
            known = ", ".join(spec.options())
            there = f"known: {known}" if known else "it has none"
            raise HoopError(f"{role.value} {source!r} has no option {name!r}; {there}")
    check_choices(spec.load, options, where)
    return spec


def load_model(role: Role | str, source: str, device: str = "auto", **options: Any) -> Any:
    """Loads a model for a role.

    Args:
        role: "detector", "tracker", "embedder" or "reader".
        source: A registered name, a path, or a hub name.
        device: "auto", "cpu", "mps" or "cuda:N".
        **options: The model's own.

    Returns:
        An object of the role's protocol in ``models/roles.py``.

    Raises:
        HoopError: If nobody knows the model, it does not know an option, or what was loaded lacks a
            method of its role.
    """
    return load(role, source, device, options)


def load(role: Role | str, source: str, device: str, options: Mapping[str, Any]) -> Any:
    """As :func:`load_model`, also with options that are called as its parameters."""
    from hoop_plugins.models.roles import PROTOCOLS, missing_methods

    role = Role(role)
    spec = check_options(role, source, options)
    model = spec.load(source, device=device, **options)
    if missing := missing_methods(role.value, model):
        raise PluginError(
            f"{role.value} {source!r} lacks {', '.join(missing)}: the package that brings it must "
            f"have what hoop_plugins.{PROTOCOLS[role.value].__name__} says"
        )
    return model
