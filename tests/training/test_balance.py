"""How often every number is there to learn from."""

from __future__ import annotations

from hoop_plugins.cli.tables import balance_table
from hoop_plugins.training.curation import balance, plan_reader


def test_the_balance_as_counts_and_as_bars(crops):
    counts = balance(plan_reader(crops, negatives=0.5))
    assert list(counts) == ["7", "23", "none"]
    assert [sum(row.values()) for row in counts.values()] == [24, 8, 8]
    table = balance_table(counts)
    assert [column.header for column in table.columns] == ["number", "train", "valid", ""]
    assert [len(str(bar)) for bar in table.columns[-1].cells] == [40, 13, 13]
