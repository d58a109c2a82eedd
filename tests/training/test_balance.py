"""How often every number is there to learn from."""

from __future__ import annotations

from hoop_plugins.training.balance import balance, balance_figure, balance_table
from hoop_plugins.training.curation import plan_reader


def test_the_balance_as_plot_and_as_bars(crops):
    counts = balance(plan_reader(crops, negatives=0.5))
    assert list(counts) == ["7", "23", "none"]
    assert sum(counts["23"].values()) == 8
    figure = balance_figure(counts)
    assert [bar.name for bar in figure.data] == ["train", "valid"]
    assert [sum(pair) for pair in zip(*(bar.y for bar in figure.data), strict=True)] == [
        24,
        8,
        8,
    ]
    bars = list(balance_table(counts).columns[-1].cells)
    assert [len(str(bar)) for bar in bars] == [40, 13, 13]
