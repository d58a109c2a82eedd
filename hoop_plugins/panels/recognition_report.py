"""The panel that shows what an evaluation found; every figure opens what lowers it."""

from __future__ import annotations

from typing import Any

import fiftyone.operators as foo
from fiftyone.operators import types

from hoop_plugins.errors import HoopError
from hoop_plugins.panels.opening import open_view

TOPICS = ("Detection", "Tracking", "Teams", "Numbers", "Identity")
"""The sections of an evaluation, in its order; shown from the last to the first."""

NONE = "nothing"
"""The choice of no evaluation to compare with."""

PLAIN = {"scrollZoom": False, "displayModeBar": False}
"""Plotly's configuration of every chart."""

HELP = """What an evaluation found. **Every figure opens what lowers it**: click a bar, a cell, a
point of the curve, or the arrow at the end of a row. The views of errors are those that
“Hoop: find errors” saved, so run it after an evaluation."""


class RecognitionReport(foo.Panel):
    """The figures of an evaluation, and of another one beside it."""

    @property
    def config(self) -> foo.PanelConfig:
        """See FiftyOne's ``Panel.config``."""
        return foo.PanelConfig(
            name="recognition_report",
            label="Recognition report",
            icon="assessment",
            surfaces="grid",
            category=foo.Categories.ANALYZE,
            help_markdown=HELP,
        )

    def on_load(self, ctx: Any) -> None:
        """Shows the evaluation that was shown before, or the last one."""
        from hoop_plugins.evaluation.runs import list_runs

        state = ctx.panel.state
        state.runs = list_runs(ctx.dataset)
        if state.get("head.run") not in state.runs:
            state.set("head.run", state.runs[-1] if state.runs else None)
        if state.get("head.against") not in state.runs:
            state.set("head.against", NONE)
        self._show(ctx)

    def on_change_dataset(self, ctx: Any) -> None:
        """Begins anew."""
        ctx.panel.state.set("head.run", None)
        self.on_load(ctx)

    def choose(self, ctx: Any) -> None:
        """Shows the evaluation that was chosen."""
        ctx.panel.state.set("head.run", ctx.params["value"])
        self._show(ctx)

    def compare(self, ctx: Any) -> None:
        """Compares with the evaluation that was chosen."""
        ctx.panel.state.set("head.against", ctx.params["value"])
        self._show(ctx)

    def refresh(self, ctx: Any) -> None:
        """Looks for evaluations again."""
        self.on_load(ctx)

    def open_figure(self, ctx: Any) -> None:
        """Opens what lowers the bar that was clicked."""
        from hoop_plugins.mining.figures import view_behind

        _open(ctx, view_behind, ctx.params["id"])

    def open_row(self, ctx: Any) -> None:
        """Opens what lowers the figure of a row."""
        from hoop_plugins.mining.figures import view_behind

        topic = ctx.params["path"].split(".")[-1]
        _open(ctx, view_behind, ctx.panel.state.figures[topic][ctx.params["row"]])

    def open_confusion(self, ctx: Any) -> None:
        """Opens the crops of one number that were read as another."""
        from hoop_plugins.mining.figures import misread_view
        from hoop_plugins.panels.report_figures import NO_NUMBER

        # Not by its id: of a heatmap FiftyOne gives the one across the diagonal.
        truth, read = ctx.params["y"], ctx.params["x"]
        _open(ctx, misread_view, truth, "" if read == NO_NUMBER else read)

    def open_reliability(self, ctx: Any) -> None:
        """Opens the wrong reads of one tenth of confidence."""
        from hoop_plugins.mining.figures import sure_reads_view

        tenth = int(ctx.params["id"])
        # The last tenth holds a confidence of exactly 1 too.
        most = 1.01 if tenth == 9 else (tenth + 1) / 10
        _open(ctx, sure_reads_view, tenth / 10, most)

    def render(self, ctx: Any) -> types.Property:
        """See FiftyOne's ``Panel.render``."""
        panel = types.Object()
        state = ctx.panel.state
        if not state.runs:
            empty = "Nothing is evaluated yet: run “Hoop: evaluate”."
            panel.view("nothing", types.Notice(label=empty))
            return types.Property(panel, view=types.ObjectView())
        head = panel.h_stack("head", gap=2, align_x="left", align_y="center")
        for name, first, on_change in (
            ("run", [], self.choose),
            ("against", [NONE], self.compare),
        ):
            choices = types.DropdownView(compact=True)
            for key in [*first, *reversed(state.runs)]:
                choices.add_choice(key, label=f"compared with {key}" if first else key)
            head.enum(name, choices.values(), view=choices, on_change=on_change)
        head.btn("refresh", label="Refresh", icon="refresh", on_click=self.refresh)
        for number, note in enumerate(state.notes or []):
            panel.view(f"note_{number}", types.Notice(label=note))
        layouts = state.layouts or {}
        for name, title, on_click in (
            ("main", "Main figures", self.open_figure),
            ("confusion", "How numbers were read", self.open_confusion),
            ("reliability", "How far confidence can be trusted", self.open_reliability),
        ):
            if layouts.get(name):
                panel.plot(
                    name,
                    label=title,
                    layout=layouts[name],
                    config=PLAIN,
                    height=layouts[name]["height"],
                    on_click=on_click,
                )
        for topic in reversed(TOPICS):
            if (state.figures or {}).get(topic.lower()):
                panel.list(topic.lower(), types.Object(), view=self._table(topic, state))
        return types.Property(panel, view=types.ObjectView())

    def _table(self, topic: str, state: Any) -> types.TableView:
        table = types.TableView(label=topic, on_click_row=self.open_row)
        table.add_column("figure", label="Figure")
        table.add_column("value", label="Value")
        if state.get("head.against") != NONE:
            table.add_column("before", label="Compared with")
            table.add_column("change", label="Change")
        if state.intervals:
            table.add_column("interval", label="95% interval")
        table.add_column("counted", label="Counted")
        table.add_row_action("open", self.open_row, icon="arrow_forward", tooltip="What lowers it")
        return table

    def _show(self, ctx: Any) -> None:
        from hoop_plugins.evaluation.runs import load_figures
        from hoop_plugins.evaluation.sections import sections
        from hoop_plugins.panels import report_figures

        state = ctx.panel.state
        state.layouts = state.figures = state.notes = None
        key, against = state.get("head.run"), state.get("head.against")
        if not key:
            return
        figures = load_figures(ctx.dataset, key)
        changes = _changes(ctx, against, key) if against != NONE else {}
        state.intervals = bool(figures["interval"])
        state.notes = figures.get("notes")
        values = {path: value for rows in sections(figures) for path, value, _ in rows}
        before = {path: change.old for path, change in changes.items()} if changes else None
        charts = {
            "main": report_figures.main_figure(values, figures["interval"], before),
            "confusion": report_figures.confusion_figure(
                figures["numbers"]["reading"]["confusion"]
            ),
            "reliability": report_figures.reliability_figure(
                figures["numbers"]["reading"]["reliability"]
            ),
        }
        for name, chart in charts.items():
            if chart:
                ctx.panel.data.set(name, chart[0])
        state.layouts = {name: chart[1] for name, chart in charts.items() if chart}
        paths = {}
        for topic, rows in zip(TOPICS, sections(figures), strict=True):
            paths[topic.lower()] = [path for path, _, _ in rows]
            ctx.panel.data.set(
                topic.lower(),
                [_row(row, figures["interval"], changes.get(row[0])) for row in rows],
            )
        state.figures = paths


