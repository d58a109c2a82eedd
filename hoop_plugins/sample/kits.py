"""Kits, referees and digits of the two domains."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont

Color = tuple[int, int, int]

DOMAINS = ("arena", "street")
FONTS = {
    "arena": ("varsity", "DejaVuSans-Bold.ttf", "DejaVuSans-Bold.ttf:narrow", "varsity:narrow"),
    "street": (
        "DejaVuSerif-Bold.ttf:hollow", "DejaVuSansMono-BoldOblique.ttf:hollow",
        "STIXGeneralBol.ttf:slanted", "DejaVuSerif-Bold.ttf:slanted",
    ),
}  # fmt: skip
"""Fonts, and what is done to them: ``narrow``, ``hollow`` (contours alone) or ``slanted``."""
PATTERNS = {
    "arena": ("plain", "side-panels", "plain", "fade"),
    "street": ("stripes", "hoops", "halves", "sash"),
}
JERSEYS: dict[str, tuple[Color, ...]] = {
    "arena": (
        (244, 244, 240), (22, 32, 78), (176, 24, 40), (18, 18, 22), (24, 92, 168), (10, 104, 74),
        (250, 190, 40), (92, 40, 130), (226, 98, 30), (122, 196, 226), (126, 18, 44),
        (196, 200, 206),
    ),
    "street": (
        (36, 160, 150), (240, 120, 150), (66, 66, 72), (196, 222, 74), (236, 232, 214),
        (110, 76, 52), (86, 110, 200), (232, 84, 62), (60, 120, 60), (170, 140, 210),
    ),
}  # fmt: skip
TRIMS: tuple[Color, ...] = (
    (250, 250, 250), (14, 14, 18), (246, 190, 50), (190, 26, 40), (26, 60, 140), (20, 120, 80),
)  # fmt: skip
SKINS: tuple[Color, ...] = (
    (242, 204, 176), (224, 176, 142), (190, 136, 100), (150, 100, 70), (112, 72, 50), (82, 52, 38),
)  # fmt: skip
HAIRS: tuple[Color, ...] = ((24, 18, 16), (44, 30, 22), (92, 60, 34), (176, 132, 72), (20, 20, 24))

# Chamfered strokes of a varsity digit on a grid of 10 by 14, as outlines and holes.
_C = 2.2
_W = 3.2


@dataclass(frozen=True)
class Kit:
    """What a team (or the referees) wears; colors are RGB."""

    jersey: Color
    second: Color
    trim: Color
    shorts: Color
    digits: Color
    outline: Color
    pattern: str
    font: str
    shoes: Color
    socks: Color


def luma(color: Color) -> float:
    """The brightness of an RGB color, 0 to 255."""
    return 0.299 * color[0] + 0.587 * color[1] + 0.114 * color[2]


def similarity(one: Kit, other: Kit) -> float:
    """How alike two jerseys' colors are: 0 is far apart, 1 the same (CIE Lab distance)."""
    pair = np.array([[one.jersey, other.jersey]], np.float32) / 255
    lab = cv2.cvtColor(pair, cv2.COLOR_RGB2LAB)[0]
    return float(np.exp(-np.linalg.norm(lab[0] - lab[1]) / 50))


def _contrasting(rng: np.random.Generator, against: Color, least: float) -> Color:
    fitting = [c for c in TRIMS if abs(luma(c) - luma(against)) >= least]
    return fitting[int(rng.integers(len(fitting)))]


def _team(rng: np.random.Generator, domain: str, jersey: Color) -> Kit:
    pattern = str(rng.choice(PATTERNS[domain]))
    digits = _contrasting(rng, jersey, 95)
    trim = digits if rng.random() < 0.5 else _contrasting(rng, jersey, 50)
    if domain == "street":
        # A pattern's second color stays near the first, so that digits contrast with both.
        step = -46 if luma(digits) > luma(jersey) else 46
        red, green, blue = (int(np.clip(c + step, 0, 255)) for c in jersey)
        second = (red, green, blue)
    else:
        second = trim
    shorts = jersey if rng.random() < (0.75 if domain == "arena" else 0.2) else second
    outline = jersey if rng.random() < 0.35 else _contrasting(rng, digits, 80)
    font = str(rng.choice(FONTS[domain]))
    if font.endswith(":hollow"):
        outline = jersey
    return Kit(
        jersey, second, trim, shorts, digits, outline, pattern, font,
        ((240, 240, 242), (24, 24, 26), trim)[int(rng.integers(3))],
        (238, 238, 238) if rng.random() < 0.6 else (28, 28, 30),
    )  # fmt: skip


