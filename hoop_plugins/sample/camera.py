"""A broadcast camera: a pin-hole above the sideline that follows the play."""

from __future__ import annotations

import numpy as np

WIDTH, HEIGHT = 1280, 720
NEAR_PLANE = 1.0


class Camera:
    """A pin-hole camera with a smooth pan, tilt and zoom.

    World: x along the court, y away from the camera, z up, meters, origin at the center spot.
    """

    def __init__(self, rng: np.random.Generator, domain: str, variant: int = 0) -> None:
        """Places the camera; each `variant` is another place (for camera cuts)."""
        if domain == "arena":
            height, back = rng.uniform(8.8, 10.6), rng.uniform(20.0, 23.0)
        else:
            height, back = rng.uniform(4.6, 5.6), rng.uniform(18.0, 20.5)
        aside = rng.uniform(-1.5, 1.5)
        if variant % 3 == 1:
            height, aside = height * 0.75, aside + 6.0
        elif variant % 3 == 2:
            height, aside = height * 1.2, aside - 6.0
        self.position = np.array([aside, -back, height])
        self.close = rng.uniform(104, 114) * back
        self._state: np.ndarray | None = None
        self._speed = np.zeros(3)
        self._sway = rng.uniform(0, 6.28, 3)
        self._clock = 0.0
        self.look = np.array([0.0, -0.4, 0.3])
        self.focal = self.close

    def follow(self, play: np.ndarray, ball: np.ndarray, dt: float) -> None:
        """Moves on by `dt` seconds toward the play (players' places (N, 2), the ball (2,))."""
        low, high = play[:, 0].min(), play[:, 0].max()
        middle = 0.62 * (low + high) / 2 + 0.23 * play[:, 0].mean() + 0.15 * ball[0]
        away = np.hypot(middle - self.position[0], self.position[1])
        spread = high - low + 2.4
        focal = float(np.clip(0.97 * 1280 * away / spread, self.close * 0.80, self.close * 1.06))
        goal = np.array([middle, 0.5 * np.clip(play[:, 1].mean(), -1, 1) + 0.1, focal])
        if self._state is None:
            self._state = goal.copy()
        rate = np.array([3.2, 1.0, 1.2])
        self._speed += (rate**2 * (goal - self._state) - 2 * rate * self._speed) * dt
        self._state += self._speed * dt
        self._clock += dt
        shake = np.sin(self._clock * np.array([1.3, 1.9, 0.7]) + self._sway)
        self.look = np.array(
            [self._state[0] + 0.03 * shake[0], self._state[1] + 0.02 * shake[1], 0.75]
        )
        self.focal = self._state[2] * (1 + 0.004 * shake[2])
        self._aim()

    def _aim(self) -> None:
        forward = self.look - self.position
        forward /= np.linalg.norm(forward)
        right = np.array([forward[1], -forward[0], 0.0])
        right /= np.linalg.norm(right)
        down = np.cross(forward, right)
        self.rotation = np.stack([right, down, forward])
        center = np.array([[self.focal, 0, WIDTH / 2], [0, self.focal, HEIGHT / 2], [0, 0, 1.0]])
        self.matrix = center @ np.column_stack([self.rotation, -self.rotation @ self.position])

    def project(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Projects world points.

        Args:
            points: float (..., 3), meters.

        Returns:
            Pixels (..., 2) and depths (...) in meters along the optical axis.
        """
        seen = (points - self.position) @ self.rotation.T
        depth = np.maximum(seen[..., 2], NEAR_PLANE)
        middle = np.array([WIDTH / 2, HEIGHT / 2])
        return seen[..., :2] * (self.focal / depth)[..., None] + middle, depth

    def plane(self, origin: np.ndarray, along: np.ndarray, up: np.ndarray) -> np.ndarray:
        """The homography (3, 3) from (s, t, 1) on the plane origin + s along + t up to pixels."""
        basis = np.stack([along, up, origin], axis=1)
        lifted = np.vstack([basis, [[0.0, 0.0, 1.0]]])
        result: np.ndarray = self.matrix @ lifted
        return result
