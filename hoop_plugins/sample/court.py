"""The court, what surrounds it, and the baskets."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from .camera import HEIGHT, WIDTH, Camera
from .kits import Color
from .physics import RIM_RADIUS, RIM_X, RIM_Z

PPM = 60
HALF_X, HALF_Y = 18.0, 11.0  # the floor's half size, meters
WALL_PPM, WALL_HIGH = 32, 9.0
_SHIFT = 4

ARENA_WOODS: tuple[Color, ...] = ((206, 160, 106), (190, 140, 88), (222, 184, 132), (176, 124, 78))
ARENA_PAINTS: tuple[Color, ...] = ((28, 52, 104), (126, 28, 40), (34, 36, 42), (24, 96, 90),
                                   (92, 52, 120), (196, 110, 40))  # fmt: skip
STREET_FLOORS: tuple[Color, ...] = ((96, 98, 102), (120, 116, 110), (70, 110, 120), (134, 92, 80))
STREET_PAINTS: tuple[Color, ...] = ((60, 120, 90), (150, 80, 60), (70, 90, 140), (170, 140, 70))


def _noise(rng: np.random.Generator, shape: tuple[int, int], cell: int) -> np.ndarray:
    small = rng.normal(0, 1, (shape[0] // cell + 2, shape[1] // cell + 2)).astype(np.float32)
    return cv2.resize(small, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)


def _wood(rng: np.random.Generator, shape: tuple[int, int], color: Color) -> np.ndarray:
    high, wide = shape
    plank = 7
    tone = rng.normal(0, 0.035, (high // plank + 1, wide // 90 + 2)).astype(np.float32)
    planks = np.empty((high, wide), np.float32)
    for row in range(high // plank + 1):
        shift = int(rng.integers(90))
        planks[row * plank : (row + 1) * plank] = np.repeat(tone[row], 90)[shift : shift + wide]
        planks[row * plank : row * plank + 1] -= 0.035
    grain = cv2.resize(rng.normal(0, 0.02, (high, wide // 16 + 1)).astype(np.float32), (wide, high))
    return np.array(color, np.float32) * (1 + planks + grain)[..., None]


def _asphalt(rng: np.random.Generator, shape: tuple[int, int], color: Color) -> np.ndarray:
    fine = rng.normal(0, 0.07, shape).astype(np.float32)
    stains = 0.06 * _noise(rng, shape, 90) + 0.03 * _noise(rng, shape, 17)
    image = np.array(color, np.float32) * (1 + fine + stains)[..., None]
    for _ in range(7):
        walk = np.cumsum(rng.normal(0, 9, (60, 2)), 0) + rng.uniform(0, shape[1], 2)
        cv2.polylines(image, [walk.astype(np.int32)], False, [c * 0.6 for c in color], 1)
    return image


def _pixel(x: float, y: float) -> tuple[int, int]:
    unit = PPM << _SHIFT
    return round(float(x + HALF_X) * unit), round(float(HALF_Y - y) * unit)


def _lines(image: np.ndarray, color: Color) -> None:
    thick = 4

    def line(*points: tuple[float, float]) -> None:
        path = np.array([_pixel(*p) for p in points], np.int32)
        cv2.polylines(image, [path], False, color, thick, cv2.LINE_AA, _SHIFT)

    def bow(x: float, radius: float, start: float, end: float) -> None:
        angles = np.linspace(start, end, 60)
        line(*[(x + radius * np.cos(a), radius * np.sin(a)) for a in angles])

    line((-14, -7.5), (14, -7.5), (14, 7.5), (-14, 7.5), (-14, -7.5))
    line((0, -7.5), (0, 7.5))
    bow(0, 1.8, 0, 2 * np.pi)
    for s in (-1, 1):
        line((s * 14, -2.45), (s * 8.2, -2.45), (s * 8.2, 2.45), (s * 14, 2.45))
        bow(s * 8.2, 1.8, 0, 2 * np.pi)
        corner = float(np.arcsin(6.6 / 6.75))
        middle = np.pi if s > 0 else 0.0
        bow(s * RIM_X, 6.75, middle - corner, middle + corner)
        bow(s * RIM_X, 1.25, middle - np.pi / 2, middle + np.pi / 2)
        for y in (-6.6, 6.6):
            line((s * 14, y), (s * (RIM_X - 6.75 * np.cos(corner)), y))


def make_floor(rng: np.random.Generator, domain: str) -> np.ndarray:
    """Draws the floor as seen from above: uint8 RGB, `PPM` pixels a meter, far side on top."""
    shape = (int(2 * HALF_Y * PPM), int(2 * HALF_X * PPM))
    arena = domain == "arena"
    woods, paints = (ARENA_WOODS, ARENA_PAINTS) if arena else (STREET_FLOORS, STREET_PAINTS)
    make = _wood if arena else _asphalt
    base = make(rng, shape, woods[int(rng.integers(len(woods)))])
    image = np.clip(base, 0, 255).astype(np.uint8)
    paint = paints[int(rng.integers(len(paints)))]
    painted = image.copy()

    def fill(x0: float, y0: float, x1: float, y1: float) -> None:
        (left, top), (right, bottom) = _pixel(x0, y1), _pixel(x1, y0)
        unit = 1 << _SHIFT
        cv2.rectangle(painted, (left // unit, top // unit), (right // unit, bottom // unit), paint,
                      -1)  # fmt: skip

    if not arena:
        fill(-14, -7.5, 14, 7.5)
    for x0, y0, x1, y1 in ((-18, 7.5, 18, 11), (-18, -11, 18, -7.5), (-18, -7.5, -14, 7.5),
                           (14, -7.5, 18, 7.5), (-14, -2.45, -8.2, 2.45),
                           (8.2, -2.45, 14, 2.45)):  # fmt: skip
        if arena:
            fill(x0, y0, x1, y1)
    cv2.circle(painted, _pixel(0, 0), int(1.8 * PPM) << _SHIFT, paint, -1, cv2.LINE_AA, _SHIFT)
    share = 0.86 if arena else 0.55
    image = cv2.addWeighted(painted, share, image, 1 - share, 0)
    line_color = (246, 244, 238) if arena or rng.random() < 0.6 else (240, 210, 90)
    _lines(image, line_color)
    if not arena:
        worn = (_noise(rng, shape, 24) > 1.1)[..., None]
        return np.asarray(np.where(worn, np.clip(base, 0, 255).astype(np.uint8), image))
    glow = 1 + 0.05 * _noise(rng, shape, 260)
    for x in np.linspace(-15, 15, 6):
        place = np.array(_pixel(x, rng.uniform(-5, 5))) >> _SHIFT
        spot: np.ndarray = np.zeros((shape[0] // 8, shape[1] // 8), np.float32)
        cv2.circle(spot, tuple(int(v) for v in place // 8), 18, 1.0, -1)
        spot = cv2.GaussianBlur(spot, (0, 0), 11)
        glow += 0.16 * cv2.resize(spot, (shape[1], shape[0]))
    return np.asarray(np.clip(image * glow[..., None], 0, 255), np.uint8)


def make_wall(rng: np.random.Generator, domain: str, length: float) -> np.ndarray:
    """Draws what stands behind the court: uint8 RGB, `WALL_PPM` pixels a meter, top first."""
    high, wide = int(WALL_HIGH * WALL_PPM), int(length * WALL_PPM)
    image: np.ndarray = np.zeros((high, wide, 3), np.uint8)
    if domain == "arena":
        image[:] = (26, 27, 34)
        mood = rng.uniform(0.35, 0.6)
        for row in range(0, high - 40, 14):
            for x in range(int(rng.integers(9)), wide, 11):
                if rng.random() < 0.12:
                    continue
                y = row + int(rng.integers(-2, 3))
                shirt = (rng.integers(50, 220) + rng.normal(0, 26, 3)).clip(10, 240) * mood
                head = np.array((214, 160, 126)) * rng.uniform(0.35, 1.0) * mood * 1.2
                cv2.ellipse(image, (x, y + 10), (5, 8), 0, 0, 360, shirt.tolist(), -1)
                cv2.circle(image, (x, y), 3, head.tolist(), -1)
        image = cv2.GaussianBlur(image, (0, 0), 1.6)
        board = high - 32
        image[board:] = (18, 20, 30)
        lit = rng.integers(40, 256, 3)
        for x in range(0, wide, 150):
            shade = lit if (x // 150) % 2 else np.roll(lit, 1)
            image[board + 4 :, x + 2 : x + 148] = (np.array(shade) * 0.45).astype(np.uint8)
            for k in range(int(rng.integers(2, 5))):
                left = x + 16 + k * 32
                image[board + 11 : high - 8, left : left + int(rng.integers(14, 27))] = (230,) * 3
    else:
        sky = np.linspace(0, 1, high)[:, None]
        top, low = np.array([110, 160, 214]), np.array([216, 226, 232])
        image[:] = (top + (low - top) * sky)[:, None]
        x = 0
        while x < wide:
            w, h = int(rng.integers(90, 260)), int(rng.integers(110, 250))
            tone = np.array([150, 110, 92]) * rng.uniform(0.6, 1.15) + rng.normal(0, 7, 3)
            cv2.rectangle(image, (x, high - h), (x + w, high), tone.tolist(), -1)
            for wy in range(high - h + 14, high - 40, 30):
                for wx in range(x + 12, x + w - 14, 28):
                    cv2.rectangle(image, (wx, wy), (wx + 12, wy + 17), (70, 84, 98), -1)
            x += w
        image = cv2.GaussianBlur(image, (0, 0), 1.4)
        for step in range(-high, wide, 12):
            cv2.line(image, (step, high), (step + 96, high - 96), (120, 124, 126), 1, cv2.LINE_AA)
            cv2.line(image, (step + 96, high), (step, high - 96), (120, 124, 126), 1, cv2.LINE_AA)
        for post in range(0, wide, 96):
            cv2.rectangle(image, (post, high - 98), (post + 3, high), (90, 94, 98), -1)
    return image


class Scene:
    """Floor, walls and baskets of one game."""

    def __init__(self, rng: np.random.Generator, domain: str) -> None:
        """Draws the textures."""
        self.arena = domain == "arena"
        self.floor = make_floor(rng, domain)
        self.far = make_wall(rng, domain, 70)
        self.end = make_wall(rng, domain, 50)
        self.surround = tuple(int(c) for c in self.floor[4, 4])

    def draw(self, camera: Camera) -> np.ndarray:
        """Draws the frame's background: uint8 (HEIGHT, WIDTH, 3)."""
        meter = 1 / PPM
        plane = camera.plane(
            np.array([-HALF_X, HALF_Y, 0]), np.array([meter, 0, 0]), np.array([0, -meter, 0])
        )
        frame = cv2.warpPerspective(
            self.floor, plane, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT, borderValue=self.surround,
        )  # fmt: skip
        meter = 1 / WALL_PPM
        down = np.array([0, 0, -meter])
        for side in (-1, 1):
            origin = np.array([side * 18.6, 25.0 if side > 0 else -25.0, WALL_HIGH])
            along = np.array([0, -meter * side, 0])
            # Seen from inside the hall, a wall's texture runs from its left to its right.
            self._wall(frame, camera, self.end, origin, along, down)
        self._wall(frame, camera, self.far, np.array([-35, HALF_Y, WALL_HIGH]),
                   np.array([meter, 0, 0]), down, limit=18.6)  # fmt: skip
        return frame

    def _wall(self, frame: np.ndarray, camera: Camera, texture: np.ndarray, origin: np.ndarray,
              along: np.ndarray, down: np.ndarray, limit: float | None = None) -> None:  # fmt: skip
        high, wide = texture.shape[:2]
        if limit is not None:
            skip = int((abs(origin[0]) - limit) * WALL_PPM)
            texture = texture[:, skip : wide - skip]
            origin = origin + along * skip
            wide -= 2 * skip
        spread = np.linspace(0, wide, 40)
        corners = np.concatenate(
            [origin + along * s[None] + down * t for s in spread for t in (0, high)]
        ).reshape(-1, 3)
        seen = (corners - camera.position) @ camera.rotation.T
        ahead = seen[:, 2] > 2.0
        pixels = camera.project(corners)[0][ahead]
        if not len(pixels):
            return
        low = np.clip(np.floor(pixels.min(0)), 0, (WIDTH, HEIGHT)).astype(int)
        top = np.clip(np.ceil(pixels.max(0)), 0, (WIDTH, HEIGHT)).astype(int)
        if (top - low < 2).any():
            return
        shift = np.array([[1, 0, -low[0]], [0, 1, -low[1]], [0, 0, 1.0]])
        matrix = shift @ camera.plane(origin, along, down)
        area = frame[low[1] : top[1], low[0] : top[0]]
        cv2.warpPerspective(
            texture, matrix, (int(top[0] - low[0]), int(top[1] - low[1])), area,
            flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_TRANSPARENT,
        )  # fmt: skip