def make_kits(rng: np.random.Generator, domain: str) -> dict[str | None, Kit]:
    """Draws the kits of a game.

    Args:
        rng: source of chance.
        domain: `arena` or `street`.

    Returns:
        Kits by team: `home`, `away`, and None for the referees.
    """
    colors = JERSEYS[domain]
    first = colors[int(rng.integers(len(colors)))]
    least = 45 if rng.random() < 0.25 else 110
    others = [c for c in colors if np.abs(np.subtract(c, first)).sum() > least and c != first]
    second = others[int(rng.integers(len(others)))]
    if domain == "arena":
        shirt: Color = ((150, 152, 158), (120, 124, 134))[int(rng.integers(2))]
        dark: Color = (24, 24, 28)
        referee = Kit(shirt, dark, dark, dark, dark, shirt, "side-panels", "", dark, dark)
    else:
        referee = Kit(
            (240, 236, 226), (22, 22, 24), (22, 22, 24), (40, 40, 60), (22, 22, 24), (0, 0, 0),
            "stripes", "", (220, 220, 220), (40, 40, 60),
        )  # fmt: skip
    return {
        "home": _team(rng, domain, first),
        "away": _team(rng, domain, second),
        None: referee,
    }


def draw_numbers(rng: np.random.Generator, count: int) -> list[str]:
    """Draws `count` different jersey numbers of one team: "0", "00", "1" to "99"."""
    pool = ["00", *(str(i) for i in range(100))]
    weights = np.array([2.0 if len(text) == 1 or text == "00" else 1.0 for text in pool])
    return [str(t) for t in rng.choice(pool, count, replace=False, p=weights / weights.sum())]


def _ring(x0: float, y0: float, x1: float, y1: float, cut: float = _C) -> list[tuple[float, float]]:
    return [(x0 + cut, y0), (x1 - cut, y0), (x1, y0 + cut), (x1, y1 - cut), (x1 - cut, y1),
            (x0 + cut, y1), (x0, y1 - cut), (x0, y0 + cut)]  # fmt: skip


def _varsity(digit: str) -> tuple[list[list[tuple[float, float]]], list[list[tuple[float, float]]]]:
    w, c, inner = _W, _C, 1.0
    full = _ring(0, 0, 10, 14)
    shapes: dict[str, tuple[list[Any], list[Any]]] = {
        "0": ([full], [_ring(w, 2.8, 10 - w, 11.2, inner)]),
        "1": ([[(1.6, 1.8), (4, 0), (7, 0), (7, 11.4), (9, 11.4), (9, 14), (1.6, 14), (1.6, 11.4),
                (3.7, 11.4), (3.7, 3.6), (1.6, 3.6)]], []),
        "2": ([[(0, c), (c, 0), (10 - c, 0), (10, c), (10, 6.2), (4.6, 11.2), (10, 11.2), (10, 14),
                (0, 14), (0, 10.6), (6.8, 4.6), (6.8, 3.6), (6, 2.8), (4, 2.8), (w, 3.6), (w, 5),
                (0, 5)]], []),
        "3": ([full], [[(-1, 4.4), (w, 4.4), (w, 3.6), (4, 2.8), (6, 2.8), (6.8, 3.6), (6.8, 5),
                        (6, 5.7), (3.6, 5.7), (3.6, 8.3), (6, 8.3), (6.8, 9), (6.8, 10.4),
                        (6, 11.2), (4, 11.2), (w, 10.4), (w, 9.6), (-1, 9.6)],
                       [(9.0, 7), (11, 5.4), (11, 8.6)]]),
        "4": ([[(5.2, 0), (8.6, 0), (8.6, 8.2), (10, 8.2), (10, 11), (8.6, 11), (8.6, 14),
                (5.3, 14), (5.3, 11), (0, 11), (0, 8.2)]], [[(5.3, 4.2), (5.3, 8.2), (3, 8.2)]]),
        "5": ([[(0, 0), (9.6, 0), (9.6, 2.9), (3.1, 2.9), (3.1, 5), (10 - c, 5), (10, 5 + c),
                (10, 14 - c), (10 - c, 14), (c, 14), (0, 14 - c), (0, 9.8), (w, 9.8), (w, 10.4),
                (4, 11.2), (6, 11.2), (6.8, 10.4), (6.8, 8.6), (6, 7.8), (0, 7.8)]], []),
        "6": ([full], [_ring(w, 7.8, 6.8, 11.2, inner),
                       [(11, 4.4), (6.8, 4.4), (6.8, 3.6), (6, 2.8), (4, 2.8), (w, 3.6), (w, 5.2),
                        (8.2, 5.2), (11, 7.6)]]),
        "7": ([[(0, 0), (10, 0), (10, 3.4), (5.8, 14), (2.3, 14), (6.3, 3), (0, 3)]], []),
        "8": ([full], [_ring(w, 2.7, 6.8, 5.6, inner), _ring(w, 8.3, 6.8, 11.3, inner),
                       [(-1, 5.6), (0.9, 7), (-1, 8.4)], [(11, 5.6), (9.1, 7), (11, 8.4)]]),
        "9": ([full], [_ring(w, 2.8, 6.8, 6.2, inner),
                       [(-1, 9.6), (w, 9.6), (w, 10.4), (4, 11.2), (6, 11.2), (6.8, 10.4),
                        (6.8, 8.8), (1.8, 8.8), (-1, 6.4)]]),
    }  # fmt: skip
    return shapes[digit]


