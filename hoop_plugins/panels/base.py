"""What the panels share: what shows and opens in them, and how their charts are drawn."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import uuid4

import fiftyone.operators as foo
from fiftyone.operators import types

from hoop_plugins.compat.fiftyone import is_generated
from hoop_plugins.data.views import drawn_fields
from hoop_plugins.errors import HoopError

if TYPE_CHECKING:
    from hoop_plugins.data.fields import Fields

Figure = tuple[list[dict[str, Any]], dict[str, Any]]
"""Plotly's traces and layout, as plain values."""


PLUGIN = "@hoop/hoop_plugins"

BOUNDED = {"contain": "inline-size"}
"""What is as wide as the panel, whatever is in it."""

WRAPPED = {
    "grid": {
        "sx": {
            **BOUNDED,
            "display": "flex",
            "flexWrap": "wrap",
            "&& > *": {"width": "auto", "maxWidth": "100%"},
            "& .MuiInputBase-root": {"maxWidth": "100%"},
        }
    }
}
"""Of a row of inputs: in a narrow panel it goes on below."""

FITTING = {
    "container": {"sx": BOUNDED},
    "table": {"sx": {"minWidth": 0, "& .MuiTableCell-root": {"padding": "6px 8px"}}},
}
"""Of a table, which FiftyOne makes 650 pixels wide at least: what does not fit scrolls."""

SHOWN = "shown_"
"""What the names of charts and tables in the panel's data begin with."""


