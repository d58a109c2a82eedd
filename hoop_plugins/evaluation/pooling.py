"""Counts of single clips: added up, as every figure is a ratio of such sums, and saved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from functools import reduce
from operator import add
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import fiftyone.core.utils as fou
import numpy as np

Counts = TypeVar("Counts")


def pool(clips: Sequence[Counts]) -> Counts:
    """Adds up the counts of several clips, field by field.

    Args:
        clips: Instances of one dataclass, at least one. Its fields are numbers, arrays of one
            shape, lists (joined), counters, or dictionaries of further counts (united by key).

    Returns:
        One instance, with the sums.
    """
    kind: Any = type(clips[0])
    total: Counts = kind(
        **{
            field.name: _sum([getattr(clip, field.name) for clip in clips])
            for field in fields(kind)
        }
    )
    return total


def _sum(values: list[Any]) -> Any:
    if type(values[0]) is dict:
        keys = sorted(set().union(*values))
        return {key: pool([value[key] for value in values if key in value]) for key in keys}
    if is_dataclass(values[0]):
        return pool(values)
    return reduce(add, values)


def ratio(part: float, whole: float) -> float | None:
    """Returns ``part / whole``, ``None`` where the whole is zero and so the figure undefined."""
    return float(part / whole) if whole else None


def pack(value: Any) -> Any:
    """Turns counts into what JSON can hold, so that a run can be pooled and compared later.

    Args:
        value: A dataclass as :func:`pool` takes it, or a part.

    Returns:
        Dictionaries, lists, numbers and, for arrays, text.
    """
    if is_dataclass(value):
        return {field.name: pack(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Counter):
        return [[list(key), count] for key, count in value.items()]
    if isinstance(value, dict):
        return {key: pack(part) for key, part in value.items()}
    if isinstance(value, list):
        return [pack(part) for part in value]
    if isinstance(value, np.ndarray):
        return fou.serialize_numpy_array(value, ascii=True)
    return value.item() if isinstance(value, np.generic) else value


def unpack(kind: Any, packed: Any) -> Any:
    """Turns what :func:`pack` gave into counts again.

    Args:
        kind: What they were: a dataclass, or the annotation of one of its fields.
        packed: Of :func:`pack`.

    Returns:
        The counts, an instance of ``kind``.
    """
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        made: Any = kind
        return made(**{name: unpack(hints[name], value) for name, value in packed.items()})
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Counter:
        return Counter({tuple(key): count for key, count in packed})
    if origin is dict:
        return {key: unpack(inner[1], value) for key, value in packed.items()}
    if origin is list:
        return [unpack(inner[0], value) for value in packed]
    if origin is np.ndarray:
        return fou.deserialize_numpy_array(packed, ascii=True)
    return packed
