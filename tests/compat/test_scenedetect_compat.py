"""What is relied on of PySceneDetect."""

from __future__ import annotations

import numpy as np
import pytest

from hoop_plugins.compat.scenedetect import WIDTH, ContentScore, shrunk


def gray(level: int, height: int = 90, width: int = 160) -> np.ndarray:
    return np.full((height, width, 3), level, np.uint8)


def test_the_score_is_the_mean_difference_of_hue_saturation_and_brightness() -> None:
    content = ContentScore()
    levels = (60, 60, 90, 0)
    scores = [content.score(shrunk(gray(level))) for level in levels]
    assert scores == [0, 0, 10, 30]


@pytest.mark.parametrize(
    ("shape", "expected"),
    [((1080, 1920), (144, WIDTH)), ((90, 160), (90, 160)), ((2, 4000), (1, WIDTH))],
)
def test_wide_pictures_are_shrunk(shape: tuple[int, int], expected: tuple[int, int]) -> None:
    assert shrunk(gray(9, *shape)).shape == (*expected, 3)


def test_pictures_become_bgr() -> None:
    red = np.zeros((8, 8, 3), np.uint8)
    red[..., 0] = 200
    assert shrunk(red)[0, 0].tolist() == [0, 0, 200]
