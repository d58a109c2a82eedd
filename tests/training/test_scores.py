"""What is counted of a reader."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from hoop_plugins.data.vocabulary import NO_NUMBER, NUMBERS
from hoop_plugins.training.scores import score_reads


def places(texts: Sequence[str]) -> list[int]:
    return [NUMBERS.index(text) if text else NO_NUMBER for text in texts]


def reads(texts: Sequence[str], sure: float = 0.8) -> np.ndarray:
    rows = np.full((len(texts), NO_NUMBER + 1), (1 - sure) / NO_NUMBER, np.float32)
    rows[np.arange(len(texts)), places(texts)] = sure
    return rows


def test_shares_are_of_what_they_say() -> None:
    truth = ["7", "23", "0", "00", "", ""]
    scores = score_reads(places(truth), reads(["7", "", "00", "00", "", "5"]), seconds=3.0)
    assert (scores.crops, scores.with_number, scores.read) == (6, 4, 4)
    assert scores.exact == pytest.approx(3 / 6)  # none where there is none is right
    assert scores.numbers == pytest.approx(2 / 4)
    assert scores.abstained == pytest.approx(1 / 4)
    assert scores.precision == pytest.approx(2 / 4)  # what is invented is wrong, too
    assert scores.invented == pytest.approx(1 / 2)
    assert scores.calibration_error == pytest.approx(0.8 - 3 / 6)
    assert scores.crops_per_second == pytest.approx(2)


def test_who_reads_nothing_has_no_precision() -> None:
    scores = score_reads(places(["7", ""]), reads(["", ""]))
    assert (scores.precision, scores.abstained, scores.invented) == (None, 1.0, 0.0)
    assert scores.crops_per_second is None


def test_where_every_crop_has_a_number_nothing_can_be_invented() -> None:
    scores = score_reads(places(["7", "8"]), reads(["7", "8"]))
    assert (scores.invented, scores.numbers, scores.exact) == (None, 1.0, 1.0)


def test_where_no_crop_has_a_number_none_can_be_missed() -> None:
    scores = score_reads(places(["", ""]), reads(["4", ""]))
    assert (scores.numbers, scores.abstained, scores.precision) == (None, None, 0.0)
    assert scores.invented == 0.5
