"""How far confidence can be trusted."""

from __future__ import annotations

import numpy as np
import pytest

from hoop_plugins.data.calibration import calibration_error, tenths


def test_who_is_as_sure_as_right_has_no_error() -> None:
    assert calibration_error(tenths([0.75] * 4, [True, True, True, False])) == pytest.approx(0)


def test_the_gap_is_averaged_over_answers() -> None:
    # Three at 0.9 of which none is right, and one at 0.2 that is right.
    error = calibration_error(tenths([0.9, 0.9, 0.9, 0.2], [False, False, False, True]))
    assert error == pytest.approx((3 * 0.9 + 0.8) / 4)


def test_errors_of_two_tenths_do_not_cancel_out() -> None:
    assert calibration_error(tenths([0.95, 0.55], [False, True])) == pytest.approx(0.7)


def test_sums_of_float32_may_exceed_one() -> None:
    counted = tenths(np.array([1.0000001, 1.0], np.float32), [True, True])
    assert counted[0].sum() == 2
    assert calibration_error(counted) == pytest.approx(0)


def test_of_no_answer_there_is_no_error() -> None:
    assert calibration_error(tenths([], [])) is None
