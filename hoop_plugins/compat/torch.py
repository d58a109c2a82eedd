"""torch (2): attention that autocast leaves alone.

Relied on: a ``TorchFunctionMode`` sees every call of ``scaled_dot_product_attention``, from
wherever it was imported, but for those inside ``nn.MultiheadAttention``.
"""

from __future__ import annotations

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


def _in_float32(value: Any) -> Any:
    floating = isinstance(value, torch.Tensor) and value.is_floating_point()
    return value.float() if floating else value
