"""Two evaluations of the same clips."""

from __future__ import annotations

import json

import pytest
from planted import Game, evaluate_clips

from hoop_plugins.errors import HoopError
from hoop_plugins.evaluation.report import Comparison, EvaluationReport, compare


def report(*missing: int, frames: int = 10) -> EvaluationReport:
    """Clips of ten frames, in each of which player 11 is missing in so many of them."""
    clips = []
    for index, count in enumerate(missing):
        game = Game(frames)
        game.remove("players", 11, range(1, count + 1))
        clips.append(game.clip(f"clip{index}"))
    return evaluate_clips(clips)


@pytest.fixture(scope="module")
def better() -> Comparison:
    """Every clip is better than before."""
    return compare(report(4, 5, 6, 4, 5), report(0, 0, 0, 0, 0))


def test_every_figure_is_compared() -> None:
    comparison = compare(report(4, 0), report(0, 0))
    changes = {change.figure: change for change in comparison.changes}
    identity = changes["identity.frame_accuracy"]
    assert identity.old == pytest.approx(76 / 80)
    assert identity.new == 1
    assert identity.difference == pytest.approx(4 / 80)
    assert changes["tracking.fragmentations"].difference == 0
    assert {"detection.ball.ap50", "tracking.hota", "numbers.validated.coverage"} <= set(changes)


def test_a_change_in_every_clip_is_certain_and_none_is_not(better: Comparison) -> None:
    changes = {change.figure: change for change in better.changes}
    identity = changes["identity.frame_accuracy"]
    assert identity.interval is not None
    assert identity.difference is not None
    assert identity.interval[0] <= identity.difference <= identity.interval[1]
    assert identity.certain
    assert changes["numbers.reading.accuracy"].interval == [0, 0]
    assert not changes["numbers.reading.accuracy"].certain


def test_the_interval_is_paired() -> None:
    """Clips differ much from each other, and in each the same is better: that is certain."""
    comparison = compare(report(1, 3, 5, 7, 9), report(0, 2, 4, 6, 8))
    (identity,) = (
        change for change in comparison.changes if change.figure == "identity.frame_accuracy"
    )
    assert identity.interval == pytest.approx([1 / 40, 1 / 40])


def test_only_clips_that_both_have_count() -> None:
    comparison = compare(report(4), report(0, 10))
    assert comparison.clips == ["clip0"]
    assert comparison.left_out == ["clip1"]
    (identity,) = (
        change for change in comparison.changes if change.figure == "identity.frame_accuracy"
    )
    assert identity.new == 1
    assert identity.interval is None


def test_no_clip_in_common_is_refused() -> None:
    other = EvaluationReport({"another": next(iter(report(0).clips.values()))})
    with pytest.raises(HoopError, match=r"no clip in common: one has clip0, the other another"):
        compare(report(0), other)


def test_json(better: Comparison) -> None:
    figures = json.loads(json.dumps(better.to_json()))
    assert figures["changes"]["identity.frame_accuracy"]["certain"] is True
    assert figures["clips"] == [f"clip{index}" for index in range(5)]