def _changes(ctx: Any, old: str, new: str) -> dict[str, Any]:
    """The changes from one evaluation to another, by figure; none where they share no clip."""
    from hoop_plugins.evaluation.report import compare
    from hoop_plugins.evaluation.runs import load_run

    try:
        found = compare(load_run(ctx.dataset, old), load_run(ctx.dataset, new))
    except HoopError as error:
        ctx.ops.notify(str(error), variant="warning")
        return {}
    return {change.figure: change for change in found.changes}


def _row(row: Any, intervals: dict[str, Any], change: Any) -> dict[str, str]:
    """A row of a table, in words."""
    from hoop_plugins.evaluation.sections import shown

    path, value, counted = row
    bounds = intervals.get(path)
    cells = {
        "figure": path.partition(".")[2].replace(".", " ").replace("_", " "),
        "value": shown(value),
        "interval": " to ".join(f"{bound:.3f}" for bound in bounds) if bounds else "",
        "counted": counted,
    }
    if change:
        certain = " ✱" if change.certain else ""
        cells["before"] = shown(change.old)
        cells["change"] = shown(change.difference, "+") + certain
    return cells


def _open(ctx: Any, find: Any, *about: Any) -> None:
    """Opens a view of the labels that were evaluated, or says why there is none."""
    from hoop_plugins.evaluation.runs import run_info

    try:
        names = run_info(ctx.dataset, ctx.panel.state.get("head.run")).fields
        view = find(ctx.dataset, *about, names)
    except HoopError as error:
        ctx.ops.notify(str(error), variant="info")
        return
    open_view(ctx, view, names.players)
