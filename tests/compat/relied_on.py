"""Failing with the name of the library, its version and the module to look at."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from importlib.metadata import version
from typing import Any


def require(library: str, owner: Any, *names: str) -> None:
    """Fails if an object or class of a library lacks something that ``compat`` relies on."""
    missing = [name for name in names if not hasattr(owner, name)]
    called = getattr(owner, "__name__", type(owner).__name__)
    assert not missing, (
        f"{library} {version(library)} has no {', '.join(missing)} in {called}: "
        f"adapt hoop_plugins/compat/{library}.py"
    )


def require_parameters(library: str, function: Callable[..., Any], *names: str) -> None:
    """Fails if a function of a library lacks parameters that ``compat`` passes."""
    missing = [name for name in names if name not in inspect.signature(function).parameters]
    assert not missing, (
        f"{library} {version(library)}: {function.__qualname__} takes no {', '.join(missing)}: "
        f"adapt hoop_plugins/compat/{library}.py"
    )
