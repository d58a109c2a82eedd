"""Crops of numbers on jerseys alone, for the reader's first lessons: every number, many kits.

A rendered game shows ten numbers in two kits; the reader needs all 101 in all kits, which is cheap
without the game around them. Only the ``arena`` domain is drawn.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from hoop_plugins.data.vocabulary import NONE, NUMBERS
from hoop_plugins.formats.jsonl import ANNOTATIONS, Example, write_examples
from hoop_plugins.sample.jersey import (
    COLUMNS,
    PPM,
    ROWS,
    SHADE,
    Jersey,
    facing_side,
    make_jersey,
    number_facing,
)
from hoop_plugins.sample.kits import HAIRS, SKINS, Kit, make_kits
from hoop_plugins.sample.motion import Person
from hoop_plugins.sample.training_data import PAD

_VIEWS = 4
_NEGATIVES = 0.15
_READABLE, _HIDDEN = 0.9, 0.35
_DIGIT_MARK = 254


def write_crops(output_dir: str | Path, count: int, seed: int = 0) -> None:
    """Writes ``annotations.jsonl`` and as many PNG crops.

    Args:
        output_dir: Folder for both.
        count: Number of crops; about 15% of them without a number.
        seed: Of everything drawn.
    """
    folder = Path(output_dir)
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    rows: list[Example] = []
    while len(rows) < count:
        kit = make_kits(rng, "arena")["home"]
        text = NUMBERS[int(rng.integers(len(NUMBERS)))]
        person = Person(
            1, "player", "home", text, 2.0, 1.0, _pick(rng, SKINS), _pick(rng, HAIRS), 0
        )
        jersey = make_jersey(person, kit, rng)
        for _ in range(min(_VIEWS, count - len(rows))):
            answer = NONE if rng.random() < _NEGATIVES else text
            name = f"{len(rows):06d}.png"
            crop = draw_crop(jersey, kit, person, answer != NONE, rng)
            cv2.imwrite(str(folder / name), crop[..., ::-1])
            rows.append(Example(folder / name, answer))
    write_examples(folder / ANNOTATIONS, rows)


def draw_crop(
    jersey: Jersey, kit: Kit, person: Person, readable: bool, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Draws a torso from a random side, and cuts it out around its number.

    Args:
        jersey: With its number.
        kit: Its colors.
        person: Whose arms hang beside it.
        readable: Whether at least nine tenths of the number face the camera; else what is cut out
            shows a third of it at most.
        rng: Source of chance.

    Returns:
        RGB uint8 ``(H, W, 3)``, the number 10 to 48 px high, padded as the reader's crops are.
    """
    turn = _turn(jersey, readable, rng)
    half_width, columns = facing_side(turn)
    front = jersey.texture[:, columns].copy()
    front[..., :3] = cv2.multiply(front, SHADE, scale=1 / 255)[..., :3]
    digit_height = float(np.exp(rng.uniform(np.log(10), np.log(48))))
    scale = digit_height / (0.26 * PPM)
    wide, high = max(2 * half_width * PPM * scale, 3), ROWS * scale
    margin = int(PAD + 0.3 * wide + 4)
    size = (int(wide) + 2 * margin, int(high) + 2 * margin)
    canvas = _background(size, person, rng)
    quad = _torso_corners(wide, high, margin, rng)
    for side in (0, 1):
        arm = quad[side] + np.array([(-0.06, 0.06)[side] * wide, 0.1 * high])
        hand = arm + np.array([rng.normal(0, 0.3) * wide, rng.uniform(0.2, 0.9) * high])
        thick = max(1, int(0.13 * wide))
        cv2.line(canvas, _point(arm), _point(hand), person.skin, thick, cv2.LINE_AA)
    corners = np.array([[0, 0], [COLUMNS, 0], [COLUMNS, ROWS], [0, ROWS]], np.float32)
    matrix = cv2.getPerspectiveTransform(corners, quad)
    blur = max(1.0, 0.45 / scale)
    smooth = cv2.GaussianBlur(front[..., :3], (0, 0), 0.5 * blur) if blur > 1 else front[..., :3]
    torso = cv2.warpPerspective(smooth, matrix, size, flags=cv2.INTER_LINEAR)
    cover = cv2.warpPerspective(np.ones((ROWS, COLUMNS), np.uint8), matrix, size)
    canvas[cover > 0] = torso[cover > 0]
    digits = (front[..., 3] == _DIGIT_MARK).astype(np.uint8) * 255
    box = _box(cv2.warpPerspective(digits, matrix, size) > 127, quad)
    return _cut(_camera(canvas, rng), box, rng)


