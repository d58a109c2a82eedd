"""torch (2): attention that autocast leaves alone, and threads that nobody else counts.

Relied on: a ``TorchFunctionMode`` sees every call of ``scaled_dot_product_attention``, from
wherever it was imported, but for those inside ``nn.MultiheadAttention``. torch shares OpenMP's
number of threads with whoever else uses it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
import torch.nn.functional as F
from torch.overrides import TorchFunctionMode


class AttentionInFloat32(TorchFunctionMode):
    """Inside ``with``, this thread's attention is computed in float32, also under autocast.

    On CPUs torch's gradient of it is three times slower in bfloat16.
    """

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """See torch's documentation of extending torch."""
        kwargs = kwargs or {}
        if func is not F.scaled_dot_product_attention:
            return func(*args, **kwargs)
        with torch.autocast("cpu", enabled=False):
            named = {name: _in_float32(value) for name, value in kwargs.items()}
            return func(*map(_in_float32, args), **named)


@contextmanager
def threads_kept() -> Iterator[None]:
    """Gives torch the threads back that it had before the block.

    numba (0.6x) sets OpenMP's number to that of all cores when something runs in parallel for the
    first time: of two processes that share two cores each would have two threads, and networks were
    three times slower.
    """
    threads = torch.get_num_threads()
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _in_float32(value: Any) -> Any:
    floating = isinstance(value, torch.Tensor) and value.is_floating_point()
    return value.float() if floating else value
