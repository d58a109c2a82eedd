"""Inputs that several forms have."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from fiftyone.operators import types

if TYPE_CHECKING:
    from hoop_plugins.profiles import Profile
    from hoop_plugins.specs import Role

DEVICES = ("auto", "cpu", "cuda:0", "mps")


def choose(
    inputs: types.Object, name: str, choices: Mapping[str, str] | Iterable[str], **about: Any
) -> None:
    """An input that takes one of some values, by their labels."""
    labels = choices if isinstance(choices, Mapping) else {choice: choice for choice in choices}
    view = types.Dropdown()
    for value, label in labels.items():
        view.add_choice(value, label=label)
    inputs.enum(name, view.values(), view=view, **about)


def suggest(
    inputs: types.Object, name: str, choices: Mapping[str, str] | Iterable[str], **about: Any
) -> None:
    """An input for text, with suggestions that may be described."""
    described = choices if isinstance(choices, Mapping) else dict.fromkeys(choices)
    view = types.AutocompleteView(allow_user_input=True)
    for value, description in described.items():
        view.add_choice(value, label=value, description=description)
    inputs.str(name, view=view, **about)


def choose_several(inputs: types.Object, name: str, choices: Iterable[str], **about: Any) -> None:
    """An input that takes any of some values."""
    view = types.DropdownView(multiple=True)
    for choice in choices:
        view.add_choice(choice, label=choice)
    inputs.list(name, types.String(), view=view, **about)


def choose_profile(inputs: types.Object, profile: Profile, description: str) -> None:
    """An input for a profile: the name of one, or the path of a file."""
    from hoop_plugins import profiles

    suggest(
        inputs,
        "profile",
        profiles.names(),
        default=profile.name,
        label="Profile",
        description=description,
    )


def choose_model(inputs: types.Object, role: Role, name: str = "model", **about: Any) -> None:
    """An input for a model of a role: those that are known, or a path or hub name."""
    from hoop_plugins import plugins

    suggest(inputs, name, {spec.name: spec.description for spec in plugins.models(role)}, **about)


def choose_device(inputs: types.Object) -> None:
    """An input for where the networks run."""
    suggest(
        inputs,
        "device",
        DEVICES,
        default="auto",
        label="Device",
        description="Where the networks run; auto takes a GPU where there is one.",
    )


def choose_value(
    inputs: types.Object, name: str, value: Any, explanation: str, kind: str = ""
) -> None:
    """An input for a setting; left empty, it keeps its value.

    Args:
        inputs: Where to add it.
        name: The setting's.
        value: What it is now; its type is that of the input.
        explanation: What the setting does.
        kind: Its type as written, for a value of ``None``.
    """
    about = {
        "label": name.replace("_", " ").capitalize(),
        "description": f"{explanation} Empty: {value!r}.".strip(),
    }
    kind = kind if value is None else type(value).__name__
    if "bool" in kind:
        choose(inputs, name, {True: "yes", False: "no"}, **about)  # type: ignore[dict-item]
    elif "int" in kind:
        inputs.int(name, **about)
    elif "float" in kind:
        inputs.float(name, **about)
    else:
        inputs.str(name, **about)


def explanations(thing: Callable[..., Any], section: str) -> dict[str, str]:
    """What a docstring says about each name in one of its sections ("Args", "Attributes")."""
    listed = (inspect.getdoc(thing) or "").partition(f"{section}:")[2]
    entries = re.findall(r"^ {4}(\w+): (.+(?:\n {8}.+)*)", listed, flags=re.MULTILINE)
    return {name: " ".join(text.split()) for name, text in entries}
