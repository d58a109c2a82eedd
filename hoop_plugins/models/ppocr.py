"""Reading jersey numbers without any training: PP-OCR, with the weights that ``rapidocr`` brings.

One network marks where in a crop there is text at all, a second one reads what it found. Where
nothing is found, as on a blank shirt, there is *no number*. Both run on the CPU with onnxruntime.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
from numpy.typing import NDArray

from hoop_plugins.data.folders import files_in
from hoop_plugins.data.image import Image
from hoop_plugins.data.vocabulary import NO_NUMBER
from hoop_plugins.errors import CheckpointError

SIDE = 128
"""Pixels of the square in which text is looked for."""

TEXT = 0.3
"""Probability from which a pixel is text; that of PP-OCR."""

SURE = 0.5
"""Mean probability of the pixels of what is read; that of PP-OCR."""

UNCLIP = 1.6
"""What is marked is the core of a text: its box grows by so many times area / perimeter."""

LEAST = 4
"""Pixels of the square, and of the crop, that a text has on each side at least."""

LINE = (80, 48)
"""Width and height in pixels of what is read: one or two digits, stretched to it."""


class PPOCRReader:
    """A :class:`~hoop_plugins.models.roles.NumberReader`.

    Args:
        locator: The text detection network: where in an image there is text.
        recognizer: The text recognition network: a distribution over characters for each eighth
            column of a line of text. Its metadata ``character`` lists them.
    """

    def __init__(
        self, locator: onnxruntime.InferenceSession, recognizer: onnxruntime.InferenceSession
    ) -> None:
        self._locator, self._recognizer = locator, recognizer
        characters = recognizer.get_modelmeta().custom_metadata_map["character"].splitlines()
        # The first outcome is CTC's blank.
        self._digits = [1 + characters.index(digit) for digit in "0123456789"]

    def read(self, crops: Sequence[Image]) -> NDArray[np.float32]:
        """Reads crops, see :class:`~hoop_plugins.models.roles.NumberReader`; they may be of any
        size, and an empty one has no number. Of several texts in a crop that counts which is most
        likely a number.
        """
        found = np.eye(NO_NUMBER + 1, dtype=np.float32)[[NO_NUMBER] * len(crops)]
        visible = [i for i, crop in enumerate(crops) if crop.size]
        texts = list(self._locate(visible, crops))
        if not texts:
            return found
        lines = np.stack([np.asarray(cv2.resize(text, LINE), np.uint8) for _, text in texts])
        characters = self._run(self._recognizer, lines)
        read = number_probabilities(characters[..., 0], characters[..., self._digits])
        for (i, _), row in zip(texts, read, strict=True):
            if row[NO_NUMBER] < found[i, NO_NUMBER]:
                found[i] = row
        return found

    def _locate(self, which: Sequence[int], crops: Sequence[Image]) -> Iterator[tuple[int, Image]]:
        """Yields the texts in some of the crops: which crop, and the part of it."""
        if not which:
            return
        squares = [cv2.resize(crops[i], (SIDE, SIDE), interpolation=cv2.INTER_CUBIC) for i in which]
        for i, marked in zip(which, self._run(self._locator, np.stack(squares))[:, 0], strict=True):
            high, wide = crops[i].shape[:2]
            for left, top, right, bottom in text_boxes(marked):
                rows = slice(round(top * high), round(bottom * high))
                part = crops[i][rows, round(left * wide) : round(right * wide)]
                if min(part.shape[:2]) >= LEAST:
                    yield i, np.ascontiguousarray(part)

    @staticmethod
    def _run(
        network: onnxruntime.InferenceSession, images: NDArray[np.uint8]
    ) -> NDArray[np.float32]:
        """What a network says of RGB images ``(N, H, W, 3)``."""
        # PP-OCR was trained on what OpenCV reads: BGR.
        pixels = images[..., ::-1].transpose(0, 3, 1, 2).astype(np.float32) / 127.5 - 1
        result: NDArray[np.float32] = network.run(None, {network.get_inputs()[0].name: pixels})[0]
        return result


def text_boxes(marked: NDArray[np.floating]) -> Iterator[tuple[float, float, float, float]]:
    """Finds the texts in what the text detection network says (DB, Liao et al. 2020,
    arXiv 1911.08947).

    Args:
        marked: ``(H, W)``, how likely each pixel is text, in [0, 1].

    Yields:
        Left, top, right and bottom of each, as shares of width and height, in [0, 1].
    """
    high, wide = marked.shape
    _, labels, boxes, _ = cv2.connectedComponentsWithStats((marked > TEXT).astype(np.uint8))
    for label, (x, y, width, height, _) in enumerate(boxes.tolist()):
        core = labels == label
        if not label or min(width, height) < LEAST or marked[core].mean() < SURE:
            continue
        more = UNCLIP * width * height / (2 * (width + height))
        yield (
            max(0.0, (x - more) / wide),
            max(0.0, (y - more) / high),
            min(1.0, (x + width + more) / wide),
            min(1.0, (y + height + more) / high),
        )


def number_probabilities(
    blank: NDArray[np.floating], digits: NDArray[np.floating]
) -> NDArray[np.float32]:
    """How likely a text is each number and nothing else, summed over all CTC alignments.

    Graves et al., "Connectionist Temporal Classification", ICML 2006: equal characters in a row are
    one, unless a blank lies between them.

    Args:
        blank: ``(N, T)``, in [0, 1]: the blank's probability at each of T steps.
        digits: ``(N, T, 10)``: those of the digits. Other characters have the rest.

    Returns:
        ``(N, 102)`` of :class:`~hoop_plugins.models.roles.NumberReader`: whatever else a text says,
        an empty one included, is *no number*.
    """
    count, steps, _ = digits.shape
    nothing = np.ones(count)  # so far; then one digit, and two: the last step a digit, or a blank
    one, one_blank = np.zeros((2, count, 10))
    two, two_blank = np.zeros((2, count, 10, 10))
    other = 1 - np.eye(10)
    for step in range(steps):
        pause, digit = blank[:, step].astype(np.float64), digits[:, step].astype(np.float64)
        two_blank = (two_blank + two) * pause[:, None, None]
        begun = one_blank[:, :, None] + one[:, :, None] * other
        two = (two + begun) * digit[:, None, :]
        one_blank = (one_blank + one) * pause[:, None]
        one = (one + nothing[:, None]) * digit
        nothing = nothing * pause
    single, pairs = one + one_blank, two + two_blank
    read = np.concatenate([single, pairs[:, 1:].reshape(count, 90), pairs[:, 0, :1]], axis=1)
    rest = 1 - read.sum(1, keepdims=True)
    scores = np.concatenate([read, rest], axis=1).clip(0)
    return np.asarray(scores / scores.sum(1, keepdims=True), dtype=np.float32)


def load() -> PPOCRReader:
    """Loads PP-OCR's networks out of the installed package ``rapidocr``; nothing is downloaded.

    Raises:
        CheckpointError: If the package lacks them.
    """
    return PPOCRReader(_session("det"), _session("rec"))


def _session(task: str) -> onnxruntime.InferenceSession:
    package = find_spec("rapidocr")
    folders = package.submodule_search_locations if package else None
    found = [
        path
        for folder in folders or ()
        for path in files_in(Path(folder), f"models/*_{task}_*.onnx")
    ]
    if not found:
        raise CheckpointError(
            f"rapidocr brings no PP-OCR network ({task}): pip install --force-reinstall rapidocr"
        )
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    # torch and OpenCV have threads too: those that spin while they wait take the others' time.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(
        str(sorted(found)[-1]), options, providers=["CPUExecutionProvider"]
    )
