"""Options of commands, made of what is declared of settings."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from typing import Annotated, Any

import typer

from hoop_plugins.data.options import Option

TYPES: dict[str, Any] = {"bool": bool, "int": int, "float": float, "str": str, "list": list[str]}


def with_options(command: Callable[..., None], options: Iterable[Option]) -> Callable[..., None]:
    """A command for Typer with options in the place of its ``**options``.

    Args:
        command: A function with Typer's annotations, and last ``**options``: it is given those that
            a person sets, so that what nobody sets has the default of its declaration.
        options: What can be set.
    """
    signature = inspect.signature(command, eval_str=True)
    *own, _ = signature.parameters.values()
    made = {option.name: _parameter(option) for option in options}

    @functools.wraps(command)
    def run(**values: Any) -> None:
        unset = {name for name in made if values[name] in (None, [])}
        command(**{name: value for name, value in values.items() if name not in unset})

    parameters = [*own, *made.values()]
    run.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return run


def _parameter(option: Option) -> inspect.Parameter:
    """A keyword parameter as Typer reads it; ``None`` where it is not set."""
    name = option.name.replace("_", "-")
    # What is on can be switched off, too.
    names = f"--{name}/--no-{name}" if option.default is True else f"--{name}"
    unsaid = option.default is None or (option.kind not in ("int", "float") and not option.default)
    text = option.help if unsaid else f"{option.help} Default: {option.default}."
    annotation = Annotated[TYPES[option.kind] | None, typer.Option(names, help=text)]
    kind = inspect.Parameter.KEYWORD_ONLY
    return inspect.Parameter(option.name, kind, default=None, annotation=annotation)
