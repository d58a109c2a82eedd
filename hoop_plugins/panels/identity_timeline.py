"""The panel that shows every track along time, and opens what lies behind each mark."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from fiftyone.core.media import VIDEO
from fiftyone.operators import types

from hoop_plugins import api
from hoop_plugins.compat.fiftyone import is_generated
from hoop_plugins.data.fields import Fields
from hoop_plugins.data.views import all_videos
from hoop_plugins.panels.base import PLUGIN, HoopPanel

if TYPE_CHECKING:
    from hoop_plugins.data.store import SampleStore
    from hoop_plugins.data.tracks import Track
    from hoop_plugins.mining.links import Link
    from hoop_plugins.mining.timeline import Row

MOST_LINKS = 50
"""So many joins and splits are listed."""

LINK_COLUMNS = {
    "margin": "Margin",
    "who": "Who",
    "frame": "From frame",
    "what": "What",
}

UNDO = {"icon": "undo", "tooltip": "Undo it"}

HELP = """A row a track; the number after the dot is its id. The bar shows when it is seen, the
marks above it what was read: **right** or **wrong** where there is ground truth, else whether it
**agrees** with the track's number or **differs**; **rejected** reads say nothing. A star marks the
read that validated the number, a diamond the frame in which the track takes over somebody else.

A triangle on the bar says that the person goes on there on another track (to the left: **joined**),
or that the track was somebody else before (to the right: **split**); a tick that the track was cut,
and **kept**. Click one to undo it. The table lists them, the least sure first:
with a margin below 2, hardly likelier than anybody else; below 0, somebody else is likelier, but
placed elsewhere.

It shows the label fields that were evaluated last, or else the usual ones.

Click a bar or a mark to see that frame of the video. Choose **a click opens a view** for stretches
as clips, and the crops behind a mark. Drag to zoom, double-click to go back.
"""


CLICK = "head.click"
"""Where the panel's state has what a click does."""

SEEK, OPEN = "seek", "open"

CLICKS = ((SEEK, "a click shows the frame"), (OPEN, "a click opens a view"))
"""What a click can do, and how it is called."""