def _turn(jersey: Jersey, readable: bool, rng: np.random.Generator) -> float:
    while True:
        turn = float(rng.uniform(-np.pi, np.pi))
        share = number_facing(turn, jersey.half)
        if share >= _READABLE if readable else share <= _HIDDEN:
            return turn


def _background(
    size: tuple[int, int], person: Person, rng: np.random.Generator
) -> NDArray[np.uint8]:
    canvas = np.empty((size[1], size[0], 3), np.uint8)
    wood = np.array([196, 150, 100]) + rng.integers(-30, 30, 3)
    crowd = rng.integers(0, 255, 3)
    canvas[:] = wood if rng.random() < 0.7 else crowd
    for _ in range(int(rng.integers(0, 4))):
        left, top = rng.integers(0, size[0]), rng.integers(0, size[1])
        right, bottom = left + rng.integers(2, size[0]), top + rng.integers(2, size[1])
        color = person.skin if rng.random() < 0.3 else rng.integers(0, 255, 3)
        canvas[top:bottom, left:right] = color
    return canvas


def _torso_corners(
    wide: float, high: float, margin: int, rng: np.random.Generator
) -> NDArray[np.float32]:
    narrow = 0.07 * wide
    quad = np.array([[0, 0], [wide, 0], [wide - narrow, high], [narrow, high]])
    lean = np.radians(rng.normal(0, 7))
    turn = np.array([[np.cos(lean), -np.sin(lean)], [np.sin(lean), np.cos(lean)]])
    middle = np.array([wide, high]) / 2
    result: NDArray[np.float32] = ((quad - middle) @ turn.T + middle + margin).astype(np.float32)
    return result


def _box(digits: NDArray[np.bool_], quad: NDArray[np.float32]) -> tuple[int, int, int, int]:
    left, top, wide, high = cv2.boundingRect(digits.view(np.uint8))
    if wide < 2:
        left, top = quad[:2].mean(0).astype(int)
        wide, high = np.ceil((quad[2] - quad[0]) * 0.35).astype(int)
    return int(left), int(top), int(left + wide), int(top + high)


def _camera(canvas: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Motion blur and compression."""
    length = int(rng.integers(1, 5))
    if length > 1:
        canvas = np.asarray(cv2.blur(canvas, (length, 1)), dtype=np.uint8)
    quality = int(rng.integers(35, 95))
    _, encoded = cv2.imencode(".jpg", canvas, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), dtype=np.uint8)


def _cut(
    canvas: NDArray[np.uint8], box: tuple[int, int, int, int], rng: np.random.Generator
) -> NDArray[np.uint8]:
    shake = np.round(rng.normal(0, 0.05 * (box[3] - box[1]), 4)).astype(int)
    left, top, right, bottom = np.add(box, (-PAD, -PAD, PAD, PAD)) + shake
    high, wide = canvas.shape[:2]
    left, top = np.clip(left, 0, wide - 4), np.clip(top, 0, high - 4)
    return canvas[top : max(bottom, top + 4), left : max(right, left + 4)]


def _point(xy: NDArray[np.float64]) -> tuple[int, int]:
    return int(xy[0]), int(xy[1])


def _pick(
    rng: np.random.Generator, colors: tuple[tuple[int, int, int], ...]
) -> tuple[int, int, int]:
    return colors[int(rng.integers(len(colors)))]


def main() -> None:
    parser = argparse.ArgumentParser(description="Write crops of numbers on jerseys.")
    parser.add_argument("output_dir")
    parser.add_argument("--count", type=int, default=40000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    write_crops(arguments.output_dir, arguments.count, arguments.seed)


if __name__ == "__main__":
    main()
