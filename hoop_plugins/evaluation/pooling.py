"""Counts of single clips, added up: every figure is a ratio of such sums."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from functools import reduce
from operator import add
from typing import Any, TypeVar

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
    result: Counts = kind(
        **{
            field.name: _sum([getattr(clip, field.name) for clip in clips])
            for field in fields(kind)
        }
    )
    return result


def _sum(values: list[Any]) -> Any:
    if type(values[0]) is dict:
        keys = sorted(set().union(*values))
        return {key: pool([value[key] for value in values if key in value]) for key in keys}
    if hasattr(values[0], "__dataclass_fields__"):
        return pool(values)
    return reduce(add, values)


def ratio(part: float, whole: float) -> float | None:
    """Returns ``part / whole``, ``None`` where the whole is zero and so the figure undefined."""
    return float(part / whole) if whole else None
