"""The panel that shows every track along time, and opens what lies behind each mark."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import fiftyone.operators as foo
from fiftyone.core.media import VIDEO
from fiftyone.operators import types

from hoop_plugins.compat.fiftyone import is_generated
from hoop_plugins.errors import HoopError
from hoop_plugins.panels.opening import open_view

CHOSEN = "head.video"
"""Where the panel's state has the id of the clip that is shown."""

HELP = """A row a track; the number after the dot is its id. The bar shows when it is seen, the
marks above it what was read: **right** or **wrong** where there is ground truth, else whether it
**agrees** with the track's number or **differs**; **rejected** reads say nothing. A star marks the
read that validated the number, a diamond the frame in which the track takes over somebody else.

It shows the label fields that were evaluated last, or else the usual ones.

Click a bar for that stretch as a clip, a mark for the crops; drag to zoom, double-click to go back.
"""


class IdentityTimeline(foo.Panel):
    """One clip's tracks along time."""

    @property
    def config(self) -> foo.PanelConfig:
        """See FiftyOne's ``Panel.config``."""
        return foo.PanelConfig(
            name="identity_timeline",
            label="Identity timeline",
            icon="view_timeline",
            surfaces="grid modal",
            category=foo.Categories.ANALYZE,
            help_markdown=HELP,
        )

    def on_load(self, ctx: Any) -> None:
        """Shows the open clip, or the first one."""
        ctx.panel.state.videos = None
        if ctx.dataset.media_type == VIDEO:
            ids, paths = ctx.dataset.values(["id", "filepath"])
            ctx.panel.state.videos = [
                [sample_id, Path(path).name] for sample_id, path in zip(ids, paths, strict=True)
            ]
        self._show(ctx, _open_video(ctx) or ctx.panel.state.get(CHOSEN))

    def on_change_dataset(self, ctx: Any) -> None:
        """Begins anew."""
        ctx.panel.state.set(CHOSEN, None)
        self.on_load(ctx)

    def on_change_current_sample(self, ctx: Any) -> None:
        """Follows the clip that is opened."""
        opened = _open_video(ctx)
        if opened and opened != ctx.panel.state.get(CHOSEN):
            self._show(ctx, opened)

    def choose(self, ctx: Any) -> None:
        """Shows the clip that was chosen."""
        self._show(ctx, ctx.params["value"])

    def refresh(self, ctx: Any) -> None:
        """Reads the labels again."""
        self.on_load(ctx)

    def open(self, ctx: Any) -> None:
        """Opens what lies behind a click."""
        from hoop_plugins.evaluation.runs import last_fields
        from hoop_plugins.mining.timeline import crops_view, stretch_view

        if not ctx.params.get("id"):
            return
        kind, *numbers = ctx.params["id"].split(":")
        index, first, last = map(int, numbers)
        show = crops_view if kind == "crops" else stretch_view
        try:
            names = last_fields(ctx.dataset)
            view = show(ctx.dataset, ctx.panel.state.get(CHOSEN), index, first, last, names)
        except HoopError as error:
            ctx.ops.notify(f"{error}: refresh the panel", variant="warning")
            return
        open_view(ctx, view, names.players)

    def render(self, ctx: Any) -> types.Property:
        """See FiftyOne's ``Panel.render``."""
        panel = types.Object()
        state = ctx.panel.state
        if not state.videos:
            panel.view("nothing", types.Notice(label="This dataset holds no videos."))
        else:
            head = panel.h_stack("head", gap=2, align_x="left", align_y="center")
            choices = types.DropdownView(compact=True)
            for sample_id, name in state.videos:
                choices.add_choice(sample_id, label=name)
            head.enum("video", choices.values(), view=choices, on_change=self.choose)
            head.btn("refresh", label="Refresh", icon="refresh", on_click=self.refresh)
            if state.layout:
                panel.plot(
                    "timeline",
                    layout=state.layout,
                    config={"scrollZoom": False, "displayModeBar": False},
                    height=state.layout["height"],
                    on_click=self.open,
                )
            else:
                empty = "Nothing is tracked in this clip yet: run “Hoop: recognize players”."
                panel.view("nothing", types.Notice(label=empty))
        return types.Property(panel, view=types.ObjectView())

    def _show(self, ctx: Any, video: str | None) -> None:
        from hoop_plugins.data.store import SampleStore
        from hoop_plugins.evaluation.runs import last_fields
        from hoop_plugins.mining.timeline import read_timeline
        from hoop_plugins.panels.timeline_figure import timeline_figure

        state = ctx.panel.state
        known = [sample_id for sample_id, _ in state.videos or []]
        chosen = video if video in known else next(iter(known), None)
        state.set(CHOSEN, chosen)
        state.layout = None
        if chosen:
            timeline = read_timeline(SampleStore(ctx.dataset, chosen, last_fields(ctx.dataset)))
            if timeline.rows:
                traces, layout = timeline_figure(timeline)
                ctx.panel.data.timeline = traces
                state.layout = layout


def _open_video(ctx: Any) -> str | None:
    """The video that is open, or that the open clip, frame or patch is of."""
    if not ctx.current_sample:
        return None
    if not is_generated(ctx.view):
        return str(ctx.current_sample)
    return str(ctx.view[ctx.current_sample].sample_id)
