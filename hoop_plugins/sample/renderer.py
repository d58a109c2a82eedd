"""The sample game: frames and their ground truth."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import cv2
import numpy as np

from . import skeleton as sk
from .camera import HEIGHT, WIDTH, Camera
from .court import Scene, draw_basket
from .figure import Patch, blur, draw_figure
from .ground_truth import BallTruth, Box, FrameTruth, NumberTruth, PersonTruth
from .jersey import make_jersey
from .kits import DOMAINS, Kit, make_kits
from .motion import Simulation
from .physics import DT, FPS, RIM_X

SMALLEST = 60  # visible pixels, below which a person or number part is left out
BALL_ID = 255
BALL_RADIUS = 0.121
WIDEST_TURN = np.deg2rad(65)


class Game:
    """A rendered game; the same arguments give the same frames.

    Args:
        seed: seed of everything.
        seconds: length.
        domain: `arena` or `street`.
        cuts: whether the camera changes now and then.
        entries: whether players leave and come back.
        substitutions: whether players are exchanged for others.

    Attributes:
        count: frames in all.
        kits: by team, None for the referees.
        cut_frames: numbers of the frames before which the camera changes.
    """

    def __init__(self, seed: int, seconds: float, domain: str = "arena", cuts: bool = False,
                 entries: bool = False, substitutions: bool = False) -> None:  # fmt: skip
        if domain not in DOMAINS:
            raise ValueError(f"domain is one of {DOMAINS}, not {domain!r}")
        self.seed, self.domain = seed, domain
        self.count = max(1, round(seconds * FPS))
        self.options = {"cuts": cuts, "entries": entries, "substitutions": substitutions}
        self.kits = make_kits(np.random.default_rng([seed, 1]), domain)
        every = np.random.default_rng([seed, 8]).integers(
            int(2.5 * FPS), int(4.5 * FPS), 1 + self.count // FPS
        )
        self.cut_frames = {int(n) for n in np.cumsum(every) if cuts and n <= self.count}

    def frames(self) -> Iterator[tuple[np.ndarray, FrameTruth]]:
        """Yields (image, truth) for each frame; image is uint8 RGB (720, 1280, 3)."""
        rng = np.random.default_rng([self.seed, 2])
        seconds = self.count / FPS
        sim = Simulation(np.random.default_rng([self.seed, 3]), seconds, self.options["entries"],
                         self.options["substitutions"])  # fmt: skip
        scene = Scene(np.random.default_rng([self.seed, 4]), self.domain)
        paint = _Painter(rng, sim, scene, self.kits, self.domain)
        variant = 0
        camera = Camera(np.random.default_rng([self.seed, 5]), self.domain)
        for index in range(self.count):
            sim.step()
            cut = index + 1 in self.cut_frames
            if cut:
                variant += 1
                camera = Camera(np.random.default_rng([self.seed, 5]), self.domain, variant)
            camera.follow(sim.pos[sim.on_court], sim.ball[:2], DT)
            yield paint.frame(camera, index + 1, cut or index == 0, cut)


class _Painter:
    """Paints one frame after another."""

    def __init__(self, rng: np.random.Generator, sim: Simulation, scene: Scene,
                 kits: dict[str | None, Kit], domain: str) -> None:  # fmt: skip
        self.rng, self.sim, self.scene, self.kits = rng, sim, scene, kits
        self.arena = domain == "arena"
        self.jerseys = [make_jersey(p, kits[p.team], rng) for p in sim.people]
        self.exposure = rng.uniform(0.2, 0.5)
        strength = rng.uniform(1.5, 4.0)
        noise = rng.normal(0, strength, (HEIGHT + 64, WIDTH + 64, 3))
        self.lighter = np.clip(noise, 0, 40).astype(np.uint8)
        self.darker = np.clip(-noise, 0, 40).astype(np.uint8)
        yy, xx = np.mgrid[-1:1:65j, -1:1:65j]
        blob = np.clip(1 - np.hypot(xx, yy), 0, 1) ** (1.0 if self.arena else 0.4)
        self.blob = (blob * (150 if self.arena else 120)).clip(0, 140).astype(np.uint8)
        self.sun = rng.uniform(-0.9, 0.9)
        gain = rng.uniform(0.94, 1.06) * np.array([1.0, 1.0, 1.0])
        tint = rng.uniform(-0.04, 0.04) + (0.0 if self.arena else 0.05)
        gain += [tint, 0, -tint]
        levels = np.arange(256)[:, None] * gain
        contrast = (levels / 255) ** rng.uniform(0.9, 1.08) * 255
        self.grade = np.clip(contrast, 0, 255).astype(np.uint8)[None]
        self.before: np.ndarray | None = None

    def frame(self, camera: Camera, number: int, first: bool, cut: bool) -> tuple[Any, ...]:
        """Paints the frame: (image, truth)."""
        sim = self.sim
        points3 = sk.joints(sim)
        points, depth = camera.project(points3)
        centers = points[:, sk.PELVIS]
        moved = np.zeros_like(centers) if first or self.before is None else centers - self.before
        self.before = centers.copy()
        image = self.scene.draw(camera)
        shake = np.median(moved, axis=0) * self.exposure
        if abs(shake[0]) >= 2:
            image = cv2.blur(image, (int(min(abs(shake[0]), 11)), 1))
        ids = np.zeros((HEIGHT, WIDTH), np.uint8)
        to_camera = camera.position[:2] - sim.pos
        turns = sim.heading - np.arctan2(to_camera[:, 1], to_camera[:, 0])
        turns = np.pi - (np.pi - turns) % (2 * np.pi)
        patches: dict[int, Patch] = {}
        for i, person in enumerate(sim.people):
            unit = camera.focal / depth[i, sk.PELVIS] * person.height
            box = points[i].min(0), points[i].max(0)
            if (box[1] < -0.1 * unit).any() or (box[0] > np.add((WIDTH, HEIGHT), unit * 0.1)).any():
                continue
            if camera.position[1] > sim.pos[i, 1] - 4:
                continue
            patch = draw_figure(points[i], depth[i], unit, float(turns[i]), person,
                                self.kits[person.team], self.jerseys[i])  # fmt: skip
            patches[i] = blur(patch, moved[i] * self.exposure)
            self._shadow(image, camera, i)
        if self.arena:
            self._reflect(image, patches, points)
        order: list[tuple[float, Callable[[], object]]] = [
            (p.depth, partial(self._stamp, image, ids, i, p)) for i, p in patches.items()
        ]
        _, ball_depth = camera.project(sim.ball)
        self._ball_shadow(image, camera)
        order.append((float(ball_depth) - 0.1, partial(self._ball, image, ids, camera)))
        rims: list[Box] = []
        for side in (-1, 1):
            place = camera.project(np.array([side * 13.2, 0.0, 1.0]))[1]
            order.append((float(place), partial(self._basket, image, ids, camera, side, rims)))
            if abs(sim.ball[0] - side * RIM_X) < 0.5 and sim.mode == "fall":
                nearer = float(ball_depth) - 0.2
                order.append((nearer, partial(draw_basket, image, ids, camera, side, True)))
        for _, draw in sorted(order, key=lambda item: -item[0]):
            draw()
        image = self._film(image)
        share = np.linalg.norm(moved, axis=1)[list(patches)] * self.exposure
        truth = self._truth(ids, patches, turns, number, cut, camera, rims,
                            float(np.median(share)) if len(share) else 0.0)  # fmt: skip
        return image, truth

    def _basket(self, image: np.ndarray, ids: np.ndarray, camera: Camera, side: int,
                rims: list[Box]) -> None:  # fmt: skip
        rims.append(draw_basket(image, ids, camera, side, False))

    def _film(self, image: np.ndarray) -> np.ndarray:
        image = cv2.LUT(image, self.grade)
        y, x = (int(v) for v in self.rng.integers(0, 64, 2))
        cv2.add(image, self.lighter[y : y + HEIGHT, x : x + WIDTH], image)
        cv2.subtract(image, self.darker[y : y + HEIGHT, x : x + WIDTH], image)
        return image

    def _darken(self, image: np.ndarray, center: np.ndarray, half: tuple[float, float]) -> None:
        wide, high = (max(int(2 * v), 3) for v in half)
        x, y = int(center[0] - wide / 2), int(center[1] - high / 2)
        x0, y0, x1, y1 = max(x, 0), max(y, 0), min(x + wide, WIDTH), min(y + high, HEIGHT)
        if x1 <= x0 or y1 <= y0:
            return
        blob = cv2.resize(self.blob, (wide, high))[y0 - y : y1 - y, x0 - x : x1 - x]
        area = image[y0:y1, x0:x1]
        cv2.multiply(area, cv2.merge([255 - blob] * 3), area, 1 / 255)

    def _shadow(self, image: np.ndarray, camera: Camera, who: int) -> None:
        x, y = self.sim.pos[who]
        offset = 0.0 if self.arena else self.sun
        place, depth = camera.project(np.array([x + offset * 0.7, y + 0.05, 0.0]))
        scale = camera.focal / float(depth)
        flat = camera.position[2] / np.linalg.norm(camera.position[:2] - (x, y))
        wide = (0.55 if self.arena else 0.4 + 0.6 * abs(offset)) * scale
        self._darken(image, place, (wide, (0.55 if self.arena else 0.3) * scale * flat))

    def _ball_shadow(self, image: np.ndarray, camera: Camera) -> None:
        x, y, _ = self.sim.ball
        place, depth = camera.project(np.array([x, y, 0.0]))
        scale = camera.focal / float(depth)
        self._darken(image, place, (0.15 * scale, 0.06 * scale))

    def _reflect(self, image: np.ndarray, patches: dict[int, Patch], points: np.ndarray) -> None:
        """Mirrors the figures' lower parts faintly in the polished floor."""
        for i, patch in patches.items():
            feet = int(points[i, list(sk.TOE), 1].max()) + 3
            rows = min(feet - patch.y, patch.image.shape[0]) // 2
            jump = int(self.sim.jump[i] * 90)
            if rows > 8:
                mirror = patch.image[feet - patch.y - rows : feet - patch.y][::-1]
                fade = np.linspace(0.30, 0.02, len(mirror), dtype=np.float32)
                mirror = mirror.copy()
                mirror[..., 3] = (mirror[..., 3] * fade[:, None]).astype(np.uint8)
                _blend(image, mirror, patch.x, feet + 2 * jump, premultiplied=False)

    def _stamp(self, image: np.ndarray, ids: np.ndarray, who: int, patch: Patch) -> None:
        _blend(image, patch.image, patch.x, patch.y, premultiplied=True)
        inside, x, y = _clip(patch.image[..., 3], patch.x, patch.y)
        if inside is not None:
            high, wide = inside.shape
            ids[y : y + high, x : x + wide][inside > 127] = who + 1

    def _ball(self, image: np.ndarray, ids: np.ndarray, camera: Camera) -> None:
        pixel, depth = camera.project(self.sim.ball)
        radius = BALL_RADIUS * camera.focal / float(depth)
        center = tuple(int(v * 16) for v in pixel)
        cv2.circle(ids, center, int(radius * 16), BALL_ID, -1, cv2.LINE_8, 4)
        for gain, shrink, offset in ((0.68, 1, 0), (0.9, 0.82, 0.14), (1.1, 0.45, 0.32)):
            color = tuple(c * gain for c in (214, 110, 48))
            place = tuple(int((v - offset * radius) * 16) for v in pixel)
            cv2.circle(image, place, int(radius * shrink * 16), color, -1, cv2.LINE_AA, 4)
        spin = np.rad2deg(self.sim.clock * 7) % 360
        for tilt, thin in ((spin, 0.25), (spin + 90, 0.25), (spin, 0.02)):
            cv2.ellipse(image, center, (int(radius * 15), max(int(radius * 15 * thin), 1)), tilt, 0,
                        360, (60, 30, 18), 1, cv2.LINE_AA, 4)  # fmt: skip

    def _truth(
        self,
        ids: np.ndarray,
        patches: dict[int, Patch],
        turns: np.ndarray,
        number: int,
        cut: bool,
        camera: Camera,
        rims: list[Box],
        blurred: float,
    ) -> FrameTruth:
        people, numbers = [], []
        for i, patch in patches.items():
            cover, x, y = _clip(patch.image[..., 3], patch.x, patch.y)
            if cover is None:
                continue
            high, wide = cover.shape
            seen = ids[y : y + high, x : x + wide] == i + 1
            shown = cv2.countNonZero(seen.view(np.uint8))
            if shown < SMALLEST:
                continue
            person = self.sim.people[i]
            solid = (patch.image[..., 3] > 127).astype(np.uint8)
            left, top, w, h = cv2.boundingRect(seen.view(np.uint8))
            tall = cv2.boundingRect(solid)[3]
            people.append(
                PersonTruth(
                    person.track_id, person.label, person.team, person.number,
                    self.sim.action[i], float(turns[i]), _box(x + left, y + top, w, h),
                    seen[top : top + h, left : left + w].copy(),
                    shown / cv2.countNonZero(solid), float(tall),
                )
            )  # fmt: skip
            aside = min(abs(turns[i]), np.pi - abs(turns[i]))
            if patch.number is None or aside > WIDEST_TURN:
                continue
            whole = int(np.count_nonzero(patch.number))
            x0, y0 = x - patch.x, y - patch.y
            digits = patch.number[y0 : y0 + high, x0 : x0 + wide] & seen
            left, top, w, h = cv2.boundingRect(digits.view(np.uint8))
            share = patch.number_share * np.count_nonzero(digits) / max(whole, 1)
            if share >= 0.25 and w >= 4 and h >= 6:
                numbers.append(
                    NumberTruth(person.track_id, person.number or "", _box(x + left, y + top, w, h),
                                float(share))
                )  # fmt: skip
        rim = next((r for r in rims if r[0] >= 0 and r[2] <= WIDTH and r[1] >= 0), None)
        return FrameTruth(number, tuple(people), tuple(numbers), self._ball_truth(ids, camera), rim,
                          cut, blurred)  # fmt: skip

    def _ball_truth(self, ids: np.ndarray, camera: Camera) -> BallTruth | None:
        seen = (ids == BALL_ID).view(np.uint8)
        left, top, w, h = cv2.boundingRect(seen)
        radius = BALL_RADIUS * camera.focal / float(camera.project(self.sim.ball)[1])
        share = cv2.countNonZero(seen) / (np.pi * radius**2)
        if share < 0.2:
            return None
        label = "ball-in-basket" if self.sim.ball_in_basket else "ball"
        return BallTruth(label, _box(left, top, w, h), min(float(share), 1.0))


