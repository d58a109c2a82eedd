"""Opening a view from a panel."""

from __future__ import annotations

from typing import Any

import fiftyone as fo

from hoop_plugins.compat.fiftyone import is_patches, patch_fields, view_stages


def open_view(ctx: Any, view: fo.core.view.DatasetView, players: str) -> None:
    """Opens a view, with the labels drawn that it was filtered for, and the players.

    Args:
        ctx: FiftyOne's ``ExecutionContext``.
        view: The view.
        players: Frame field of the tracked people.
    """
    if ctx.current_sample:
        ctx.ops.close_sample()
    ctx.ops.set_view(view=view)
    if is_patches(view):
        # A patch fills its tile only where its label is drawn.
        shown = patch_fields(view)
    else:
        shown = [stage.field for stage in view_stages(view) if isinstance(stage, fo.FilterLabels)]
    ctx.ops.set_active_fields(list(dict.fromkeys([*shown, f"frames.{players}"])))
