"""typer (before 0.26) with click from 8.5 on: the help of arguments is shown.

Relied on: ``typer.core.TyperArgument`` sets ``help`` before it calls click's constructor, which
from 8.5 on has a ``help`` of its own and leaves it empty. Newer versions of typer bring their own
click.
"""

from __future__ import annotations

import functools
from typing import Any

from typer.core import TyperArgument


def keep_argument_help() -> None:
    """Makes arguments that are made from now on keep their help; twice is as good as once."""
    made = TyperArgument.__init__
    if hasattr(made, "__wrapped__"):
        return

    @functools.wraps(made)
    def init(self: TyperArgument, *, help: str | None = None, **about: Any) -> None:
        made(self, help=help, **about)
        self.help = help

    TyperArgument.__init__ = init  # type: ignore[method-assign]
