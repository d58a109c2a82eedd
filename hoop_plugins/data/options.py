"""What can be set, read off where it is declared: a settings dataclass, or a function.

Forms (``operators/inputs.py``) and commands (``cli/options.py``) are made of it.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from types import NoneType, SimpleNamespace, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from hoop_plugins.errors import OptionError


@dataclass(frozen=True)
class Range:
    """The numbers that a setting may have; ``None`` where nothing limits them.

    Attributes:
        ge: The least one.
        gt: What it must be more than.
        le: The greatest one.
        lt: What it must be less than.
    """

    ge: float | None = None
    gt: float | None = None
    le: float | None = None
    lt: float | None = None

    def __contains__(self, value: float) -> bool:
        return (
            (self.ge is None or value >= self.ge)
            and (self.gt is None or value > self.gt)
            and (self.le is None or value <= self.le)
            and (self.lt is None or value < self.lt)
        )

    def __str__(self) -> str:
        words = {"at least": self.ge, "more than": self.gt, "at most": self.le, "below": self.lt}
        return " and ".join(f"{word} {end}" for word, end in words.items() if end is not None)


def ranged(default: Any, **ends: float) -> Any:
    """A field of a settings dataclass that takes some numbers only.

    Args:
        default: Its default; ``None`` stays allowed where it is that.
        **ends: Of :class:`Range`: ``ranged(0.4, ge=0, le=1)``.
    """
    return field(default=default, metadata={"range": Range(**ends)})


def one_of(*choices: str) -> Any:
    """A field of a settings dataclass that takes one of some texts; the first is its default."""
    return field(default=choices[0], metadata={"choices": choices, "others": False})


def check_ranges(settings: Any, where: str = "") -> None:
    """Looks at every setting that declares a range, or all that it may be.

    Args:
        settings: A dataclass.
        where: What stands before the name of each.

    Raises:
        OptionError: If one is not a number in its range, or none of its choices.
    """
    for declared in fields(settings) if is_dataclass(settings) else ():
        value, allowed = getattr(settings, declared.name), declared.metadata.get("range")
        if not declared.metadata.get("others", True) and value not in declared.metadata["choices"]:
            raise _none_of(declared.metadata["choices"], f"{where}{declared.name}", value)
        if allowed is None or (value is None and declared.default is None):
            continue
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not number or value not in allowed:
            name = f"{where}{declared.name}"
            raise OptionError(f"{name} is {value!r}: give {allowed}", about=name)


def check_choices(declared: Callable[..., Any], values: Mapping[str, Any], where: str = "") -> None:
    """Looks at the values for parameters of a function that take some only.

    Args:
        declared: The function: ``masks: Literal["all", "off"] = "all"``.
        values: Values by name.
        where: What stands before the name of each.

    Raises:
        OptionError: If one is none of its choices.
    """
    for option in options_of(declared):
        value = values.get(option.name, option.default)
        if option.choices and value not in (*option.choices, option.default):
            raise _none_of(option.choices, f"{where}{option.name}", value)


def _none_of(choices: tuple[Any, ...], name: str, value: Any) -> OptionError:
    return OptionError(f"{name} is {value!r}: give {' or '.join(map(str, choices))}", about=name)


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
        range: The numbers that it takes, if some only.
    """

    name: str
    kind: str
    default: Any
    help: str
    choices: tuple[Any, ...] = ()
    required: bool = False
    range: Range | None = None


def options_of(declared: Callable[..., Any], *leave_out: str) -> list[Option]:
    """The options that a dataclass or a function declares.

    Args:
        declared: A dataclass, whose "Attributes:" (and those of its bases) say what each field
            does, and whose fields may have ``metadata={"choices": ...}`` or be :func:`ranged`; or
            a function, whose "Args:" say what each parameter with a default does; one that is
            annotated ``Literal[...]``, or that ``| None``, takes those values only.
        leave_out: Names of those that nobody is asked for.

    Returns:
        In the order of their declaration.
    """
    texts = explanations(declared)
    return [
        Option(
            name,
            kind_of(annotation, default),
            default,
            texts.get(name, ""),
            tuple(about.get("choices", ())),
            range=about.get("range"),
        )
        for name, annotation, default, about in _declared(declared)
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
    kinds = ("str", "bool", "int", "float")  # a text says whatever else there may be
    return next((kind for kind in kinds if re.search(rf"\b{kind}\b", written)), "str")


def explanations(declared: Callable[..., Any]) -> dict[str, str]:
    """What the docstrings of a function, or of a class and its bases, say about each name."""
    texts: dict[str, str] = {}
    for each in reversed(inspect.getmro(declared) if inspect.isclass(declared) else [declared]):
        listed = re.split("(?:Attributes|Args):", inspect.cleandoc(each.__doc__ or ""))[-1]
        entries = re.findall(r"^ {4}(\w+): (.+(?:\n {8}.+)*)", listed, flags=re.MULTILINE)
        plain = re.compile(r":\w+:`~?(?:\w+\.)*(\w+)`|``")
        texts |= {name: " ".join(plain.sub(r"\1", text).split()) for name, text in entries}
    return texts


def _declared(declared: Callable[..., Any]) -> Iterator[tuple[str, Any, Any, Mapping[str, Any]]]:
    if is_dataclass(declared):
        for each in fields(declared):
            make = each.default_factory
            default = each.default if make is MISSING else make()
            yield each.name, each.type, default, each.metadata
        return
    for name, parameter in inspect.signature(declared).parameters.items():
        if parameter.default is not parameter.empty:
            choices = _literals(declared, parameter.annotation)
            yield name, parameter.annotation, parameter.default, {"choices": choices}


def _literals(declared: Callable[..., Any], annotation: Any) -> tuple[Any, ...]:
    """What an annotation lists that is ``Literal[...]``, or that ``| None``; nothing of others."""
    names = getattr(inspect.unwrap(declared), "__globals__", {})
    try:
        hint = get_type_hints(SimpleNamespace(__annotations__={"it": annotation}), names)["it"]
    except (AttributeError, NameError, SyntaxError, TypeError):
        return ()  # it says something to people, or to type checkers alone
    parts = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    if any(get_origin(part) is not Literal and part is not NoneType for part in parts):
        return ()
    choices = tuple(choice for part in parts for choice in get_args(part) or (None,))
    # A profile or form has no others.
    return choices if {*map(type, choices)} <= {str, int, bool, NoneType} else ()
