"""One way to run what takes its time: to the end, or step by step."""

from __future__ import annotations

import functools
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar, cast

from hoop_plugins.data.steps import drain, mapped

if TYPE_CHECKING:
    from hoop_plugins.stages.stage import Progress

Parameters = ParamSpec("Parameters")
Step = TypeVar("Step")
Result = TypeVar("Result")


class UseCase(Generic[Parameters, Step, Result]):
    """A function that does a use case, out of one that starts it.

    Args:
        start: Looks at once at everything that can be wrong, and raises it while nothing has been
            changed yet; then returns a generator that does the work, yields how it stands, and
            returns the result. It declares ``progress``, a function that a call of the use case
            gives every step to, and never gets it.
    """

    def __init__(self, start: Callable[Parameters, Generator[Step, None, Result]]) -> None:
        functools.update_wrapper(self, start)
        self._start = start

    def __call__(self, *args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        """Does everything, and returns the result."""
        show = cast("Callable[[Step], Any] | None", kwargs.pop("progress", None))
        return drain(self.steps(*args, **kwargs), show)

    def steps(
        self, *args: Parameters.args, **kwargs: Parameters.kwargs
    ) -> Generator[Step, None, Result]:
        """Starts it: what is done when the generator is closed, is kept.

        Yields:
            How it stands.

        Returns:
            The result.
        """
        return self._start(*args, **kwargs)


def counted(
    doing: str, unit: str, counts: Generator[tuple[int, int], None, Result]
) -> Generator[Progress, None, Result]:
    """Turns a count into progress.

    Args:
        doing: What is being done.
        unit: What is counted.
        counts: Yields how many are done, and how many there are.

    Returns:
        What the count returns.
    """
    from hoop_plugins.stages.stage import Progress

    return mapped(counts, lambda count: Progress(doing, "", *count, unit=unit))