def draw_basket(frame: np.ndarray, ids: np.ndarray, camera: Camera, side: int,
                front: bool) -> tuple[float, float, float, float]:  # fmt: skip
    """Draws a basket.

    Args:
        frame: uint8 (HEIGHT, WIDTH, 3), drawn on.
        ids: uint8 (HEIGHT, WIDTH), the instances; cleared where the basket's solid parts hide them.
        camera: the camera.
        side: -1 or 1, the court's end.
        front: draws the ring and net that lie nearer than the ball; else everything.

    Returns:
        The rim's box, xyxy in pixels.
    """
    unit = 1 << _SHIFT

    def path(points: list[Any] | np.ndarray) -> np.ndarray:
        pixels = camera.project(np.asarray(points, float))[0]
        return np.round(pixels * unit).astype(np.int32)

    x = side * RIM_X
    scale = camera.focal / camera.project(np.array([x, 0.0, RIM_Z]))[1]
    angles = np.linspace(0, 2 * np.pi, 25)
    circle = np.stack([np.cos(angles), np.sin(angles), 0 * angles], axis=1)
    ring = circle * RIM_RADIUS + [x, 0, RIM_Z]
    box = camera.project(ring)[0]
    edge = max(1.0, 0.02 * scale)
    if not front:
        board = side * 12.8
        for one, other, wide in (((side * 16.2, 0, 0.9), (side * 13.6, 0, 3.2), 0.14),
                                 ((side * 13.6, 0, 3.2), (board, 0, 3.3), 0.12),
                                 ((side * 16.2, 0, 0.0), (side * 16.2, 0, 1.0), 0.34)):  # fmt: skip
            line = path([one, other])
            for canvas, color in ((frame, (44, 46, 54)), (ids, 0)):
                cv2.line(canvas, line[0], line[1], color, max(int(wide * scale), 1),
                         cv2.LINE_AA if canvas is frame else cv2.LINE_8, _SHIFT)  # fmt: skip
        corners = path([(board, y, z) for y, z in ((-0.9, 2.9), (0.9, 2.9), (0.9, 3.95),
                                                   (-0.9, 3.95))])  # fmt: skip
        inner = path([(board, y, z) for y, z in ((-0.295, 3.1), (0.295, 3.1), (0.295, 3.55),
                                                 (-0.295, 3.55))])  # fmt: skip
        low = np.clip(corners.min(0) // unit - 2, 0, (WIDTH, HEIGHT))
        top = np.clip(corners.max(0) // unit + 3, 0, (WIDTH, HEIGHT))
        if (top > low).all():
            area = frame[low[1] : top[1], low[0] : top[0]]
            glass = area.copy()
            cv2.fillConvexPoly(glass, corners - low * unit, (222, 232, 240), cv2.LINE_AA, _SHIFT)
            cv2.addWeighted(glass, 0.5, area, 0.5, 0, area)
        for loop, color in ((corners, (250, 250, 250)), (inner, (240, 240, 240))):
            cv2.polylines(frame, [loop], True, color, max(int(0.05 * scale), 1), cv2.LINE_AA,
                          _SHIFT)  # fmt: skip
    for k in range(12):
        start, turn = angles[2 * k], angles[(2 * k + 2) % 24]
        if front and np.sin(start) > 0.2:
            continue
        strand = [
            (x + r * np.cos(a), r * np.sin(a), RIM_Z - z)
            for r, a, z in ((0.22, start, 0), (0.16, turn, 0.2), (0.12, start, 0.42))
        ]
        crossing = [
            (x + r * np.cos(a), r * np.sin(a), RIM_Z - z)
            for r, a, z in ((0.22, turn, 0), (0.16, start, 0.2), (0.12, turn, 0.42))
        ]
        cv2.polylines(frame, [path(strand), path(crossing)], False, (236, 236, 236), 1, cv2.LINE_AA,
                      _SHIFT)  # fmt: skip
    part = ring[12:] if front else ring
    cv2.polylines(frame, [path(part)], False, (232, 92, 30), max(int(0.045 * scale), 2),
                  cv2.LINE_AA, _SHIFT)  # fmt: skip
    low, top = box.min(0) - edge, box.max(0) + edge
    return float(low[0]), float(low[1]), float(top[0]), float(top[1])
