"""PP-OCR on numbers that are drawn here: text of the package's own weights, no network."""

from __future__ import annotations

import itertools
import socket
import subprocess
import sys
from importlib.metadata import distributions

import cv2
import numpy as np
import pytest

from hoop_plugins import plugins
from hoop_plugins.data.vocabulary import NO_NUMBER, NUMBERS
from hoop_plugins.models.ppocr import PPOCRReader, number_probabilities, text_boxes
from hoop_plugins.models.roles import NumberReader
from hoop_plugins.specs import Role


@pytest.fixture(scope="module")
def reader() -> PPOCRReader:
    return plugins.load_model(Role.READER, "rapidocr")


def shirt(text: str, size: int = 60, ink: int = 230, cloth: int = 60) -> np.ndarray:
    """The chest of somebody with a number, RGB: seams at the sides, and noise."""
    image = np.full((size, size, 3), cloth, np.uint8)
    scale = size / 60
    (wide, high), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_DUPLEX, scale, 2)
    place = ((size - wide) // 2, (size + high) // 2)
    cv2.putText(image, text, place, cv2.FONT_HERSHEY_DUPLEX, scale, (ink,) * 3, 2, cv2.LINE_AA)
    noise = np.random.default_rng(0).normal(0, 4, image.shape)
    return (image + noise).clip(0, 255).astype(np.uint8)


def said(row: np.ndarray) -> str:
    best = int(row.argmax())
    return "" if best == NO_NUMBER else NUMBERS[best]


@pytest.mark.parametrize("text", ["23", "7", "00", "15", "41"])
def test_a_number_is_read(reader: PPOCRReader, text: str) -> None:
    rows = reader.read([shirt(text), shirt(text, 90, ink=40, cloth=200)])
    assert [said(row) for row in rows] == [text, text]
    assert rows.sum(1) == pytest.approx(1, abs=1e-5)


def test_a_blank_shirt_has_no_number(reader: PPOCRReader) -> None:
    stripes = np.zeros((64, 48, 3), np.uint8)
    stripes[:, ::8] = stripes[:, 1::8] = stripes[:, 2::8] = 220
    random = np.random.default_rng(1).integers(0, 255, (8, 6, 3), dtype=np.uint8)
    creases = cv2.resize(random, (48, 64), interpolation=cv2.INTER_CUBIC)
    rows = reader.read([shirt(""), stripes, creases, np.zeros((1, 1, 3), np.uint8)])
    assert [said(row) for row in rows] == [""] * 4
    assert (rows[:, NO_NUMBER] > 0.9).all()


@pytest.mark.parametrize("text", ["AB", "235", "LA"])
def test_other_texts_are_no_numbers(reader: PPOCRReader, text: str) -> None:
    assert said(reader.read([shirt(text, 120)])[0]) == ""


def test_a_number_is_found_below_a_name(reader: PPOCRReader) -> None:
    image = np.full((120, 100, 3), 40, np.uint8)
    cv2.putText(image, "HAWKS", (12, 35), cv2.FONT_HERSHEY_DUPLEX, 0.7, (240,) * 3, 1, cv2.LINE_AA)
    cv2.putText(image, "34", (22, 95), cv2.FONT_HERSHEY_DUPLEX, 1.5, (240,) * 3, 3, cv2.LINE_AA)
    assert said(reader.read([image])[0]) == "34"


def test_what_is_read_does_not_depend_on_the_batch(reader: PPOCRReader) -> None:
    crops = [shirt("23"), shirt(""), shirt("8", 90)]
    together = reader.read(crops)
    alone = np.concatenate([reader.read([crop]) for crop in crops])
    assert np.allclose(together, alone, atol=1e-3)


def test_no_crops_and_crops_without_pixels(reader: PPOCRReader) -> None:
    assert isinstance(reader, NumberReader)
    assert reader.read([]).shape == (0, 102)
    assert said(reader.read([np.zeros((0, 3, 3), np.uint8)])[0]) == ""


def test_it_is_the_reader_of_the_profile_pretrained() -> None:
    from hoop_plugins.profiles import load_profile

    assert load_profile("pretrained").model(Role.READER) == "rapidocr"


def test_no_connection_is_needed() -> None:
    program = (
        "import socket\n"
        "def refuse(*_): raise OSError('a connection was opened')\n"
        "socket.socket.connect = socket.getaddrinfo = refuse\n"
        "from hoop_plugins import plugins\n"
        "import numpy as np\n"
        "reader = plugins.load_model('reader', 'rapidocr')\n"
        "print(reader.read([np.zeros((9, 9, 3), np.uint8)]).shape)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "(1, 102)\n", done.stderr
    assert hasattr(socket, "getaddrinfo")


def test_it_brings_no_second_opencv() -> None:
    names = {str(found.metadata["Name"]).lower() for found in distributions()}
    assert {name for name in names if name.startswith("opencv")} == {"opencv-python-headless"}


def by_alignments(blank: np.ndarray, digits: np.ndarray) -> np.ndarray:
    """The same sums, one alignment after another."""
    steps = len(blank)
    found = np.zeros(NO_NUMBER + 1)
    for path in itertools.product(range(-1, 10), repeat=steps):
        likely = np.prod([blank[t] if d < 0 else digits[t, d] for t, d in enumerate(path)])
        text = "".join(str(d) for d, _ in itertools.groupby(path) if d >= 0)
        if text in NUMBERS:
            found[NUMBERS.index(text)] += likely
    found[NO_NUMBER] = 1 - found.sum()
    return found


def test_all_alignments_count() -> None:
    random = np.random.default_rng(0)
    outcomes = random.dirichlet(np.ones(12), (2, 4))  # the last: any other character
    found = number_probabilities(outcomes[..., 0], outcomes[..., 1:11])
    wanted = [by_alignments(rows[:, 0], rows[:, 1:11]) for rows in outcomes]
    assert np.allclose(found, wanted, atol=1e-6)


def test_a_digit_twice_needs_a_blank_between() -> None:
    blank, digits = np.zeros((1, 3)), np.zeros((1, 3, 10))
    digits[0, :, 2] = 1
    assert said(number_probabilities(blank, digits)[0]) == "2"
    blank[0, 1], digits[0, 1, 2] = 1, 0
    assert said(number_probabilities(blank, digits)[0]) == "22"


def test_text_is_where_it_is_marked_and_a_little_around() -> None:
    marked = np.zeros((128, 128))
    marked[40:60, 30:80] = 0.9
    marked[100:102, 100:102] = 1  # too small
    marked[5:20, 5:20] = 0.35  # too faint
    ((left, top, right, bottom),) = text_boxes(marked)
    assert 0.1 < left < 30 / 128
    assert 80 / 128 < right < 0.75
    assert 0.2 < top < 40 / 128
    assert 60 / 128 < bottom < 0.6
