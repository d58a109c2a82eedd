"""Counts as plain values and back, so that a run can be pooled and compared again later."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import fiftyone.core.utils as fou
import numpy as np

Counts = TypeVar("Counts")


def pack(value: Any) -> Any:
    """Turns counts into what JSON can hold.

    Args:
        value: A dataclass as :func:`~hoop_plugins.evaluation.pooling.pool` takes it, or a part.

    Returns:
        Dictionaries, lists, numbers and, for arrays, text.
    """
    if is_dataclass(value):
        return {field.name: pack(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Counter):
        return [[list(key), count] for key, count in value.items()]
    if isinstance(value, dict):
        return {key: pack(one) for key, one in value.items()}
    if isinstance(value, list):
        return [pack(one) for one in value]
    if isinstance(value, np.ndarray):
        return fou.serialize_numpy_array(value, ascii=True)
    return value.item() if isinstance(value, np.generic) else value


def unpack(kind: type[Counts], packed: Any) -> Counts:
    """Turns what :func:`pack` gave into counts again.

    Args:
        kind: What they were: a dataclass, or the annotation of one of its fields.
        packed: Of :func:`pack`.

    Returns:
        The counts.
    """
    result: Counts = _unpack(kind, packed)
    return result


def _unpack(kind: Any, packed: Any) -> Any:
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        made: Any = kind
        return made(**{name: _unpack(hints[name], value) for name, value in packed.items()})
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Counter:
        return Counter({tuple(key): count for key, count in packed})
    if origin is dict:
        return {key: _unpack(inner[1], value) for key, value in packed.items()}
    if origin is list:
        return [_unpack(inner[0], value) for value in packed]
    if origin is np.ndarray:
        return fou.deserialize_numpy_array(packed, ascii=True)
    return packed
