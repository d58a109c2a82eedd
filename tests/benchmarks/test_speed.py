"""The harness of the speed benchmarks: that it measures and compares, not what comes out."""

from __future__ import annotations

import json
from dataclasses import replace

from speed import masks
from speed.harness import Row, as_json, measure, table


def test_each_way_is_run_by_turns_once_more_than_it_is_measured() -> None:
    done: list[str] = []

    def way(name: str) -> None:
        done.append(name)

    row = Row(
        "counting",
        "thing",
        10,
        lambda: way("ours"),
        {"theirs": lambda: way("peer")},
        {"the least": lambda: way("bound")},
        rounds=2,
    )
    measured = measure(row)
    assert done == ["ours", "peer", "bound"] * 3
    assert [(ratio.name, ratio.kind) for ratio in measured.ratios] == [
        ("theirs", "peer"),
        ("the least", "bound"),
    ]


def test_what_a_run_says_of_itself_is_a_bound() -> None:
    row = Row("half", "thing", 1, lambda: {"of it": 0.0}, rounds=1)
    (ratio,) = measure(row).ratios
    assert (ratio.name, ratio.kind, ratio.median) == ("of it", "bound", 0.0)


def test_a_row_becomes_a_line_of_the_table_and_figures() -> None:
    row = next(masks.rows("cpu"))
    measured = measure(row, rounds=1)
    full = measured.ratios[0]
    assert full.least == full.median == full.greatest > 1  # a frame in full takes ages
    first, *_ = table([measured]).splitlines()[2:]
    assert first.startswith(f"| {row.name} | ")
    assert first.endswith(" | not measured |")
    assert json.loads(json.dumps(as_json([measured])))[0]["device"] == "cpu"
    there = replace(measured, device="cuda:0")
    assert "not measured" not in table([measured, there])
