"""Running generators of progress to their end."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing
from typing import Any, TypeVar

Step = TypeVar("Step")
Made = TypeVar("Made")


def drain(steps: Generator[Step, None, Made], progress: Callable[..., Any] | None = None) -> Made:
    """Runs steps to their end.

    Args:
        steps: Yields how it stands.
        progress: Called with what is yielded, a tuple's values as arguments of their own.

    Returns:
        What the steps return.
    """
    with closing(steps):
        while True:
            try:
                step = next(steps)
            except StopIteration as end:
                made: Made = end.value
                return made
            if progress is not None:
                progress(*(step if isinstance(step, tuple) else (step,)))
