"""Running generators that yield how it stands, and return what was made."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing
from typing import Any, TypeVar

Step = TypeVar("Step")
Shown = TypeVar("Shown")
Made = TypeVar("Made")


def mapped(
    steps: Generator[Step, None, Made], change: Callable[[Step], Shown]
) -> Generator[Shown, None, Made]:
    """The same steps, told in another way; closing it closes them.

    Args:
        steps: Yields how it stands.
        change: Makes what is yielded of it.

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
            yield change(step)


def drain(
    steps: Generator[Step, None, Made], progress: Callable[[Step], Any] | None = None
) -> Made:
    """Runs steps to their end, and returns what they return; progress is called with each."""
    shown = mapped(steps, progress or (lambda step: None))
    while True:
        try:
            next(shown)
        except StopIteration as end:
            made: Made = end.value
            return made
