"""Inputs that several forms have."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from fiftyone.operators import types

from hoop_plugins.data.options import Option
from hoop_plugins.errors import OptionError

if TYPE_CHECKING:
    from hoop_plugins.data.fields import Fields
    from hoop_plugins.specs import Role

DEVICES = ("auto", "cpu", "cuda:0", "mps")

MORE = "more"
"""The name of a form's group of what people seldom change."""


def ask(
    inputs: types.Object,
    option: Option,
    *,
    choices: Mapping[Any, str] | Iterable[str] | None = None,
    suggestions: Mapping[str, str] | Iterable[str] | None = None,
    **about: Any,
) -> types.Property:
    """Adds an input for an option.

    Args:
        inputs: Where to add it.
        option: What is asked for; its default is shown, and what is said about it.
        choices: The values that it takes, or their labels by value; of a list, any of them.
        suggestions: Values that are offered besides any other, or what is said of each; those of
            devices, profiles and models are known.
        **about: What FiftyOne is told instead: ``label``, ``description``, ``default``, ``min`` …

    Returns:
        The input.
    """
    name, kind = option.name, option.kind
    words = name.replace("_", " ").capitalize()
    label = re.sub(r"(?i)\bio[us]\b", lambda found: f"Io{found[0][-1].upper()}", words)
    told = {"label": label, "description": option.help, "required": option.required}
    if option.range is not None:
        told |= {"min": option.range.ge, "max": option.range.le}
    about = {**told, "default": option.default, **about}
    if choices is None:  # None is what an empty input stands for
        choices = [each for each in option.choices if each is not None] or None
    if kind == "bool" and about["default"] is None:
        choices = {True: "yes", False: "no"}
    if kind == "list" and choices:
        about["view"] = _filled_with(types.DropdownView(multiple=True), choices)
        return inputs.list(name, types.String(), **about)
    if choices is not None:
        view = _filled_with(types.Dropdown(), choices)
        return inputs.enum(name, view.values(), view=view, **about)
    if (offered := _known(name) if suggestions is None else suggestions) is not None:
        described = offered if isinstance(offered, Mapping) else dict.fromkeys(offered)
        view = types.AutocompleteView(allow_user_input=True)
        for value, description in described.items():
            view.add_choice(value, label=value, description=description)
        return inputs.str(name, view=view, **about)
    return getattr(inputs, "str" if kind == "list" else kind)(name, **about)


def ask_fields(
    inputs: types.Object, texts: Mapping[str, str], names: Fields, known: Iterable[str] = ()
) -> None:
    """Inputs for the names of label fields, below ``fields``.

    Args:
        inputs: Where to add them.
        texts: What is said of each, by its role in :class:`~hoop_plugins.data.fields.Fields`.
        names: What they are called now.
        known: Names to choose from.
    """
    about = "Names of the label fields, without 'frames.'."
    group = fold(inputs, "fields", "Fields", about)
    for role, text in texts.items():
        option = Option(role, "str", getattr(names, role), text)
        ask(group, option, suggestions=list(known) or None, label=role)


def choose_option(inputs: types.Object, option: Option, role: Role | None = None) -> None:
    """An input for a setting of any kind; left empty, it keeps its default.

    Args:
        inputs: Where to add it.
        option: What is set; a list without choices is written with commas between.
        role: Of a model: what it does.
    """
    empty = "" if option.default is None else f" Default: {option.default!r}."
    about: dict[str, Any] = {"description": f"{option.help}{empty}".strip(), "default": None}
    if role is not None:
        about["suggestions"] = _known(role.value)
    ask(inputs, option, **about)


def choose_model(inputs: types.Object, role: Role, name: str = "model", **about: Any) -> None:
    """An input for a model of a role: those that are known, or a path or hub name."""
    ask(inputs, Option(name, "str", None, ""), suggestions=_known(role.value), **about)


def filled(options: Iterable[Option], params: Mapping[str, Any]) -> dict[str, Any]:
    """What a form's parameters say about options; what was left empty is left out."""
    found = {o.name: params[o.name] for o in options if params.get(o.name) not in (None, "", [])}
    for option in options:
        if isinstance(text := found.get(option.name), str):
            if option.kind == "list":
                found[option.name] = [word.strip() for word in text.split(",")]
            elif option.kind in ("int", "float"):
                found[option.name] = _number(option, text)
    return found


def fold(inputs: types.Object, name: str, label: str, description: str = "") -> types.Object:
    """Adds a group that is folded until somebody opens it, and gives what it holds."""
    view = types.ObjectView(label=label, description=description, collapsible=True)
    group: types.Object = inputs.obj(name, view=view).type
    return group


def find_input(inputs: types.Object, name: str) -> types.Property | None:
    """The input of a name, with those of the groups that it is in before it, as "detect.batch"."""
    *groups, last = name.split(".")
    rest = inputs.properties.get(MORE)
    for group in groups:
        if group in inputs.properties:
            inputs = inputs.properties[group].type
    found: types.Property | None = inputs.properties.get(last)
    return found if found or rest is None else find_input(rest.type, name)


def flat(params: Mapping[str, Any]) -> dict[str, Any]:
    """What a form says, with what is in its group :data:`MORE` beside the others."""
    return {**params, **(params.get(MORE) or {})}


def _number(option: Option, text: str) -> float:
    try:
        return float(text) if option.kind == "float" else int(text)
    except ValueError as error:
        line = f"{option.name} is {text!r}: give a number"
        raise OptionError(line, about=option.name) from error


def _filled_with(view: types.Choices, choices: Mapping[Any, str] | Iterable[str]) -> types.Choices:
    labels = choices if isinstance(choices, Mapping) else {choice: choice for choice in choices}
    for value, label in labels.items():
        view.add_choice(value, label=label)
    return view


def _known(name: str) -> Mapping[str, str] | Iterable[str] | None:
    """What is offered for an option of that name, wherever it is asked for."""
    from hoop_plugins import plugins, profiles
    from hoop_plugins.specs import Role

    if name in [role.value for role in Role]:
        return {spec.name: spec.description for spec in plugins.models(Role(name))}
    if name == "profile":
        return profiles.names()
    return DEVICES if name == "device" else None