def _block_text(text: str, height: int) -> np.ndarray:
    unit = height / 14
    wide = round((10 * len(text) + 1.6 * (len(text) - 1)) * unit)
    image = Image.new("L", (wide, height), 0)
    for index, digit in enumerate(text):
        left = index * 11.6
        # Each digit on its own image, so that holes and cuts never reach its neighbor.
        one = Image.new("L", (int(10 * unit) + 1, height), 0)
        pen = ImageDraw.Draw(one)
        solids, holes = _varsity(digit)
        for shapes, value in ((solids, 255), (holes, 0)):
            for shape in shapes:
                pen.polygon([(x * unit, y * unit) for x, y in shape], fill=value)
        image.paste(one, (round(left * unit), 0))
    return np.asarray(image)


def _font_text(text: str, font: str, height: int) -> np.ndarray:
    path = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / font
    face = ImageFont.truetype(str(path), int(height * 1.37))
    left, top, right, bottom = (int(edge) for edge in face.getbbox(text))
    image = Image.new("L", (right - left, bottom - top), 0)
    ImageDraw.Draw(image).text((-left, -top), text, fill=255, font=face)
    return np.asarray(image)


def _slant(image: np.ndarray) -> np.ndarray:
    """Leans to the right by 17 degrees, within the same width."""
    high, wide = image.shape
    lean = 0.3 * high
    corners = np.array([(0, high), (wide, high), (wide, 0)], np.float32)
    leant = np.array([(0, high), (wide - lean, high), (wide, 0)], np.float32)
    return cv2.warpAffine(image, cv2.getAffineTransform(corners, leant), (wide, high))


def draw_digits(text: str, font: str, height: int, widest: int) -> tuple[np.ndarray, np.ndarray]:
    """Draws a number's fill and outline.

    Args:
        text: digits.
        font: one of `FONTS`.
        height: pixels from the top to the bottom of the digits.
        widest: pixels that the digits may take in width.

    Returns:
        (fill, outline) coverage, uint8 (h, w) each; the outline reaches around the fill.
    """
    scale = 4
    name, _, style = font.partition(":")
    big = (
        _block_text(text, height * scale)
        if name == "varsity"
        else _font_text(text, name, height * scale)
    )
    stretch = (0.78 if style == "narrow" else 1.0) * (1.35 if len(text) == 1 else 1.1)
    wide = min(int(big.shape[1] * height / big.shape[0] * stretch), widest)
    wide = max(wide, int(height * 0.3))
    big = cv2.resize(big, (wide * scale, height * scale), interpolation=cv2.INTER_AREA)
    if style == "slanted":
        big = _slant(big)
    elif style == "hollow":
        big = cv2.morphologyEx(big, cv2.MORPH_GRADIENT, np.ones((round(height * 0.3),) * 2))
    rim = max(2, round(height * 0.075))
    edge = rim * scale
    big = cv2.copyMakeBorder(big, edge, edge, edge, edge, cv2.BORDER_CONSTANT, value=0)
    size = (wide + 2 * rim, height + 2 * rim)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * rim * scale + 1,) * 2)
    outline = cv2.dilate(big, kernel)
    return (
        cv2.resize(big, size, interpolation=cv2.INTER_AREA),
        cv2.resize(outline, size, interpolation=cv2.INTER_AREA),
    )
