"""A use case runs to its end, or step by step; what is wrong is told before anything is done."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import pytest

from hoop_plugins.api.use_case import UseCase
from hoop_plugins.errors import HoopError

done: list[int] = []


@UseCase
def count(to: int, *, progress: Callable[[int], Any] | None = None) -> Generator[int, None, str]:
    """Counts."""
    if to < 0:
        raise HoopError(f"{to} cannot be counted to")
    return _count(to)


def _count(to: int) -> Generator[int, None, str]:
    try:
        for number in range(to):
            done.append(number)
            yield number
    finally:
        done.append(-1)
    return f"counted to {to}"


@pytest.fixture(autouse=True)
def nothing_done() -> None:
    done.clear()


def test_a_call_runs_to_the_end_and_returns_the_result() -> None:
    seen: list[int] = []
    assert count(3, progress=seen.append) == "counted to 3"
    assert seen == [0, 1, 2]
    assert count(2) == "counted to 2"


def test_steps_can_be_stopped_and_clean_up() -> None:
    steps = count.steps(3)
    assert next(steps) == 0
    steps.close()
    assert done == [0, -1]


def test_what_is_wrong_is_told_before_the_first_step() -> None:
    with pytest.raises(HoopError, match="-1 cannot be counted to"):
        count.steps(-1)
    count.steps(3).close()
    assert done == []


def test_a_call_that_is_interrupted_stops_the_work() -> None:
    def stop(number: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        count(3, progress=stop)
    assert done == [0, -1]


def test_it_looks_like_the_function() -> None:
    assert count.__doc__ == "Counts."
    assert count.__name__ == "count"
