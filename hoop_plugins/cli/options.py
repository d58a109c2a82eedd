"""Options of commands, made of what is declared of settings and use cases."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, cast

import typer

from hoop_plugins import plugins, profiles
from hoop_plugins.data.options import Option, option_of
from hoop_plugins.specs import Role, accepts_nothing

TYPES: dict[str, Any] = {"bool": bool, "int": int, "float": float, "str": str, "list": list[str]}


def takes(
    declared: Callable[..., Any], *names: str, **flags: str
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Gives a command options that a use case declares, in the place of its ``**options``.

    Args:
        declared: The use case.
        *names: Which of its parameters; one without a default becomes an argument.
        **flags: Those whose options are called otherwise, as ``kind="--format"``.
    """
    options = [option_of(declared, name) for name in (*names, *flags)]
    return functools.partial(with_options, options=options, flags=flags)


def with_options(
    command: Callable[..., None], options: Iterable[Option], flags: Mapping[str, str] | None = None
) -> Callable[..., None]:
    """A command for Typer with options in the place of its ``**options``.

    Args:
        command: A function with Typer's annotations, and last ``**options``: it is given those that
            a person sets, so that what nobody sets has the default of its declaration.
        options: What can be set.
        flags: What options are called that are not called as they are declared, by name.
    """
    signature = inspect.signature(command, eval_str=True)
    *own, _ = signature.parameters.values()
    made = {option.name: _parameter(option, (flags or {}).get(option.name)) for option in options}

    @functools.wraps(command)
    def run(**values: Any) -> None:
        for name in made:
            if isinstance(texts := values[name], list):  # of which a text may hold several
                values[name] = [word.strip() for text in texts for word in text.split(",")]
        unset = {name for name in made if values[name] in (None, "", [])}
        command(**{name: value for name, value in values.items() if name not in unset})

    keyword = inspect.Parameter.KEYWORD_ONLY
    parameters = [*(parameter.replace(kind=keyword) for parameter in own), *made.values()]
    run.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return run


def _completion(name: str) -> Callable[[str], list[str]] | None:
    """What a shell offers for an option: the names of profiles, or of the models of a role."""
    if name != "profile" and name not in set(Role):
        return None

    def known(incomplete: str) -> list[str]:
        if name == "profile":
            found = profiles.names()
        else:
            specs = plugins.models(Role(name))
            found = [spec.name for spec in specs if spec.accepts is accepts_nothing]
        return [each for each in found if each.startswith(incomplete)]

    return known


def _parameter(option: Option, flag: str | None) -> inspect.Parameter:
    """A keyword parameter as Typer reads it; ``None`` where it is not set."""
    name = option.name.replace("_", "-")
    # What is on can be switched off, too.
    names = flag or (f"--{name}/--no-{name}" if option.default is True else f"--{name}")
    unsaid = option.default is None or (option.kind not in ("int", "float") and not option.default)
    shown = ",".join(option.default) if option.kind == "list" and not unsaid else option.default
    text = option.help if unsaid else f"{option.help} Default: {shown}."
    kind: Any = TYPES[option.kind]
    default: Any = None
    about: Any = typer.Option(names, help=text, autocompletion=_completion(option.name))
    if option.required:
        default = inspect.Parameter.empty
        about = about if flag else typer.Argument(help=text)
    else:
        kind = kind | None
    annotation = cast(Any, Annotated)[kind, about]
    keyword = inspect.Parameter.KEYWORD_ONLY
    return inspect.Parameter(option.name, keyword, default=default, annotation=annotation)
