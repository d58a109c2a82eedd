"""The game's simulation: who is where, turned how, doing what, and where the ball is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .kits import HAIRS, SKINS, draw_numbers

FPS = 30
DT = 1 / FPS
RIM_X, RIM_Z, RIM_RADIUS = 12.425, 3.05, 0.225
GRAVITY = 9.81

# (metres from the baseline, metres from the court's long axis): where the offence goes.
SPOTS = np.array(
    [(1.4, -5.2), (1.4, 5.2), (3.2, -2.6), (3.2, 2.6), (5.8, 0.0), (6.4, -4.6), (6.4, 4.6),
     (8.6, -1.6), (8.6, 2.0), (8.2, -5.2), (8.0, 5.4), (2.2, 0.9), (7.4, 0.4), (5.0, -5.6)]
)  # fmt: skip
SCREENS = 0.06
STAY = (1.4, 3.0)
GUARD, GUARD_BALL = 1.8, 1.2
"""How often an attacker who moves sets a screen, how long he stays (seconds), and how far from him
his defender stands (metres). Chosen so that a clip of ten seconds has about fourteen crossings."""
DEPTH = 0.4
"""How much a metre away from the camera counts beside one across it: people spread out over the
picture, where they can be told apart."""
SIDESTEP = 0.8
"""A defender stands at least so much of his distance to the side, rather than before his man."""
# Arms as (pitch, abduction, elbow) for the left and the right one, radians.
ARMS = {
    "stand": (0.12, 0.16, 0.35, 0.12, 0.16, 0.35),
    "run": (0.0, 0.14, 1.35, 0.0, 0.14, 1.35),
    "defend": (0.5, 0.75, 0.7, 0.5, 0.75, 0.7),
    "deny": (0.5, 0.5, 0.9, 1.1, 1.0, 0.3),
    "hold": (0.55, 0.12, 1.35, 0.55, 0.12, 1.35),
    "dribble": (0.35, 0.45, 0.9, 0.55, 0.22, 0.75),
    "shoot": (2.5, 0.12, 0.45, 2.75, 0.08, 0.2),
    "layup": (1.2, 0.2, 1.0, 2.9, 0.05, 0.1),
    "block": (1.2, 0.5, 0.6, 2.95, 0.12, 0.0),
    "screen": (0.35, 0.05, 1.9, 0.35, 0.05, 1.9),
    "pass": (1.35, 0.05, 0.25, 1.35, 0.05, 0.25),
    "referee": (0.1, 0.12, 0.25, 0.1, 0.12, 0.25),
}


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
        pos, vel: float (N, 2), metres and metres per second.
        jump: float (N,), metres above the floor.
        heading: float (N,), radians from the x axis.
        phase, stride: float (N,), gait phase and amplitude.
        arms: float (N, 6), see `ARMS`; crouch: float (N,), 0 to 1.
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
            self.pos[d] = self.pos[o] + self._to_rim(self.pos[o]) * 1.1
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

    def _place(self, spot: np.ndarray) -> np.ndarray:
        return np.array([self.side * (14 - spot[0]), spot[1]]) + self.rng.normal(0, 0.35, 2)

    def _free_spot(self, who: int) -> np.ndarray:
        """Of five spots, the one that looks farthest from where the team-mates go."""
        mates = [i for i in self.fives[self.offence] if i != who]
        spots = [self._place(SPOTS[k]) for k in self.rng.permutation(len(SPOTS))[:5]]
        seen = (1.0, DEPTH)
        gaps = [np.linalg.norm((self.target[mates] - p) * seen, axis=1).min() for p in spots]
        return spots[int(np.argmax(gaps))]

    def _to_rim(self, place: np.ndarray) -> np.ndarray:
        way = np.array([self.side * RIM_X, 0.0]) - place
        return way / max(np.linalg.norm(way), 1e-6)

    def _guarding(self, who: int) -> np.ndarray:
        """The way from an attacker to where his defender stands: to the rim, and to one side."""
        way = self._to_rim(self.pos[who]) * (1.0, DEPTH)
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
        self._play_ball()
        self._move()
        self._pose()

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

    def _hand(self, who: int, reach: float, z: float, right: float = 0.0) -> np.ndarray:
        front = self._face(who)
        aside = np.array([front[1], -front[0]])
        place = self.pos[who] + front * reach + aside * right
        return np.array([*place, z * self.people[who].height + self.jump[who]])

    def _play_ball(self) -> None:
        self.since += DT
        self.ball_in_basket = False
        getattr(self, f"_ball_{self.mode}")()

    def _enter(self, mode: str) -> None:
        self.mode, self.since = mode, 0.0

    def _launch(self, goal: np.ndarray, seconds: float, mode: str) -> None:
        self.flight = (self.ball.copy(), goal, seconds)
        self._enter(mode)

    def _fly(self) -> bool:
        start, goal, seconds = self.flight
        t = min(self.since, seconds)
        self.ball = start + (goal - start) * (t / seconds)
        self.ball[2] += 0.5 * GRAVITY * t * (seconds - t)
        return self.since >= seconds

    def _ball_held(self) -> None:
        h = self.handler
        if self.since < 0.45:
            self.ball = self._hand(h, 0.38, 0.62)
        else:
            bounce = abs(np.cos(np.pi * 1.9 * (self.since - 0.45)))
            self.ball = self._hand(h, 0.42, 0.0, 0.36)
            self.ball[2] = 0.12 + bounce * 0.45 * self.people[h].height
        far = np.linalg.norm(self.pos[h] - [self.side * RIM_X, 0])
        if self.clock > self.shot_at and far < 8.2:
            if far > 2.6 and self.rng.random() < 0.6:
                self._enter("gather")
            else:
                self._enter("drive")
        elif self.since > self.next_event and far < 12:
            mates = [i for i in self.fives[self.offence] if i != h and i not in self.gone]
            self.receiver = mates[int(self.rng.integers(len(mates)))]
            distance = float(np.linalg.norm(self.pos[self.receiver] - self.pos[h]))
            self.busy_until[h] = self.clock + 0.3
            self.passer = h
            self.ball = self._hand(h, 0.4, 0.68)
            self._launch(self._hand(self.receiver, 0.35, 0.62), distance / 9.5 + 0.12, "pass")

    def _ball_pass(self) -> None:
        goal = self._hand(self.receiver, 0.35, 0.62)
        self.flight = (self.flight[0], goal, self.flight[2])
        if self._fly():
            self.handler = self.receiver
            self.next_event = self.rng.uniform(1.0, 2.4)
            self._enter("held")

    def _jump_for_shot(self, who: int, height: float) -> None:
        self.jump_start[who], self.jump_height[who] = self.clock, height
        self.busy_until[who] = self.clock + 0.85
        self.action[who] = "player-jump-shot" if self.mode == "gather" else "player-layup-dunk"
        defend = self.fives[1 - self.offence]
        near = min(defend, key=lambda d: float(np.linalg.norm(self.pos[d] - self.pos[who])))
        if np.linalg.norm(self.pos[near] - self.pos[who]) < 2.2 and self.rng.random() < 0.7:
            self.jump_start[near] = self.clock + 0.08
            self.jump_height[near] = self.rng.uniform(0.35, 0.6)
            self.busy_until[near] = self.clock + 0.85
            self.action[near] = "player-shot-block"

    def _ball_gather(self) -> None:
        h = self.handler
        if self.action[h] != "player-jump-shot" and self.since > 0.25:
            self._jump_for_shot(h, 0.42)
        rise = min(self.since / 0.5, 1.0)
        self.ball = self._hand(h, 0.32, 0.62 + 0.5 * rise)
        if self.since > 0.55:
            self._shoot(h, 0.72)

    def _ball_drive(self) -> None:
        h = self.handler
        self.target[h] = (self.side * (RIM_X - 0.3), np.sign(self.pos[h, 1]) * 0.5)
        far = np.linalg.norm(self.pos[h] - [self.side * RIM_X, 0])
        bounce = abs(np.cos(np.pi * 2.3 * self.since))
        self.ball = self._hand(h, 0.42, 0.12 + 0.4 * bounce, 0.32)
        if self.action[h] != "player-layup-dunk" and (far < 1.9 or self.since > 2.0):
            self._jump_for_shot(h, 0.7)
            self.drive_end = self.since
        if self.action[h] == "player-layup-dunk":
            self.ball = self._hand(h, 0.3, 0.8 + 0.32 * min((self.since - self.drive_end) / 0.3, 1))
            if self.since > self.drive_end + 0.32:
                self._shoot(h, 0.8)

    def _shoot(self, who: int, chance: float) -> None:
        rim = np.array([self.side * RIM_X, 0.0, RIM_Z + 0.12])
        far = float(np.linalg.norm(rim[:2] - self.ball[:2]))
        self.made = self.rng.random() < chance
        if not self.made:
            rim[:2] += self.rng.choice([-1, 1], 2) * 0.17
        self._launch(rim, 0.42 + 0.105 * far, "shot")

    def _ball_shot(self) -> None:
        if self._fly():
            out = self.rng.normal(0, 1.0, 2) - [2.0 * self.side, 0]
            self.ball_vel = np.array([0, 0, -2.2]) if self.made else np.array([*out, 2.0])
            self._enter("fall" if self.made else "loose")

    def _ball_fall(self) -> None:
        # The net slows the ball, so that a basket is seen for about a third of a second.
        self.ball = self.ball + np.array([0, 0, -1.7 - 4.0 * max(self.since - 0.25, 0)]) * DT
        self.ball[:2] += (np.array([self.side * RIM_X, 0.0]) - self.ball[:2]) * 0.2
        self.ball_in_basket = self.ball[2] > RIM_Z - 0.5
        if not self.ball_in_basket:
            self.ball_vel = np.array([0.0, 0.0, -3.5])
            self._enter("loose")

    def _ball_loose(self) -> None:
        self.ball_vel[2] -= GRAVITY * DT
        self.ball = self.ball + self.ball_vel * DT
        if self.ball[2] < 0.12:
            self.ball[2] = 0.12
            self.ball_vel *= (0.8, 0.8, -0.68)
        teams = [1 - self.offence] if self.made else [0, 1]
        free = [i for t in teams for i in self.fives[t] if i not in self.gone]
        gaps = {i: float(np.linalg.norm(self.pos[i] - self.ball[:2])) for i in free}
        near = min(gaps, key=gaps.__getitem__)
        self.target[near] = self.ball[:2]
        self.until[near] = self.clock + 0.2
        caught = gaps[near] < 0.7 and self.ball[2] < 2.3 and self.since > 0.3
        if caught or self.since > 2.5:
            self.handler = near
            self.next_event = self.rng.uniform(0.8, 2.2)
            self._enter("held")
            if near in self.fives[1 - self.offence]:
                self.offence, self.side = 1 - self.offence, -self.side
                self.until[:] = self.clock + self.rng.uniform(0, 0.5, len(self.until))
                self.shot_at = self.clock + self.rng.uniform(6.5, 10.0)
            else:
                self.shot_at = self.clock + self.rng.uniform(1.5, 3.5)

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
        rim = self._to_rim(self.pos[self.handler])
        goal[self.handler] = np.arctan2(rim[1], rim[0]) + 0.6 * self.glance[self.handler]
        run = np.arctan2(self.vel[:, 1], self.vel[:, 0])
        limit = np.full(len(speed), 2.0)
        limit[defend] = 3.6
        goal = np.where(speed > limit, run, goal)
        turn = (goal - self.heading + np.pi) % (2 * np.pi) - np.pi
        self.heading += np.clip(turn * 5.0, -5.5, 5.5) * DT

    def _pose(self) -> None:
        speed = np.linalg.norm(self.vel, axis=1)
        self.stride += (np.clip(speed / 5.5, 0, 1) - self.stride) * 0.25
        self.phase += (2.2 + 1.75 * speed) * DT * 2.1 * (speed > 0.15)
        defend = self.fives[1 - self.offence]
        for i, person in enumerate(self.people):
            busy = self.clock < self.busy_until[i]
            moving = speed[i] > 2.4
            name, crouch = ("run", 0.12) if moving else ("stand", 0.15)
            if not busy:
                self.action[i] = "player"
            if person.label == "referee":
                name = "run" if moving else "referee"
            elif self.action[i] in ("player-jump-shot", "player-layup-dunk"):
                name, crouch = ("shoot" if "jump" in self.action[i] else "layup"), 0.1
            elif self.action[i] == "player-shot-block":
                name, crouch = "block", 0.1
            elif i == self.handler and self.mode == "gather":
                name, crouch = "hold", 0.6
            elif i == self.handler and self.mode in ("held", "drive"):
                name, crouch = ("hold", 0.3) if self.since < 0.45 else ("dribble", 0.35)
                self.action[i] = "player-in-possession"
            elif busy:
                name = "pass"
            elif i in defend and not moving:
                name, crouch = ("deny" if i % 2 else "defend"), 0.55
            elif self.screening[i] and not moving:
                name, crouch = "screen", 0.3
            goal = np.array(ARMS[name])
            if name in ("run", "stand", "dribble", "referee"):
                swing = 0.95 * self.stride[i] * np.sin(self.phase[i])
                goal[0] -= swing
                goal[3] += swing if name != "dribble" else 0.25 * np.sin(self.clock * 12)
            self.arms[i] += (goal - self.arms[i]) * (0.45 if busy else 0.22)
            self.crouch[i] += (crouch - self.crouch[i]) * 0.15
