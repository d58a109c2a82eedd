"""Resamples of clips: average precision of many at once is that of each alone."""

from __future__ import annotations

import numpy as np
import pytest
from hotcoco.metrics import average_precision

from hoop_plugins.evaluation.detection import ClassCounts
from hoop_plugins.evaluation.report import interval, resampled_precision

CLIPS = 8


def made_up(boxes: int) -> list[ClassCounts]:
    """Clips whose boxes are right the more often the surer they are, each clip's more or less."""
    random = np.random.default_rng(0)
    clips = []
    for clip in range(CLIPS):
        scores = random.beta(4, 2, boxes)
        hits = random.random(boxes) < scores ** (0.2 + 0.2 * clip)
        clips.append(ClassCounts([scores], [np.tile(hits, (10, 1))], int(hits.sum() * 1.2)))
    return clips


@pytest.mark.parametrize("boxes", [100, 2000])
def test_average_precision_of_resamples(boxes: int) -> None:
    clips = made_up(boxes)
    drawn = np.random.default_rng(1).integers(CLIPS, size=(20, CLIPS))
    times = np.array([np.bincount(draw, minlength=CLIPS) for draw in drawn])
    expected = [
        average_precision(
            np.concatenate([clips[index].scores[0] for index in draw]),
            np.concatenate([clips[index].matched[0][0] for index in draw]),
            sum(clips[index].truth for index in draw),
        )
        for draw in drawn
    ]
    assert resampled_precision(clips, times) == pytest.approx(expected, abs=1e-3)


def test_resamples_without_ground_truth_are_left_out() -> None:
    nothing = ClassCounts([], [], 0)
    times = np.array([[2, 0], [0, 2], [1, 1]])
    perfect = ClassCounts([np.array([0.9])], [np.ones((10, 1), dtype=bool)], 1)
    found = resampled_precision([perfect, nothing], times)
    assert found.tolist()[::2] == pytest.approx([1, 1])
    assert np.isnan(found[1])
    assert interval(found) == [1, 1]
    assert resampled_precision([ClassCounts([], [], 3)], np.array([[1]])).tolist() == [0]
    assert interval(resampled_precision([nothing], np.array([[1]]))) == []
