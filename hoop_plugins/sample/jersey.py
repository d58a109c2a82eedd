"""Jersey textures, unrolled around the torso."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .kits import Kit, draw_digits
from .motion import Person

PPM = 250  # texture pixels per meter of cloth for a person of two meters
HALF_WIDTH, HALF_DEPTH = 0.235, 0.145  # of the torso's elliptic section, meters
ROWS = 180
COLUMNS = 120  # of the half that faces the camera
SHORTS_FROM = 0.80  # share of the rows

_angles = np.linspace(-np.pi, np.pi, 721)
_steps = np.hypot(HALF_WIDTH * np.cos(_angles), HALF_DEPTH * np.sin(_angles))
_arc = np.concatenate([[0.0], np.cumsum((_steps[1:] + _steps[:-1]) / 2 * np.diff(_angles))])
PERIMETER = float(_arc[-1])
AROUND = round(PERIMETER * PPM)
_across = np.linspace(-0.995, 0.995, COLUMNS)
_facing = np.arcsin(_across)


def arc(angle: np.ndarray) -> np.ndarray:
    """Meters of cloth from the left side (angle -pi/2) to `angle`, in [0, PERIMETER)."""
    wrapped = (angle + np.pi) % (2 * np.pi) - np.pi
    quarter = PERIMETER / 4
    result: np.ndarray = (np.interp(wrapped, _angles, _arc) - quarter) % PERIMETER
    return result


@dataclass(frozen=True, eq=False)
class Jersey:
    """A texture uint8 (ROWS, AROUND, 4): RGB, and 254 where the digits are, else 255.

    `half` is half the number's width in meters of cloth; 0 without a number.
    """

    texture: np.ndarray
    half: float


def _base(kit: Kit, rng: np.random.Generator) -> np.ndarray:
    image = np.empty((ROWS, AROUND, 3), np.uint8)
    image[:] = kit.jersey
    rows, columns = np.mgrid[0:ROWS, 0:AROUND]
    if kit.pattern == "stripes":
        image[(columns // 22) % 2 == 1] = kit.second
    elif kit.pattern == "hoops":
        image[(rows // 24) % 2 == 1] = kit.second
    elif kit.pattern == "halves":
        image[:, AROUND // 4 : 3 * AROUND // 4] = kit.second
    elif kit.pattern == "sash":
        image[np.abs((rows - columns * 1.1) % (AROUND // 2) - 60) < 24] = kit.second
    elif kit.pattern == "side-panels":
        for side in (0, AROUND // 2, AROUND):
            image[:, max(side - 17, 0) : side + 17] = kit.second
    elif kit.pattern == "fade":
        share = np.clip((rows / ROWS - 0.5) * 1.5, 0, 0.5)[..., None]
        image[:] = (image * (1 - share) + np.array(kit.jersey) * 0.55 * share).astype(np.uint8)
    return image


def make_jersey(person: Person, kit: Kit, rng: np.random.Generator) -> Jersey:
    """Draws a person's jersey with its number on chest and back, and the shorts' upper part."""
    image = _base(kit, rng)
    half = 0.0
    digits = np.zeros((ROWS, AROUND), bool)
    if person.number is not None:
        size = round(0.13 * 2.0 * PPM)
        fill, outline = draw_digits(person.number, kit.font, size, int(size * 1.25))
        high, wide = fill.shape
        half = wide / 2 / PPM
        for center in (AROUND // 4, 3 * AROUND // 4):
            y, x = int(ROWS * 0.20), center - wide // 2
            patch: np.ndarray = image[y : y + high, x : x + wide].astype(np.float32)
            for cover, color in ((outline, kit.outline), (fill, kit.digits)):
                share = cover[..., None] / np.float32(255)
                patch = patch * (1 - share) + np.array(color, np.float32) * share
            image[y : y + high, x : x + wide] = patch.astype(np.uint8)
            digits[y : y + high, x : x + wide] = (
                outline if kit.outline != kit.jersey else fill
            ) > 127
    for center, deep in ((AROUND // 4, 25), (3 * AROUND // 4, 13)):
        cv2.ellipse(image, (center, -2), (28, deep + 4), 0, 0, 180, kit.trim, -1, cv2.LINE_AA)
        cv2.ellipse(image, (center, -2), (24, deep), 0, 0, 180, person.skin, -1, cv2.LINE_AA)
    if person.label == "player":
        for center in (0, AROUND // 2, AROUND):
            cv2.ellipse(image, (center, 6), (21, 48), 0, 0, 360, kit.trim, -1, cv2.LINE_AA)
            cv2.ellipse(image, (center, 6), (16, 43), 0, 0, 360, person.skin, -1, cv2.LINE_AA)
    waist = int(ROWS * SHORTS_FROM)
    image[waist:] = kit.shorts
    image[waist : waist + 5] = kit.trim
    folds: np.ndarray = rng.normal(0, 1, (ROWS // 12 + 2, AROUND // 14 + 2)).astype(np.float32)
    folds = cv2.resize(folds, (AROUND, ROWS), interpolation=cv2.INTER_CUBIC) * 6
    shaded = np.clip(image.astype(np.float32) + folds[..., None], 0, 255).astype(np.uint8)
    alpha = np.where(digits, 254, 255).astype(np.uint8)
    return Jersey(np.dstack([shaded, alpha]), half)


def facing_side(turn: float) -> tuple[float, np.ndarray]:
    """What of the torso faces the camera.

    Args:
        turn: radians, 0 is the chest to the camera.

    Returns:
        The torso's half width in meters, and the texture's columns from left to right.
    """
    wide, deep = HALF_WIDTH * np.cos(turn), HALF_DEPTH * np.sin(turn)
    shift = np.arctan2(deep, wide)
    columns = (arc(_facing - shift) * PPM).astype(np.intp) % AROUND
    return float(np.hypot(wide, deep)), columns


def number_facing(turn: float, half: float) -> float:
    """The share of a number's width (chest or back, the nearer one) that faces the camera."""
    if abs(turn) > np.pi / 2:
        turn = np.sign(turn) * (abs(turn) - np.pi)
    shift = np.arctan2(HALF_DEPTH * np.sin(turn), HALF_WIDTH * np.cos(turn))
    limit = np.arccos(0.38)
    low, high = arc(np.array([-limit - shift, limit - shift]))
    middle = PERIMETER / 4
    if low > high:
        low = 0.0
    seen = min(high, middle + half) - max(low, middle - half)
    return float(np.clip(seen / (2 * half), 0, 1))


def _shade() -> np.ndarray:
    light = 0.60 + 0.40 * np.clip(np.cos(_facing + 0.45), 0, 1)
    down = np.linspace(1.0, 0.86, ROWS)
    shade = np.clip(down[:, None] * light[None] * 255, 0, 255).astype(np.uint8)
    return np.dstack([shade] * 3 + [np.full_like(shade, 255)])


SHADE = _shade()
