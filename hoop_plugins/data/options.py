"""What can be set, read off where it is declared: a settings dataclass, or a function.

Forms (``operators/inputs.py``) and commands (``cli/options.py``) are made of it.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import MISSING, dataclass, fields, is_dataclass
from typing import Any


@dataclass(frozen=True)
class Option:
    """Something that can be set.

    Attributes:
        name: Its name in Python.
        kind: "bool", "int", "float", "str", or "list" (of texts).
        default: Its value where nobody sets it.
        help: What it does.
        choices: Values that it may have; empty for any.
        required: Whether there is no default.
    """

    name: str
    kind: str
    default: Any
    help: str
    choices: tuple[Any, ...] = ()
    required: bool = False


def options_of(declared: Callable[..., Any], *leave_out: str) -> list[Option]:
    """The options that a dataclass or a function declares.

    Args:
        declared: A dataclass, whose "Attributes:" (and those of its bases) say what each field
            does, and whose fields may have ``metadata={"choices": ...}``; or a function, whose
            "Args:" say what each parameter with a default does.
        leave_out: Names of those that nobody is asked for.

    Returns:
        In the order of their declaration.
    """
    texts = explanations(declared)
    return [
        Option(name, kind_of(annotation, default), default, texts.get(name, ""), choices)
        for name, annotation, default, choices in _declared(declared)
        if name not in leave_out
    ]


def option_of(declared: Callable[..., Any], name: str) -> Option:
    """One option by its name, also of a function's parameter that has no default."""
    for option in options_of(declared):
        if option.name == name:
            return option
    kind = kind_of(inspect.signature(declared).parameters[name].annotation)
    return Option(name, kind, None, explanations(declared)[name], required=True)


def kind_of(annotation: Any, default: Any = None) -> str:
    """What sort of value an annotation, or else a default, stands for; see :class:`Option`."""
    written = str(annotation) if default is None else type(default).__name__
    if re.match(r"(tuple|list|Sequence)\b", written):
        return "list"
    return next((k for k in ("bool", "int", "float") if re.search(rf"\b{k}\b", written)), "str")


def explanations(declared: Callable[..., Any]) -> dict[str, str]:
    """What the docstrings of a function, or of a class and its bases, say about each name."""
    texts: dict[str, str] = {}
    for each in reversed(inspect.getmro(declared) if inspect.isclass(declared) else [declared]):
        listed = re.split("(?:Attributes|Args):", inspect.cleandoc(each.__doc__ or ""))[-1]
        entries = re.findall(r"^ {4}(\w+): (.+(?:\n {8}.+)*)", listed, flags=re.MULTILINE)
        plain = re.compile(r":\w+:`~?(?:\w+\.)*(\w+)`|``")
        texts |= {name: " ".join(plain.sub(r"\1", text).split()) for name, text in entries}
    return texts


def _declared(declared: Callable[..., Any]) -> Iterator[tuple[str, Any, Any, tuple[Any, ...]]]:
    if is_dataclass(declared):
        for field in fields(declared):
            make = field.default_factory
            default = field.default if make is MISSING else make()
            yield field.name, field.type, default, tuple(field.metadata.get("choices", ()))
        return
    for name, parameter in inspect.signature(declared).parameters.items():
        if parameter.default is not parameter.empty:
            yield name, parameter.annotation, parameter.default, ()
