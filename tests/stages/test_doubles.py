"""People whom a detector found twice."""

from __future__ import annotations

import numpy as np
import pytest
import supervision as sv

from hoop_plugins.stages.doubles import parts, without_doubles

WHOLE = (400, 200, 436, 310)


def test_the_upper_part_of_somebody_is_left_out() -> None:
    boxes = np.array([(404, 203, 430, 280), WHOLE], np.float32)
    found = sv.Detections(xyxy=boxes, confidence=np.array([0.8, 0.4], np.float32))
    assert without_doubles(found).xyxy.tolist() == [list(WHOLE)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (WHOLE, (402, 230, 430, 310)),  # a child, or somebody who sits, in front: the head is lower
        ((380, 200, 440, 310), (418, 201, 440, 280)),  # half hidden behind: the head is beside
        (WHOLE, (370, 203, 415, 290)),  # most of it is elsewhere
        (WHOLE, (404, 195, 436, 295)),  # behind, and nearly as tall
        (WHOLE, WHOLE),
    ],
)
def test_somebody_else_stays(one: tuple[int, ...], other: tuple[int, ...]) -> None:
    assert not parts(np.array([one, other], np.float32)).any()


def test_nobody_has_no_double() -> None:
    assert len(without_doubles(sv.Detections.empty())) == 0