class HoopPanel(foo.Panel):
    """A panel with a choice of what it shows.

    Attributes:
        settings: Of FiftyOne's ``PanelConfig``.
        chosen: Where the panel's state has what is shown.
    """

    settings: ClassVar[dict[str, str]]
    chosen: ClassVar[str]

    @property
    def config(self) -> foo.PanelConfig:
        """See FiftyOne's ``Panel.config``."""
        return foo.PanelConfig(category=foo.Categories.ANALYZE, **self.settings)

    @abstractmethod
    def on_load(self, ctx: Any) -> None:
        """Looks for what can be chosen, and shows what is."""

    @abstractmethod
    def show(self, ctx: Any) -> None:
        """Reads what is chosen."""

    @abstractmethod
    def fill(self, panel: types.Object, state: Any) -> str | None:
        """Fills the panel; where there is nothing to show, returns what to say."""

    @abstractmethod
    def fields(self, ctx: Any) -> Fields:
        """The label fields that are shown."""

    def on_change_dataset(self, ctx: Any) -> None:
        """Begins anew."""
        ctx.panel.state.set(self.chosen, None)
        self.on_load(ctx)

    def choose(self, ctx: Any) -> None:
        """Shows what was chosen."""
        ctx.panel.state.set(self.chosen, ctx.params["value"])
        self.show(ctx)

    def refresh(self, ctx: Any) -> None:
        """Looks again."""
        self.on_load(ctx)

    def render(self, ctx: Any) -> types.Property:
        """See FiftyOne's ``Panel.render``."""
        panel = types.Object()
        if notice := self.fill(panel, ctx.panel.state):
            panel.view("nothing", types.Notice(label=notice))
        return types.Property(panel, view=types.ObjectView())

    def add_head(
        self,
        panel: types.Object,
        choices: Mapping[str, tuple[Iterable[tuple[str, str]], Callable[[Any], None]]],
    ) -> None:
        """Adds the dropdowns: by name, each choice's value and label, and what choosing does."""
        head = panel.h_stack("head", gap=1, align_y="center", componentsProps=WRAPPED)
        for name, (labels, on_change) in choices.items():
            dropdown = types.DropdownView(compact=True)
            for value, label in labels:
                dropdown.add_choice(value, label=label)
            head.enum(name, dropdown.values(), view=dropdown, on_change=on_change)
        head.btn("refresh", label="Refresh", icon="refresh", on_click=self.refresh)

    def put(self, ctx: Any, **shown: Any) -> None:
        """Gives charts and tables what they show, instead of what they showed before.

        The browser copies a panel's data into its state whenever something is chosen, and merges
        the two item by item: of longer lists in an old copy, the rest would stay. So what is shown
        is under a new name each time, and the copies go.

        Args:
            ctx: FiftyOne's ``ExecutionContext``.
            shown: By the name of the chart or table: its traces or rows.
        """
        name = f"{SHOWN}{uuid4().hex}"
        ctx.panel.state.set("shown", name)
        kept = {key: value for key, value in ctx.panel_state.items() if not key.startswith(SHOWN)}
        ctx.ops.set_panel_state(kept)
        ctx.ops.set_panel_data({name: shown})

    def add_table(
        self,
        panel: types.Object,
        name: str,
        columns: Mapping[str, str],
        on_click: Callable[[Any], None],
        action: Mapping[str, str],
        label: str,
    ) -> None:
        """Adds a table of the rows that :meth:`put` has under its name.

        Args:
            panel: Where it is shown.
            name: Its name.
            columns: What the columns are called, by the names of the rows' cells.
            on_click: What a click on a row does.
            action: The icon and tooltip that say so, at the end of each row.
            label: Its title.
        """
        table = types.TableView(label=label, on_click_row=on_click, componentsProps=FITTING)
        for column, title in columns.items():
            table.add_column(column, label=title)
        table.add_row_action("open", on_click, **action)
        panel.list(name, types.Object(), view=table)

    def body(self, panel: types.Object, state: Any) -> types.Object:
        """Where the charts and tables are that :meth:`put` fills."""
        body = types.Object()
        panel.define_property(state.shown, body, view=types.ObjectView())
        return body

    def add_chart(self, panel: types.Object, name: str, layout: Any, **options: Any) -> None:
        """Adds a chart to the :meth:`body`; it draws what :meth:`put` has under its name."""
        plain = {"scrollZoom": False, "displayModeBar": False}
        panel.plot(name, layout=layout, config=plain, height=layout["height"], **options)

    def seek(
        self, ctx: Any, sample_id: str, first: int, last: int, frame: int | None = None
    ) -> None:
        """Shows a frame of a video, which is opened where it is not open.

        Args:
            ctx: FiftyOne's ``ExecutionContext``.
            sample_id: The video's sample.
            first: First frame of the stretch that was clicked, counted from 1.
            last: Last frame of it.
            frame: The frame; ``None`` for the one of the stretch that was clicked at, in a chart
                along seconds.
        """
        from hoop_plugins.data.store import SampleStore

        if is_generated(ctx.view) or not ctx.view.select(sample_id).values("id"):
            # The App opens only what it shows already.
            if ctx.current_sample:
                ctx.ops.close_sample()
            ctx.ops.clear_view()
            ctx.ops.notify("the video was not in this view, now it is: click once more")
            return
        rate = SampleStore(ctx.dataset, sample_id).video.frame_rate
        where = {"first": first, "last": last, "frame": frame, "rate": rate}
        ctx.trigger(f"{PLUGIN}/seek", {"sample_id": sample_id, **where})

    def open_view(self, ctx: Any, find: Any, *about: Any, remedy: str = "") -> None:
        """Opens a view with the labels drawn that it was filtered for, and the players.

        Args:
            ctx: FiftyOne's ``ExecutionContext``.
            find: Gives the view, from the dataset, ``about`` and the names of the label fields.
            about: What the view is of.
            remedy: Added to what is said where there is no such view.
        """
        try:
            names = self.fields(ctx)
            view = find(ctx.dataset, *about, names)
        except HoopError as error:
            ctx.ops.notify(f"{error}{remedy}", variant="warning" if remedy else "info")
            return
        if ctx.current_sample:
            ctx.ops.close_sample()
        ctx.ops.set_view(view=view)
        ctx.ops.set_active_fields(drawn_fields(view, names.path("players")))


def draw(traces: Iterable[Any], **layout: Any) -> Figure:
    """Turns Plotly's traces and a layout into plain values."""
    import plotly.graph_objects as go

    hover = {"bgcolor": "#21262d", "font": {"color": "#f0f3f6"}, "align": "left"}
    plain = go.Layout(hoverlabel=hover, **layout).to_plotly_json()
    return [trace.to_plotly_json() for trace in traces], plain
