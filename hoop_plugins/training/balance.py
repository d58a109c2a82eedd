"""How the numbers of a training set are balanced: as a plot, and as bars of text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.table import Table

from hoop_plugins.data.vocabulary import NONE, NUMBERS
from hoop_plugins.training.crop_labels import CropLabel
from hoop_plugins.training.splits import SPLITS

if TYPE_CHECKING:
    import plotly.graph_objects as go

WIDTH = 40
"""Characters of the longest bar."""

Balance = Mapping[str, Mapping[str, int]]


def balance(labels: Sequence[tuple[str, CropLabel]]) -> dict[str, dict[str, int]]:
    """Counts crops.

    Args:
        labels: Splits and crops, as ``curation.plan_reader`` chooses them.

    Returns:
        By answer (in the order of the numbers, "none" last) and split: how many crops.
    """
    counts = Counter((one.answer, split) for split, one in labels)
    answers = {answer for answer, _ in counts}
    order = [answer for answer in (*NUMBERS, NONE) if answer in answers]
    return {a: {s: counts[a, s] for s in SPLITS if counts[a, s]} for a in order}


def balance_figure(counts: Balance) -> go.Figure:
    """Draws the balance: a stacked bar for each number, a colour for each split.

    Args:
        counts: As :func:`balance` gives them.
    """
    import plotly.graph_objects as go

    figure = go.Figure(
        [
            go.Bar(name=split, x=list(counts), y=[one.get(split, 0) for one in counts.values()])
            for split in SPLITS
            if any(split in one for one in counts.values())
        ]
    )
    figure.update_xaxes(type="category", title="number")
    figure.update_yaxes(title="crops")
    figure.update_layout(barmode="stack", title="Crops of each number")
    return figure


def balance_table(counts: Balance) -> Table:
    """The balance for the terminal, a bar for each number.

    Args:
        counts: As :func:`balance` gives them.
    """
    splits = [split for split in SPLITS if any(split in one for one in counts.values())]
    table = Table("number", *splits, "", title="Crops of each number", title_justify="left")
    most = max((sum(one.values()) for one in counts.values()), default=1)
    for answer, one in counts.items():
        bar = "█" * max(1, round(WIDTH * sum(one.values()) / most))
        cells: list[Any] = [str(one.get(split, 0)) for split in splits]
        table.add_row(answer, *cells, bar)
    return table
