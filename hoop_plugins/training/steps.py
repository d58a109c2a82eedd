"""Running generators of progress to their end."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, TypeVar

Made = TypeVar("Made")


def drain(
    steps: Generator[tuple[int, int], None, Made],
    progress: Callable[[int, int], Any] | None = None,
) -> Made:
    """Runs steps to their end.

    Args:
        steps: Yields what is done and what there is in all.
        progress: Called with both.

    Returns:
        What the steps return.
    """
    while True:
        try:
            done, total = next(steps)
        except StopIteration as end:
            made: Made = end.value
            return made
        if progress is not None:
            progress(done, total)