class IdentityTimeline(HoopPanel):
    """One clip's tracks along time."""

    settings: ClassVar = {
        "name": "identity_timeline",
        "label": "Identity timeline",
        "icon": "view_timeline",
        "surfaces": "grid modal",
        "help_markdown": HELP,
    }
    chosen = "head.video"

    def on_load(self, ctx: Any) -> None:
        """Shows the open clip, or the first one."""
        state = ctx.panel.state
        state.videos = []
        videos = all_videos(ctx.dataset)
        if videos.media_type == VIDEO:
            ids, paths = videos.values(["id", "filepath"])
            state.videos = [
                [sample_id, Path(path).name] for sample_id, path in zip(ids, paths, strict=True)
            ]
        state.set(self.chosen, _open_video(ctx) or state.get(self.chosen))
        state.set(CLICK, state.get(CLICK) or SEEK)
        self.show(ctx)

    def choose_click(self, ctx: Any) -> None:
        """Remembers what a click does."""
        ctx.panel.state.set(CLICK, ctx.params["value"])

    def on_change_current_sample(self, ctx: Any) -> None:
        """Follows the clip that is opened."""
        opened = _open_video(ctx)
        if opened and opened != ctx.panel.state.get(self.chosen):
            ctx.panel.state.set(self.chosen, opened)
            self.show(ctx)

    def open(self, ctx: Any) -> None:
        """Shows the frame of a click, or opens the view of what lies behind it."""
        from hoop_plugins.data.store import SampleStore
        from hoop_plugins.mining.timeline import crops_view, stretch_view

        if not ctx.params.get("id"):
            return
        kind, *numbers = ctx.params["id"].split(":")
        index, first, last, *frame = map(int, numbers)
        if kind == "link":
            self.ask(ctx, index, first)
            return
        sample_id = ctx.panel.state.get(self.chosen)
        if ctx.panel.state.get(CLICK) == SEEK:
            self.seek(ctx, sample_id, first, last, *frame)
            return

        def find(dataset: Any, names: Fields) -> Any:
            store = SampleStore(dataset, sample_id, names)
            return (crops_view if kind == "crops" else stretch_view)(store, index, first, last)

        self.open_view(ctx, find, remedy=": refresh the panel")

    def ask(self, ctx: Any, index: int, frame: int) -> None:
        """Asks whether a join or split is right, and shows what comes of it."""
        where = {"sample_id": ctx.panel.state.get(self.chosen), "index": index, "frame": frame}
        ctx.prompt(f"{PLUGIN}/undo_link", params=where, on_success=self.refresh)

    def open_row(self, ctx: Any) -> None:
        """Asks about the join or split of a row."""
        self.ask(ctx, *ctx.panel.state.undoable[ctx.params["row"]])

    def fill(self, panel: types.Object, state: Any) -> str | None:
        """Adds the choice of clips, and the timeline."""
        if state.videos is None:
            return None  # nobody has looked yet
        if not state.videos:
            return "This dataset holds no videos."
        choices = {"video": (state.videos, self.choose), "click": (CLICKS, self.choose_click)}
        self.add_head(panel, choices)
        if not state.layout:
            return "Nothing is tracked in this clip yet: run “Hoop: recognize players”."
        panel.view("legend", types.View(component="HoopLegend", marks=state.legend))
        body = self.body(panel, state)
        self.add_chart(body, "timeline", state.layout, on_click=self.open)
        if state.undoable:
            label = "Joins and splits, the least sure first"
            self.add_table(body, "links", LINK_COLUMNS, self.open_row, UNDO, label)
        return None

    def fields(self, ctx: Any) -> Fields:
        """Those that were evaluated last."""
        from hoop_plugins.evaluation.runs import last_fields

        return last_fields(ctx.dataset)

    def show(self, ctx: Any) -> None:
        """Reads the chosen clip, or the first one."""
        from hoop_plugins.data.store import SampleStore
        from hoop_plugins.mining.timeline import read_timeline
        from hoop_plugins.panels.timeline_figure import legend, timeline_figure

        state = ctx.panel.state
        known = [sample_id for sample_id, _ in state.videos or []]
        chosen = state.get(self.chosen)
        if chosen not in known:
            chosen = next(iter(known), None)
        state.set(self.chosen, chosen)
        state.layout = state.legend = state.undoable = None
        if chosen:
            store = SampleStore(ctx.dataset, chosen, self.fields(ctx))
            _take_over(ctx, store)
            timeline = read_timeline(store)
            if timeline.rows:
                traces, state.layout = timeline_figure(timeline)
                state.legend = legend(traces)
                shown = timeline.links[:MOST_LINKS]
                state.undoable = [(link.index, link.frame) for _, link in shown]
                cells = [_cells(*one, timeline.people) for one in shown]
                self.put(ctx, timeline=traces, links=cells)


def _take_over(ctx: Any, store: SampleStore) -> None:
    """Makes corrections of what was changed in FiftyOne's own editor, and says what it cannot."""
    before = store.runs.left_at
    for line in api.take_over_edits(store.videos.select(store.sample_id), fields=store.names):
        ctx.ops.notify(line, variant="warning")
    if store.runs.left_at != before:
        ctx.trigger(f"{PLUGIN}/show_changes", {"paths": []})


def _cells(row: Row, link: Link, people: Mapping[int, Track]) -> dict[str, str]:
    """A row of the table of links, in words."""
    return {
        "margin": "said" if link.margin is None else f"{link.margin:.1f}",
        "who": row.track.title,
        "frame": str(link.frame),
        "what": link.told(people),
    }


def _open_video(ctx: Any) -> str | None:
    """The video that is open, or that the open clip, frame or patch is of."""
    if not ctx.current_sample:
        return None
    if not is_generated(ctx.view):
        return str(ctx.current_sample)
    return str(ctx.view[ctx.current_sample].sample_id)
