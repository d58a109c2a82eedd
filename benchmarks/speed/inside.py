"""How much of a time is spent inside of networks."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from torch.nn.modules.module import (
    register_module_forward_hook,
    register_module_forward_pre_hook,
)

NETWORKS = "what is spent inside networks"
"""What this bound is called in the table."""


class Spent:
    """Seconds inside of torch's modules.

    Attributes:
        seconds: So many; modules inside of modules count once.
    """

    def __init__(self) -> None:
        self.seconds, self._depth, self._since = 0.0, 0, 0.0

    def enter(self, *_: Any) -> None:
        """A module begins."""
        if not self._depth:
            self._since = time.perf_counter()
        self._depth += 1

    def leave(self, *_: Any) -> None:
        """A module is done."""
        self._depth -= 1
        if not self._depth:
            self.seconds += time.perf_counter() - self._since


@contextmanager
def inside_networks() -> Iterator[Spent]:
    """Counts what is spent inside of torch's modules in the block; what networks do between their
    modules counts as outside.
    """
    spent = Spent()
    begins = register_module_forward_pre_hook(spent.enter)
    ends = register_module_forward_hook(spent.leave, always_call=True)
    try:
        yield spent
    finally:
        begins.remove()
        ends.remove()
