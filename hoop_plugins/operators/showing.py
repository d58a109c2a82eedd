"""How the App comes to show what an operator has written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

SHOW_CHANGES = "@hoop/hoop_plugins/show_changes"


def show_changes(ctx: Any) -> Iterator[Any]:
    """Lets the App load the dataset again, and the labels of a video that is open.

    FiftyOne's ``reload_dataset`` leaves an open video with the labels that it has.

    Args:
        ctx: The operator's ``ExecutionContext``.

    Yields:
        What a generator must yield, so that the App hears of it.
    """
    yield ctx.trigger(SHOW_CHANGES)
