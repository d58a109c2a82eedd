"""The card in the App that shows how a run stands, stops it, and says at its end what to do next.

FiftyOne's own progress lies over everything until the run is over, and nothing stops it. The card,
which ``run_card.js`` draws, leaves the App free.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from threading import Event
from typing import Any

import fiftyone.operators as foo

SHOW_RUN = "@hoop/hoop_plugins/show_run"

_stops: dict[str, Event] = {}
"""By the run's key: set where somebody wants it to stop."""


@dataclass(frozen=True)
class Action:
    """A button of a card.

    Attributes:
        label: What it says.
        operator: What it starts; the App's own operators have short names.
        params: What that is given.
        prompt: Whether its form is shown first.
    """

    label: str
    operator: str
    params: dict[str, Any] = field(default_factory=dict)
    prompt: bool = False


@dataclass(frozen=True)
class Ending:
    """What a card shows when a run is over.

    Attributes:
        lines: What has been done, a line each; what stands before ": " is written bold.
        actions: What to do next.
    """

    lines: Sequence[str]
    actions: Sequence[Action] = ()


def open_panel(label: str, name: str) -> Action:
    """A button that opens one of the panels beside the samples."""
    return Action(label, "open_panel", {"name": name, "isActive": True, "layout": "horizontal"})


@contextmanager
def stoppable(ctx: Any) -> Iterator[Event]:
    """Lets people stop what runs in the block.

    Args:
        ctx: The operator's ``ExecutionContext``.

    Yields:
        An event, set once somebody pressed Stop.
    """
    stop = _stops[_key(ctx)] = Event()
    try:
        yield stop
    finally:
        del _stops[_key(ctx)]


def show_progress(ctx: Any, operator: foo.Operator, step: Any) -> Any:
    """Shows how a run stands: the step, and the whole where there is more than that step.

    Returns:
        What a generator must yield, so that the App hears of it.
    """
    known = {name: getattr(step, name) for name in ("fraction", "text")}
    whole = step.whole if getattr(step, "parts", 0) > 1 else None
    return _show(ctx, operator, **known, whole=whole)


def show_ending(ctx: Any, operator: foo.Operator, ending: Ending | None) -> Any:
    """Shows that a run is over; without an ending, the card goes."""
    told = {"lines": [], "actions": []} if ending is None else asdict(ending)
    return _show(ctx, operator, over=True, **told)


def _show(ctx: Any, operator: foo.Operator, **told: Any) -> Any:
    about = {"run": _key(ctx), "operator": operator.uri, "title": operator.config.label}
    return ctx.trigger(SHOW_RUN, {**about, "dataset": ctx.dataset and ctx.dataset.name, **told})


def _key(ctx: Any) -> str:
    return str(id(ctx))


class StopRun(foo.Operator):
    """Stops a run that the App shows; its parameter ``run`` is the run's key."""

    @property
    def config(self) -> foo.OperatorConfig:
        """See FiftyOne's ``Operator.config``."""
        return foo.OperatorConfig(name="stop_run", label="Hoop: stop a run", unlisted=True)

    def execute(self, ctx: Any) -> dict[str, bool]:
        """Stops it after the step that it is at."""
        stop = _stops.get(ctx.params["run"])
        if stop is not None:
            stop.set()
        return {"running": stop is not None}
