"""Drawing of one articulated figure into a patch of its own.

While a figure is drawn, its coverage is 255, but 254 on the jersey's digits: what is drawn over
them, such as an arm, is thereby known to hide them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np

from . import skeleton as sk
from .jersey import COLUMNS, ROWS, SHADE, Jersey, facing_side, number_facing
from .kits import Kit
from .motion import Person

SUPER = 2  # figures are drawn at twice the size and averaged down
_SHIFT = 3
_FAN = np.linspace(np.pi / 2, 3 * np.pi / 2, 8)
_CORNERS = np.array([[0, 0], [COLUMNS, 0], [COLUMNS, ROWS], [0, ROWS]], np.float32)


@dataclass(frozen=True, eq=False)
class Patch:
    """A drawn figure.

    Attributes:
        x, y: the frame's pixel under the patch's upper left corner; may be negative.
        image: uint8 (h, w, 4), RGB and coverage.
        number: bool (h, w), the digits' pixels, or None where no number faces the camera.
        number_share: share of the number that the body's own turn and arms leave visible.
        depth: meters from the camera.
    """

    x: int
    y: int
    image: np.ndarray
    number: np.ndarray | None
    number_share: float
    depth: float


def _tone(color: tuple[float, ...], gain: float) -> tuple[float, float, float, float]:
    red, green, blue = (min(c * gain + (8 if gain > 1 else 0), 255.0) for c in color)
    return (red, green, blue, 255.0)


def _at(place: np.ndarray, right: float, down: float) -> np.ndarray:
    result: np.ndarray = place + np.array([right, down])
    return result


class _Pen:
    """Draws rounded, shaded limbs on a canvas."""

    def __init__(self, canvas: np.ndarray) -> None:
        self.canvas = canvas

    def limb(
        self, p: np.ndarray, q: np.ndarray, r0: float, r1: float, color: tuple[float, ...]
    ) -> None:
        """A tapered limb with light from the upper left."""
        way = q - p
        angle = np.arctan2(way[1], way[0])
        fan = _FAN + angle
        ring = np.stack([np.cos(fan), np.sin(fan)], axis=1)
        for gain, shrink, offset in ((0.66, 1.0, 0.0), (0.88, 0.78, 0.14), (1.04, 0.42, 0.30)):
            move = np.array([-offset, -0.6 * offset])
            start, end = p + move * r0, q + move * r1
            outline = np.concatenate([start + ring * (r0 * shrink), end - ring * (r1 * shrink)])
            points = np.round(outline * (1 << _SHIFT)).astype(np.int32)
            cv2.fillConvexPoly(self.canvas, points, _tone(color, gain), cv2.LINE_8, _SHIFT)

    def disc(
        self,
        center: np.ndarray,
        axes: tuple[float, float],
        color: tuple[float, ...],
        tilt: float = 0.0,
    ) -> None:
        """A filled ellipse; `axes` are its half widths in pixels."""
        unit = 1 << _SHIFT
        cv2.ellipse(
            self.canvas, (int(center[0] * unit), int(center[1] * unit)),
            (max(int(axes[0] * unit), 1), max(int(axes[1] * unit), 1)), tilt, 0, 360, color, -1,
            cv2.LINE_8, _SHIFT,
        )  # fmt: skip


def _head(pen: _Pen, center: np.ndarray, neck: np.ndarray, unit: float, turn: float,
          person: Person, kit: Kit) -> None:  # fmt: skip
    skin = person.skin
    r = 0.058 * unit
    pen.limb(_at(neck, 0, 0.015 * unit), _at(center, 0, r * 0.6), 0.036 * unit, 0.033 * unit,
             tuple(int(c * 0.86) for c in skin))  # fmt: skip
    side, front = np.sin(turn), np.cos(turn)
    hair = tuple(int(c * 0.93) for c in skin) if person.style == 0 else person.hair
    big = 1.28 if person.style == 1 else 1.06
    crown = _at(center, -side * r * 0.12, -r * 0.18)
    pen.disc(crown, (r * big, r * big * 1.1), _tone(hair, 0.75))
    pen.disc(_at(center, -side * r * 0.12 - r * 0.18, -r * 0.34), (r * big * 0.7, r * big * 0.7),
             _tone(hair, 1.15))  # fmt: skip
    if front > -0.55:
        width = r * (0.62 + 0.32 * max(front, 0))
        face = _at(center, side * r * 0.38, r * 0.18)
        pen.disc(face, (width, r * 1.0), _tone(skin, 0.82))
        pen.disc(_at(face, -r * 0.14, -r * 0.05), (width * 0.76, r * 0.82), _tone(skin, 1.0))
        if person.style in (2, 4):
            chin = _at(face, side * r * 0.15, r * 0.66)
            pen.disc(chin, (width * 0.62, r * 0.3), _tone(hair, 0.9))
        for eye in (-1, 1):
            look = np.sin(turn + eye * 0.42)
            if np.cos(turn + eye * 0.42) > 0.15:
                place = _at(center, look * r * 0.82, r * 0.06)
                pen.disc(place, (r * 0.11, r * 0.1), (30.0, 22.0, 20.0, 255.0))
    else:
        for ear in (-1, 1):
            lobe = _at(center, ear * r, r * 0.15)
            pen.disc(lobe, (r * 0.16, r * 0.26), _tone(skin, 0.85))
        pen.disc(_at(center, 0, r * 0.85), (r * 0.66, r * 0.34), _tone(skin, 0.72))
    if person.style == 5 and person.label == "player":
        band = _at(center, -r, -r * 0.42), _at(center, r, -r * 0.42)
        pen.limb(*band, r * 0.17, r * 0.17, kit.trim)


def _torso(canvas: np.ndarray, points: np.ndarray, unit: float, turn: float, person: Person,
           jersey: Jersey) -> None:  # fmt: skip
    pelvis, neck = points[sk.PELVIS], points[sk.NECK]
    axis = neck - pelvis
    norm = float(np.linalg.norm(axis))
    length = max(norm, 0.12 * unit)
    up = axis / max(norm, 1e-3)
    across = np.array([-up[1], up[0]])
    reach, columns = facing_side(turn)
    half = reach / 2 * unit * person.build
    top, bottom = neck, neck - up * length * (0.36 / 0.325)
    quad = np.array(
        [top - across * half, top + across * half, bottom + across * half * 0.86,
         bottom - across * half * 0.86], np.float32,
    )  # fmt: skip
    low = np.floor(quad.min(0)).astype(int)
    high = np.ceil(quad.max(0)).astype(int) + 1
    low = np.clip(low, 0, None)
    high = np.minimum(high, [canvas.shape[1], canvas.shape[0]])
    cloth = np.take(jersey.texture, columns, axis=1)
    front = cv2.multiply(cloth, SHADE, scale=1 / 255)
    matrix = cv2.getPerspectiveTransform(_CORNERS, quad - low.astype(np.float32))
    size = (int(high[0] - low[0]), int(high[1] - low[1]))
    if min(size) < 2:
        return
    warped = cv2.warpPerspective(
        front, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    shape = np.zeros((size[1], size[0]), np.uint8)
    slope, cut = 0.075 * length, half * 0.5
    outline = np.array(
        [top - across * half - up * slope, top - across * (half - cut) + up * slope * 0.1,
         top + across * (half - cut) + up * slope * 0.1, top + across * half - up * slope,
         quad[2], quad[3]]
    ) - low  # fmt: skip
    corners = np.round(outline * (1 << _SHIFT)).astype(np.int32)
    cv2.fillConvexPoly(shape, corners, 255, cv2.LINE_8, _SHIFT)
    area = canvas[low[1] : high[1], low[0] : high[0]]
    cv2.copyTo(warped, shape, area)


def draw_figure(points: np.ndarray, depth: np.ndarray, unit: float, turn: float, person: Person,
                kit: Kit, jersey: Jersey) -> Patch:  # fmt: skip
    """Draws a figure.

    Args:
        points: float (skeleton.COUNT, 2), the joints in the frame's pixels.
        depth: float (skeleton.COUNT,), meters from the camera.
        unit: pixels per body height at the figure's depth.
        turn: radians, 0 is the chest to the camera.
        person: who it is.
        kit: what they wear.
        jersey: their jersey's texture.

    Returns:
        The figure's patch.
    """
    margin = 0.13 * unit
    x, y = np.floor(points.min(0) - margin).astype(int)
    wide, high = np.ceil(points.max(0) + margin).astype(int) - (x, y)
    canvas = np.zeros((high * SUPER, wide * SUPER, 4), np.uint8)
    pts, u = (points - (x, y)) * SUPER, unit * SUPER
    pen = _Pen(canvas)
    trousers = person.label == "referee"
    skin = person.skin

    def leg(k: int) -> None:
        hip, knee, ankle, toe = (pts[j[k]] for j in (sk.HIP, sk.KNEE, sk.ANKLE, sk.TOE))
        cloth = kit.shorts if trousers else skin
        pen.limb(knee, ankle, 0.033 * u, 0.024 * u, cloth)
        if not trousers:
            pen.limb(ankle + (knee - ankle) * 0.42, ankle, 0.029 * u, 0.024 * u, kit.socks)
        heel = ankle + (ankle - toe) * 0.22 + [0, 0.018 * u]
        pen.limb(heel, toe, 0.025 * u, 0.019 * u, kit.shoes)
        if trousers:
            pen.limb(hip, knee, 0.056 * u, 0.035 * u, kit.shorts)
        else:
            pen.limb(hip, knee, 0.05 * u, 0.035 * u, skin)
            pen.limb(hip, hip + (knee - hip) * 0.86, 0.06 * u, 0.057 * u, kit.shorts)
            edge = hip + (knee - hip) * 0.9
            pen.limb(edge, edge + (knee - hip) * 0.04, 0.05 * u, 0.05 * u, kit.trim)
            pen.limb(hip, hip + (knee - hip) * 0.8, 0.06 * u, 0.057 * u, kit.shorts)

    def arm(k: int) -> None:
        shoulder, elbow, hand = (pts[j[k]] for j in (sk.SHOULDER, sk.ELBOW, sk.HAND))
        pen.limb(elbow, hand, 0.026 * u, 0.019 * u, skin)
        pen.disc(hand + (hand - elbow) * 0.1, (0.024 * u, 0.024 * u), _tone(skin, 0.92))
        pen.limb(shoulder, elbow, 0.035 * u, 0.027 * u, skin)
        if trousers:
            pen.limb(shoulder, shoulder + (elbow - shoulder) * 0.7, 0.042 * u, 0.036 * u,
                     kit.jersey)  # fmt: skip

    body = depth[[sk.PELVIS, sk.NECK]].mean()
    number = None
    share = 0.0

    def trunk() -> None:
        _torso(canvas, pts, u, turn, person, jersey)

    parts: list[tuple[float, Callable[[], None] | None]]
    parts = [(body, trunk), (depth[sk.HEAD] - 0.05, None)]
    for k in (0, 1):
        parts.append((depth[[sk.HIP[k], sk.KNEE[k]]].mean() + 0.12, partial(leg, k)))
        parts.append((depth[[sk.ELBOW[k], sk.SHOULDER[k], sk.HAND[k]]].mean() + 0.03,
                      partial(arm, k)))  # fmt: skip
    own = 0
    for _, draw in sorted(parts, key=lambda part: -part[0]):
        if draw is None:
            _head(pen, pts[sk.HEAD], pts[sk.NECK], u, turn, person, kit)
        else:
            draw()
        if draw is trunk:
            own = cv2.countNonZero(cv2.inRange(canvas[..., 3], 254, 254))
    if jersey.half and own:
        mask = cv2.inRange(canvas[..., 3], 254, 254)
        left = cv2.countNonZero(mask)
        canvas[..., 3][mask > 0] = 255
        share = left / own * number_facing(turn, jersey.half)
        number = cv2.resize(mask, (wide, high), interpolation=cv2.INTER_AREA) > 110
    image = cv2.resize(canvas, (wide, high), interpolation=cv2.INTER_AREA)
    return Patch(int(x), int(y), image, number, share, float(body))


def blur(patch: Patch, velocity: np.ndarray) -> Patch:
    """Blurs a patch along its way during the exposure (pixels, (2,)); its size stays."""
    kx, ky = (int(min(abs(v), 15)) for v in velocity)
    if kx < 2 and ky < 2:
        return patch
    image = cv2.blur(patch.image, (max(kx, 1), max(ky, 1)), borderType=cv2.BORDER_CONSTANT)
    return Patch(patch.x, patch.y, image, patch.number, patch.number_share, patch.depth)
