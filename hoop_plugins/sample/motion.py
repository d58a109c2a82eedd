"""The game's simulation: who is where, turned how, doing what, and where the ball is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .ball import move_ball
from .kits import HAIRS, SKINS, draw_numbers
from .physics import DT, RIM_X
from .pose import ARMS, pose

# (meters from the baseline, meters from the court's long axis): where the offence goes.
SPOTS = np.array(
    [(1.4, -5.2), (1.4, 5.2), (3.2, -2.6), (3.2, 2.6), (5.8, 0.0), (6.4, -4.6), (6.4, 4.6),
     (8.6, -1.6), (8.6, 2.0), (8.2, -5.2), (8.0, 5.4), (2.2, 0.9), (7.4, 0.4), (5.0, -5.6)]
)  # fmt: skip
SCREENS = 0.06
STAY = (1.4, 3.0)
GUARD, GUARD_BALL = 1.8, 1.2
"""How often an attacker who moves sets a screen, how long he stays (seconds), and how far from him
his defender stands (meters). Chosen so that a clip of ten seconds has about fourteen crossings."""
DEPTH = 0.4
"""How much a meter away from the camera counts beside one across it: people spread out over the
picture, where they can be told apart."""
SIDESTEP = 0.8
"""A defender stands at least so much of his distance to the side, rather than before his man."""


@dataclass(frozen=True)
class Person:
    """What does not change about a person."""

    track_id: int
    label: str
    team: str | None
    number: str | None
    height: float
    build: float
    skin: tuple[int, int, int]
    hair: tuple[int, int, int]
    style: int


class Simulation:
    """Five against five and the referees; `step` moves on by one frame.

    Attributes (N people):
        people: who they are.
        pos, vel: float (N, 2), meters and meters per second.
        jump: float (N,), meters above the floor.
        heading: float (N,), radians from the x axis.
        phase, stride: float (N,), gait phase and amplitude.
        arms: float (N, 6), see `pose.ARMS`; crouch: float (N,), 0 to 1.
        action: list of N action names.
        ball: float (3,); ball_in_basket: bool.
    """

    def __init__(
        self, rng: np.random.Generator, seconds: float, entries: bool, substitutions: bool
    ) -> None:
        self.rng = rng
        self.people: list[Person] = []
        bench = 2 if substitutions else 0
        for team in ("home", "away"):
            for number in draw_numbers(rng, 5 + bench):
                self._add("player", team, number)
        for _ in range(int(rng.integers(2, 4))):
            self._add("referee", None, None)
        count = len(self.people)
        per_team = 5 + bench
        self.squads = [list(range(t * per_team, t * per_team + per_team)) for t in (0, 1)]
        self.fives = [squad[:5] for squad in self.squads]
        self.referees = list(range(2 * per_team, count))
        self.pos = np.zeros((count, 2))
        self.vel = np.zeros((count, 2))
        self.jump = np.zeros(count)
        self.heading = rng.uniform(-np.pi, np.pi, count)
        self.phase = rng.uniform(0, 6.28, count)
        self.stride = np.zeros(count)
        self.arms = np.tile(np.array(ARMS["stand"]), (count, 1))
        self.crouch = np.zeros(count)
        self.action = ["player"] * count
        self.target = np.zeros((count, 2))
        self.until = np.zeros(count)
        self.pace = rng.uniform(0.85, 1.15, count)
        self.glance = rng.normal(0, 0.5, count)
        self.screening = np.zeros(count, bool)
        self.busy_until = np.zeros(count)
        self.jump_start = np.full(count, -9.0)
        self.jump_height = np.zeros(count)
        self.gone: dict[int, float] = {}
        self.clock = 0.0
        self.offence = int(rng.integers(2))
        self.side = 1 if rng.random() < 0.5 else -1
        self._plan(seconds, entries, substitutions)
        self._kick_off()

    def _add(self, label: str, team: str | None, number: str | None) -> None:
        rng = self.rng
        tall = rng.normal(1.98, 0.08) if label == "player" else rng.normal(1.83, 0.05)
        self.people.append(
            Person(
                len(self.people) + 1, label, team, number, float(np.clip(tall, 1.72, 2.16)),
                float(rng.uniform(0.94, 1.1)), SKINS[int(rng.integers(len(SKINS)))],
                HAIRS[int(rng.integers(len(HAIRS)))], int(rng.integers(6)),
            )
        )  # fmt: skip

    def _plan(self, seconds: float, entries: bool, substitutions: bool) -> None:
        rng = self.rng
        self.leave_at: list[tuple[float, int]] = []
        self.swap_at: list[float] = []
        if entries:
            for _ in range(max(2, int(seconds / 5))):
                who = self.fives[int(rng.integers(2))][int(rng.integers(5))]
                self.leave_at.append((float(rng.uniform(0.1, 0.7) * seconds), who))
        if substitutions:
            self.swap_at = sorted(float(t) for t in rng.uniform(0.2, 0.7, 2) * seconds)

    def _kick_off(self) -> None:
        spots = self.rng.permutation(len(SPOTS))[:5]
        for i, spot in zip(self.fives[self.offence], spots, strict=True):
            self.pos[i] = self.target[i] = self._place(SPOTS[spot])
            self.until[i] = self.rng.uniform(0.2, 1.5)
        for d, o in zip(self.fives[1 - self.offence], self.fives[self.offence], strict=True):
            self.pos[d] = self.pos[o] + self.to_rim(self.pos[o]) * 1.1
        for squad, five in zip(self.squads, self.fives, strict=True):
            for bench in set(squad) - set(five):
                self.pos[bench] = (self.rng.uniform(-2, 2), -17.0)
        for k, i in enumerate(self.referees):
            self.pos[i] = self.target[i] = self._referee_spot(k)
        self.handler = self.fives[self.offence][int(self.rng.integers(5))]
        self.mode, self.since = "held", 0.0
        self.next_event = self.rng.uniform(0.6, 1.6)
        self.shot_at = self.rng.uniform(2.5, 6.0)
        self.ball = np.array([*self.pos[self.handler], 1.0])
        self.ball_in_basket = False
        self.flight: tuple[np.ndarray, np.ndarray, float] = (self.ball, self.ball, 1.0)
        self.ball_vel = np.zeros(3)
        self.receiver = self.handler
        self.made = False
        self.drive_end = 0.0

    def _place(self, spot: np.ndarray) -> np.ndarray:
        return np.array([self.side * (14 - spot[0]), spot[1]]) + self.rng.normal(0, 0.35, 2)

    def _free_spot(self, who: int) -> np.ndarray:
        """Of five spots, the one that looks farthest from where the team-mates go."""
        mates = [i for i in self.fives[self.offence] if i != who]
        spots = [self._place(SPOTS[k]) for k in self.rng.permutation(len(SPOTS))[:5]]
        seen = (1.0, DEPTH)
        gaps = [np.linalg.norm((self.target[mates] - p) * seen, axis=1).min() for p in spots]
        return spots[int(np.argmax(gaps))]

    def to_rim(self, place: np.ndarray) -> np.ndarray:
        """The unit vector ``(2,)`` from a place to the rim that is attacked."""
        way = np.array([self.side * RIM_X, 0.0]) - place
        result: np.ndarray = way / max(np.linalg.norm(way), 1e-6)
        return result

    def _guarding(self, who: int) -> np.ndarray:
        """The way from an attacker to where his defender stands: to the rim, and to one side."""
        way = self.to_rim(self.pos[who]) * (1.0, DEPTH)
        side = np.sign(way[0]) if abs(way[0]) > 0.3 else -self.side
        return np.array([side * max(abs(way[0]), SIDESTEP), way[1]])

    def _referee_spot(self, k: int) -> np.ndarray:
        spot = [(-0.7, 3.8), (8.8, -5.4), (5.6, 6.4)][k % 3]
        return np.array([self.side * (14 - spot[0]), spot[1]]) + self.rng.normal(0, 0.4, 2)

    @property
    def on_court(self) -> list[int]:
        """Indices of the players that the camera should keep in view."""
        return [i for five in self.fives for i in five if i not in self.gone]

    def step(self) -> None:
        """Moves everything on by one frame."""
        self.clock += DT
        self._come_and_go()
        self._think()
        move_ball(self)
        self._move()
        pose(self)

    def _come_and_go(self) -> None:
        for when, who in list(self.leave_at):
            if self.clock >= when and who != self.handler and who not in self.gone:
                self.leave_at.remove((when, who))
                self.gone[who] = self.clock + self.rng.uniform(3.5, 5.5)
        for who, back in list(self.gone.items()):
            self.target[who] = (self.pos[who, 0], -15.0)
            if self.clock > back:
                del self.gone[who]
                self.until[who] = 0
        if self.swap_at and self.clock >= self.swap_at[0]:
            self.swap_at.pop(0)
            for squad, five in zip(self.squads, self.fives, strict=True):
                slot = int(self.rng.integers(5))
                if five[slot] != self.handler:
                    rested = [i for i in squad if i not in five]
                    fresh = rested[int(self.rng.integers(len(rested)))]
                    self.target[five[slot]] = (self.pos[five[slot], 0], -17.0)
                    self.gone.pop(five[slot], None)
                    self.pos[fresh] = (self.pos[five[slot], 0] + 2.0, -13.0)
                    five[slot] = fresh

    def _think(self) -> None:
        rng = self.rng
        attack, defend = self.fives[self.offence], self.fives[1 - self.offence]
        for i in attack:
            if self.clock < self.until[i] or i in self.gone:
                continue
            self.screening[i] = False
            guard = defend[attack.index(self.handler)] if self.handler in attack else defend[0]
            if i != self.handler and rng.random() < SCREENS:
                self.target[i] = self.pos[guard] + rng.normal(0, 0.25, 2)
                self.screening[i] = True
                self.until[i] = self.clock + rng.uniform(1.4, 2.2)
            else:
                self.target[i] = self._free_spot(i)
                self.until[i] = self.clock + rng.uniform(*STAY)
            self.glance[i] = rng.normal(0, 0.55)
        for d, o in zip(defend, attack, strict=True):
            if d in self.gone:
                continue
            gap = GUARD_BALL if o == self.handler else GUARD
            self.target[d] = self.pos[o] + self._guarding(o) * gap + self.vel[o] * 0.12
            if self.clock > self.until[d]:
                self.glance[d] = rng.normal(0, 0.5)
                self.until[d] = self.clock + rng.uniform(1, 2.5)
        for k, i in enumerate(self.referees):
            if self.clock > self.until[i]:
                self.target[i] = self._referee_spot(k)
                self.until[i] = self.clock + rng.uniform(2, 4)

    def _face(self, who: int) -> np.ndarray:
        return np.array([np.cos(self.heading[who]), np.sin(self.heading[who])])

    def hand(self, who: int, reach: float, z: float, right: float = 0.0) -> np.ndarray:
        """Where a person holds the ball.

        Args:
            who: The person's index.
            reach: Meters in front of him.
            z: Height above his feet, as a share of his own.
            right: Meters to his right.

        Returns:
            float ``(3,)``, meters.
        """
        front = self._face(who)
        aside = np.array([front[1], -front[0]])
        place = self.pos[who] + front * reach + aside * right
        return np.array([*place, z * self.people[who].height + self.jump[who]])

    def _move(self) -> None:
        way = self.target - self.pos
        far = np.linalg.norm(way, axis=1)
        top = np.where(far > 8, 6.4, 4.6) * self.pace
        speed = np.minimum(top, far * 2.6)
        resting = far < 0.25
        wish = way / np.maximum(far, 1e-6)[:, None] * np.where(resting, 0, speed)[:, None]
        wish[(self.clock < self.busy_until) & (self.jump <= 0.01)] *= 0.25
        gap = self.pos[:, None] - self.pos[None]
        close = np.linalg.norm(gap, axis=2) + np.eye(len(self.pos)) * 9
        push = np.clip(0.88 - close, 0, None) * 14
        wish += (gap / np.maximum(close, 0.05)[..., None] * push[..., None]).sum(1)
        change = wish - self.vel
        size = np.linalg.norm(change, axis=1, keepdims=True)
        self.vel += change * np.minimum(1, 11 * DT / np.maximum(size, 1e-6))
        self.pos += self.vel * DT
        airborne = self.clock - self.jump_start
        t = np.clip(airborne / 0.62, 0, 1)
        self.jump = 4 * self.jump_height * t * (1 - t)
        self._turn()

    def _turn(self) -> None:
        attack, defend = self.fives[self.offence], self.fives[1 - self.offence]
        speed = np.linalg.norm(self.vel, axis=1)
        to_ball = self.ball[:2] - self.pos
        goal = np.arctan2(to_ball[:, 1], to_ball[:, 0]) + self.glance
        for d, o in zip(defend, attack, strict=True):
            way = self.pos[o] - self.pos[d]
            goal[d] = np.arctan2(way[1], way[0]) + 0.7 * self.glance[d]
        rim = self.to_rim(self.pos[self.handler])
        goal[self.handler] = np.arctan2(rim[1], rim[0]) + 0.6 * self.glance[self.handler]
        run = np.arctan2(self.vel[:, 1], self.vel[:, 0])
        limit = np.full(len(speed), 2.0)
        limit[defend] = 3.6
        goal = np.where(speed > limit, run, goal)
        turn = (goal - self.heading + np.pi) % (2 * np.pi) - np.pi
        self.heading += np.clip(turn * 5.0, -5.5, 5.5) * DT
