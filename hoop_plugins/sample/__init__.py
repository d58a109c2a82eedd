"""The rendered sample game: a plugin like any other, that nothing else imports."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from hoop_plugins import CommandSpec, FormatSpec, ModelSpec, ProfileSpec, hookimpl

if TYPE_CHECKING:
    import fiftyone.operators as foo


@hookimpl
def register_models(register: Callable[[ModelSpec], None]) -> None:
    """Registers the small networks under the name "sample", one a role, and detectors by path."""
    from hoop_plugins.sample.weights import models

    for model in models():
        register(model)


@hookimpl
def register_profiles(register: Callable[[ProfileSpec], None]) -> None:
    """Registers the profile of the small networks."""
    register(ProfileSpec("sample", Path(__file__).with_name("sample.toml")))


@hookimpl
def register_formats(register: Callable[[FormatSpec], None]) -> None:
    """Registers the rendered game's own ground truth."""
    from hoop_plugins.sample import rendered

    register(
        FormatSpec(
            "sample",
            "the rendered game's own",
            (rendered.SUFFIX,),
            read=rendered.read,
            find=rendered.find,
        )
    )


@hookimpl
def register_operators(register: Callable[[type[foo.Operator]], None]) -> None:
    """Registers the operator that opens the sample game."""
    from hoop_plugins.sample.operator import LoadSampleGame

    register(LoadSampleGame)


@hookimpl
def register_commands(register: Callable[[CommandSpec], None]) -> None:
    """Registers the commands that make the sample game, and that run everything on it."""
    register(CommandSpec("sample", "hoop_plugins.sample.commands:app", "The rendered sample game."))
    register(
        CommandSpec(
            "demo",
            "hoop_plugins.sample.demo:demo",
            "Run everything, afresh, on the sample game, and open the App on the result.",
        )
    )
