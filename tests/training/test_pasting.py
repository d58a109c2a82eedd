"""Copies of small, rare things in training images."""

import cv2
import numpy as np
import pytest

from hoop_plugins.errors import HoopError
from hoop_plugins.formats.coco_images import CocoDataset
from hoop_plugins.training.detector_data import MOST, Stickers

ORANGE = (250, 120, 20)


@pytest.fixture
def data(tmp_path):
    """One grey image with a ball of 20 px; a class that is never shown."""
    image = np.full((200, 300, 3), 90, np.uint8)
    cv2.circle(image, (50, 60), 10, ORANGE[::-1], -1)
    path = tmp_path / "image.png"
    cv2.imwrite(str(path), image)
    return CocoDataset(
        names=("ball", "rim"),
        images=(path,),
        boxes=(np.array([[40, 50, 60, 70]], np.float32),),
        labels=(np.array([0]),),
    )


def test_copies_look_like_the_thing_and_lie_where_their_boxes_say(data):
    stickers = Stickers(data, ["ball"])
    counts = set()
    for seed in range(20):
        grey = np.full((200, 300, 3), 90, np.uint8)
        before = (np.zeros((1, 4), np.float32), np.array([1]))
        image, boxes, labels = stickers.paste(grey, *before, np.random.default_rng(seed))
        counts.add(len(boxes) - 1)
        assert labels.tolist() == [1] + [0] * (len(boxes) - 1)
        assert (boxes[0] == 0).all()
        elsewhere = np.ones(image.shape[:2], bool)
        for x0, y0, x1, y1 in boxes[1:].astype(int):
            middle = image[(y0 + y1) // 2, (x0 + x1) // 2].astype(int)
            assert np.abs(middle - ORANGE).max() < 30
            elsewhere[y0:y1, x0:x1] = False
        assert (image[elsewhere] == 90).all()
    assert counts == set(range(MOST + 1))


def test_the_same_chance_gives_the_same_image(data):
    def paste():
        grey = np.full((200, 300, 3), 90, np.uint8)
        nothing = (np.zeros((0, 4), np.float32), np.zeros(0, np.int64))
        return Stickers(data, ["ball"], seed=3).paste(grey, *nothing, np.random.default_rng(5))

    first, second = paste(), paste()
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


@pytest.mark.parametrize(("name", "words"), [("puck", "choose of ball, rim"), ("rim", "no box")])
def test_what_is_not_there_is_not_pasted(data, name, words):
    with pytest.raises(HoopError, match=words):
        Stickers(data, [name])
