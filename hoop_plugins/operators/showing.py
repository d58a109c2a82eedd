"""How the App comes to show what an operator has written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

REFRESH_VIDEO = "@hoop/hoop_plugins/refresh_video"


def show_changes(ctx: Any) -> Iterator[Any]:
    """Lets the App load labels again, those of a video that is open too.

    Args:
        ctx: The operator's ``ExecutionContext``.

    Yields:
        What a generator must yield, so that the App hears of it.
    """
    yield ctx.ops.reload_dataset()
    yield ctx.trigger(REFRESH_VIDEO)
