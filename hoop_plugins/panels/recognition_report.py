"""The panel that shows what an evaluation found; every figure opens what lowers it."""

from __future__ import annotations

from typing import Any, ClassVar

from fiftyone.operators import types

from hoop_plugins.data.fields import Fields
from hoop_plugins.errors import HoopError
from hoop_plugins.evaluation.figures import TOPICS, sections, shown, values
from hoop_plugins.panels.base import HoopPanel

NONE = "nothing"
"""The choice of no evaluation to compare with."""

AGAINST = "head.against"
"""Where the panel's state has the evaluation to compare with."""

ARROW = {"icon": "arrow_forward", "tooltip": "What lowers it"}

HELP = """What an evaluation found. **Every figure opens what lowers it**: click a bar, a cell, a
point of the curve, or the arrow at the end of a row. The views of errors are those that
“Hoop: find errors” saved, so run it after an evaluation."""


class RecognitionReport(HoopPanel):
    """The figures of an evaluation, and of another one beside it."""

    settings: ClassVar = {
        "name": "recognition_report",
        "label": "Recognition report",
        "icon": "assessment",
        "surfaces": "grid",
        "help_markdown": HELP,
    }
    chosen = "head.run"

    def on_load(self, ctx: Any) -> None:
        """Shows the evaluation that was shown before, or the last one."""
        from hoop_plugins.evaluation.runs import list_runs

        state = ctx.panel.state
        state.runs = list_runs(ctx.dataset)
        if state.get(self.chosen) not in state.runs:
            state.set(self.chosen, state.runs[-1] if state.runs else None)
        if state.get(AGAINST) not in state.runs:
            state.set(AGAINST, NONE)
        self.show(ctx)

    def compare(self, ctx: Any) -> None:
        """Compares with the evaluation that was chosen."""
        ctx.panel.state.set(AGAINST, ctx.params["value"])
        self.show(ctx)

    def open_figure(self, ctx: Any) -> None:
        """Opens what lowers the bar that was clicked."""
        from hoop_plugins.mining.figures import view_behind

        self.open_view(ctx, view_behind, ctx.params["id"])

    def open_row(self, ctx: Any) -> None:
        """Opens what lowers the figure of a row."""
        from hoop_plugins.mining.figures import view_behind

        topic = ctx.params["path"].split(".")[-1]
        self.open_view(ctx, view_behind, ctx.panel.state.figures[topic][ctx.params["row"]])

    def open_confusion(self, ctx: Any) -> None:
        """Opens the crops of one number that were read as another."""
        from hoop_plugins.mining.figures import misread_view
        from hoop_plugins.panels.report_figures import NO_NUMBER

        # Not by its id: of a heatmap FiftyOne gives the one across the diagonal.
        truth, read = ctx.params["y"], ctx.params["x"]
        self.open_view(ctx, misread_view, truth, "" if read == NO_NUMBER else read)

    def open_reliability(self, ctx: Any) -> None:
        """Opens the wrong reads, or tracks, of one tenth of confidence."""
        from hoop_plugins.mining.figures import sure_reads_view, sure_tracks_view

        if not ctx.params.get("id"):
            return
        what, _, number = ctx.params["id"].partition(":")
        tenth = int(number)
        # The last tenth holds a confidence of exactly 1 too.
        most = 1.01 if tenth == 9 else (tenth + 1) / 10
        find = sure_tracks_view if what == "tracks" else sure_reads_view
        self.open_view(ctx, find, tenth / 10, most)

    def fill(self, panel: types.Object, state: Any) -> str | None:
        """Adds the choice of evaluations, charts, and a table a topic."""
        if state.runs is None:
            return None  # nobody has looked yet
        if not state.runs:
            return "Nothing is evaluated yet: run “Hoop: evaluate”."
        others = [(key, f"compared with {key}") for key in [NONE, *reversed(state.runs)]]
        runs = [(key, key) for key in reversed(state.runs)]
        self.add_head(panel, {"run": (runs, self.choose), "against": (others, self.compare)})
        for number, note in enumerate(state.notes or []):
            panel.view(f"note_{number}", types.Notice(label=note))
        if not state.layouts:
            return None
        body = self.body(panel, state)
        for name, title, on_click in (
            ("main", "Main figures", self.open_figure),
            ("confusion", "How numbers were read", self.open_confusion),
            ("reliability", "How far confidence can be trusted", self.open_reliability),
        ):
            if name in state.layouts:
                self.add_chart(body, name, state.layouts[name], label=title, on_click=on_click)
        for topic in reversed(TOPICS):
            if state.figures.get(topic):
                columns = self._columns(state)
                self.add_table(body, topic, columns, self.open_row, ARROW, topic.capitalize())
        return None

    def _columns(self, state: Any) -> dict[str, str]:
        compared = state.get(AGAINST) != NONE
        return {
            "figure": "Figure",
            "value": "Value",
            **({"before": "Compared with", "change": "Change"} if compared else {}),
            **({"interval": "95% interval"} if state.intervals else {}),
            "counted": "Counted",
        }

    def fields(self, ctx: Any) -> Fields:
        """Those that were evaluated."""
        from hoop_plugins.evaluation.runs import run_fields

        return run_fields(ctx.dataset, ctx.panel.state.get(self.chosen))

    def show(self, ctx: Any) -> None:
        """Reads the chosen evaluation, and compares it."""
        from hoop_plugins.evaluation.runs import load_figures
        from hoop_plugins.panels import report_figures

        state = ctx.panel.state
        state.layouts = state.figures = state.notes = None
        key, against = state.get(self.chosen), state.get(AGAINST)
        if not key:
            return
        figures = load_figures(ctx.dataset, key)
        changes = _changes(ctx, against, key) if against != NONE else {}
        intervals, reading = figures["interval"], figures["numbers"]["reading"]
        state.intervals = bool(intervals)
        state.notes = figures.get("notes")
        before = {path: change.old for path, change in changes.items()} if changes else None
        charts = {
            "main": report_figures.main_figure(values(figures), intervals, before),
            "confusion": report_figures.confusion_figure(reading["confusion"]),
            "reliability": report_figures.reliability_figure(
                reading["reliability"],
                figures["numbers"].get("verdicts", {}).get("reliability", ()),
            ),
        }
        drawn = {name: chart for name, chart in charts.items() if chart}
        state.layouts = {name: layout for name, (_, layout) in drawn.items()}
        topics = sections(figures)
        state.figures = {topic: [path for path, *_ in rows] for topic, rows in topics.items()}
        cells = {
            topic: [_cells(row, intervals.get(row[0], []), changes.get(row[0])) for row in rows]
            for topic, rows in topics.items()
        }
        self.put(ctx, **{name: traces for name, (traces, _) in drawn.items()}, **cells)


def _changes(ctx: Any, old: str, new: str) -> dict[str, Any]:
    """The changes from one evaluation to another, by figure; none where they share no clip."""
    from hoop_plugins.evaluation.report import compare
    from hoop_plugins.evaluation.runs import check_comparable, load_run, run_shown

    try:
        check_comparable(ctx.dataset, old, run_shown(ctx.dataset, new))
        found = compare(load_run(ctx.dataset, old), load_run(ctx.dataset, new))
    except HoopError as error:
        ctx.ops.notify(str(error), variant="warning")
        return {}
    return {change.figure: change for change in found.changes}


def _cells(row: Any, bounds: list[float], change: Any) -> dict[str, str]:
    """A row of a table, in words."""
    path, value, counted = row
    cells = {
        "figure": path.partition(".")[2].replace(".", " ").replace("_", " "),
        "value": shown(value),
        "interval": " to ".join(f"{bound:.3f}" for bound in bounds),
        "counted": counted,
    }
    if change:
        certain = " ✱" if change.certain else ""
        cells["before"] = shown(change.old)
        cells["change"] = shown(change.difference, "+") + certain
    return cells