def _box(x: int, y: int, wide: int, high: int) -> Box:
    return float(x), float(y), float(x + wide), float(y + high)


def _clip(patch: np.ndarray, x: int, y: int) -> tuple[np.ndarray | None, int, int]:
    """The patch's part inside the frame and its corner there; None where nothing is inside."""
    high, wide = patch.shape[:2]
    x0, y0, x1, y1 = max(x, 0), max(y, 0), min(x + wide, WIDTH), min(y + high, HEIGHT)
    if x1 <= x0 or y1 <= y0:
        return None, 0, 0
    return patch[y0 - y : y1 - y, x0 - x : x1 - x], x0, y0


def _blend(image: np.ndarray, patch: np.ndarray, x: int, y: int, premultiplied: bool) -> None:
    inside, x, y = _clip(patch, x, y)
    if inside is None:
        return
    high, wide = inside.shape[:2]
    area = image[y : y + high, x : x + wide]
    alpha = cv2.merge([np.ascontiguousarray(inside[..., 3])] * 3)
    color = np.ascontiguousarray(inside[..., :3])
    if not premultiplied:
        color = cv2.multiply(color, alpha, scale=1 / 255)
    rest = cv2.multiply(area, cv2.bitwise_not(alpha), scale=1 / 255)
    cv2.add(rest, color, area)
