"""What the terminal shows as tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from hoop_plugins.data.fields import Fields
    from hoop_plugins.evaluation.report import Comparison, EvaluationReport
    from hoop_plugins.training.scores import ReaderScores


def table(columns: str, rows: Iterable[Sequence[Any]], **about: Any) -> Table:
    """A table of texts.

    Args:
        columns: Their titles, separated by commas; one that begins with ">" is aligned to the
            right, one with "!" is not wrapped.
        rows: What they hold; ``None`` shows as nothing.
        **about: More for rich.
    """
    made = Table(**about)
    for title in columns.split(","):
        align: Any = "right" if title.startswith(">") else "left"
        made.add_column(title.lstrip(">!"), justify=align, no_wrap=title.startswith("!"))
    for row in rows:
        made.add_row(*("" if value is None else str(value) for value in row))
    return made


def print_roster(console: Console, view: Any, names: Fields) -> None:
    """Prints who was recognized: a row a track of every clip of the view that was tracked."""
    from hoop_plugins.data.store import stores_of
    from hoop_plugins.data.views import videos_of

    for store in stores_of(videos_of(view), names):
        tracks, rows = store.read_tracks().values(), []
        # Nobody has one without a roster.
        named = ("name",) if any(track.name for track in tracks) else ()
        columns = [">track,role,team,>number", *named, "status,>confidence,>reads,>frames"]
        for track in sorted(tracks, key=lambda track: (track.role, track.team or "", track.index)):
            sure = None if track.number_confidence is None else f"{track.number_confidence:.2f}"
            who = (track.index, track.role, track.team, track.number, *(track.name for _ in named))
            how = (track.number_status, sure, track.reads, f"{track.first}-{track.last}")
            rows.append((*who, *how))
        if rows:
            title = f"Who is on the court in {store.name}"
            console.print(table(",".join(columns), rows, title=title, title_justify="left"))
        elif store.progress("track"):
            console.print(f"{store.name}: no players were found", highlight=False)


def report_table(report: EvaluationReport) -> Table:
    """The figures of an evaluation, their intervals, and the counts behind them."""
    from hoop_plugins.evaluation.figures import sections, shown

    figures, intervals = report.pooled.figures(), report.intervals
    clips = len(report.clips)
    made = table(
        "figure,>value,>95% interval,counted" if intervals else "figure,>value,counted",
        (),
        title=f"Evaluation of {clips} clip{'s' * (clips != 1)}, {figures['frames']} frames",
    )
    for section in sections(figures).values():
        for path, value, counted in section:
            interval = " to ".join(f"{bound:.3f}" for bound in intervals.get(path, []))
            made.add_row(path, shown(value), *([interval] if intervals else []), counted)
        made.add_section()
    return made


def comparison_table(comparison: Comparison) -> Table:
    """The changes from one evaluation to another; bold is what certainly changed."""
    from hoop_plugins.evaluation.figures import shown

    count = len(comparison.clips)
    left_out = len(comparison.left_out)
    note = f"; {left_out} that only one has left out" if left_out else ""
    title = f"Comparison over {count} clip{'s' * (count != 1)}{note}"
    made = table("figure,>old,>new,>difference,>95% interval", (), title=title)
    for change in comparison.changes:
        made.add_row(
            change.figure,
            shown(change.old),
            shown(change.new),
            shown(change.difference, sign="+"),
            " to ".join(f"{bound:+.3f}" for bound in change.interval or ()),
            style="bold" if change.certain else "",
        )
    return made


def readers_table(scores: Mapping[str, ReaderScores]) -> Table:
    """What readers make of the same crops: a column each."""
    from hoop_plugins.evaluation.figures import shown

    one = next(iter(scores.values()))
    each = ", ".join(f"{found.read}" for found in scores.values())
    rows = {
        "exact match": ("exact", "all crops"),
        "left unread": ("abstained", f"{one.with_number} with a number"),
        "right of what was read": ("precision", f"{each} read"),
        "invented": ("invented", f"{one.crops - one.with_number} without a number"),
        "calibration error": ("calibration_error", "all crops"),
    }
    made = table("figure", (), title=f"Readers on {one.crops} labeled crops", title_justify="left")
    for name in scores:
        made.add_column(name, justify="right", overflow="fold")
    made.add_column("counted")
    for figure, (name, counted) in rows.items():
        made.add_row(figure, *(shown(getattr(s, name)) for s in scores.values()), counted)
    speeds = (s.crops_per_second for s in scores.values())
    made.add_row("crops a second", *("-" if s is None else f"{s:.1f}" for s in speeds))
    return made


def balance_table(counts: Mapping[str, Mapping[str, int]]) -> Table:
    """How many crops of each number there are: a row and a bar each.

    Args:
        counts: By number and split, as :func:`hoop_plugins.training.curation.balance` counts them.
    """
    splits = list(dict.fromkeys(split for row in counts.values() for split in row))
    most = max((sum(row.values()) for row in counts.values()), default=1)
    rows = [
        (answer, *(row.get(split, 0) for split in splits), "█" * max(1, round(40 * total / most)))
        for answer, row in counts.items()
        if (total := sum(row.values()))
    ]
    title = "Crops of each number"
    return table(",".join(["number", *splits, ""]), rows, title=title, title_justify="left")
