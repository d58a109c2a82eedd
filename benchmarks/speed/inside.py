"""How much of a time is spent inside of networks."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from torch.nn.modules.module import (
    register_module_forward_hook,
    register_module_forward_pre_hook,
)

from hoop_plugins.models import sam2_stream

NETWORKS = "what is spent inside networks"
"""What this bound is called in the table."""

SAM2 = ("encode_images", "without_memory", "attend_memories", "decode_masks", "encode_memory")
"""SAM2 has no ``forward``: it is these, which enlarge masks and the like between its modules."""


class Spent:
    """Seconds inside of networks.

    Attributes:
        seconds: So many; networks inside of networks count once.
    """

    def __init__(self) -> None:
        self.seconds, self._depth, self._since = 0.0, 0, 0.0

    def enter(self, *_: Any) -> None:
        """A network begins."""
        if not self._depth:
            self._since = time.perf_counter()
        self._depth += 1

    def leave(self, *_: Any) -> None:
        """A network is done."""
        self._depth -= 1
        if not self._depth:
            self.seconds += time.perf_counter() - self._since

    def within(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, all of which counts."""

        @functools.wraps(function)
        def counted(*args: Any, **options: Any) -> Any:
            self.enter()
            try:
                return function(*args, **options)
            finally:
                self.leave()

        return counted


@contextmanager
def inside_networks() -> Iterator[Spent]:
    """Counts what is spent inside of networks in the block: of torch's modules, and of SAM2."""
    spent = Spent()
    with ExitStack() as stack:
        for handle in (
            register_module_forward_pre_hook(spent.enter),
            register_module_forward_hook(spent.leave, always_call=True),
        ):
            stack.callback(handle.remove)
        for step in SAM2:
            counted = spent.within(getattr(sam2_stream, step))
            stack.enter_context(patch.object(sam2_stream, step, counted))
        yield spent
