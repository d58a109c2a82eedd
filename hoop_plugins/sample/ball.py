"""What the ball does: held, passed, shot, fallen through the net, or loose."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .physics import DT, GRAVITY, RIM_X, RIM_Z

if TYPE_CHECKING:
    from .motion import Simulation


def _enter(game: Simulation, mode: str) -> None:
    game.mode, game.since = mode, 0.0


def _launch(game: Simulation, goal: np.ndarray, seconds: float, mode: str) -> None:
    game.flight = (game.ball.copy(), goal, seconds)
    _enter(game, mode)


def _fly(game: Simulation) -> bool:
    start, goal, seconds = game.flight
    t = min(game.since, seconds)
    game.ball = start + (goal - start) * (t / seconds)
    game.ball[2] += 0.5 * GRAVITY * t * (seconds - t)
    return game.since >= seconds


def _held(game: Simulation) -> None:
    h = game.handler
    if game.since < 0.45:
        game.ball = game.hand(h, 0.38, 0.62)
    else:
        bounce = abs(np.cos(np.pi * 1.9 * (game.since - 0.45)))
        game.ball = game.hand(h, 0.42, 0.0, 0.36)
        game.ball[2] = 0.12 + bounce * 0.45 * game.people[h].height
    far = np.linalg.norm(game.pos[h] - [game.side * RIM_X, 0])
    if game.clock > game.shot_at and far < 8.2:
        if far > 2.6 and game.rng.random() < 0.6:
            _enter(game, "gather")
        else:
            _enter(game, "drive")
    elif game.since > game.next_event and far < 12:
        mates = [i for i in game.fives[game.offence] if i != h and i not in game.gone]
        game.receiver = mates[int(game.rng.integers(len(mates)))]
        distance = float(np.linalg.norm(game.pos[game.receiver] - game.pos[h]))
        game.busy_until[h] = game.clock + 0.3
        game.ball = game.hand(h, 0.4, 0.68)
        _launch(game, game.hand(game.receiver, 0.35, 0.62), distance / 9.5 + 0.12, "pass")


def _pass(game: Simulation) -> None:
    goal = game.hand(game.receiver, 0.35, 0.62)
    game.flight = (game.flight[0], goal, game.flight[2])
    if _fly(game):
        game.handler = game.receiver
        game.next_event = game.rng.uniform(1.0, 2.4)
        _enter(game, "held")


def _jump_for_shot(game: Simulation, who: int, height: float) -> None:
    game.jump_start[who], game.jump_height[who] = game.clock, height
    game.busy_until[who] = game.clock + 0.85
    game.action[who] = "player-jump-shot" if game.mode == "gather" else "player-layup-dunk"
    defend = game.fives[1 - game.offence]
    near = min(defend, key=lambda d: float(np.linalg.norm(game.pos[d] - game.pos[who])))
    if np.linalg.norm(game.pos[near] - game.pos[who]) < 2.2 and game.rng.random() < 0.7:
        game.jump_start[near] = game.clock + 0.08
        game.jump_height[near] = game.rng.uniform(0.35, 0.6)
        game.busy_until[near] = game.clock + 0.85
        game.action[near] = "player-shot-block"


def _gather(game: Simulation) -> None:
    h = game.handler
    if game.action[h] != "player-jump-shot" and game.since > 0.25:
        _jump_for_shot(game, h, 0.42)
    rise = min(game.since / 0.5, 1.0)
    game.ball = game.hand(h, 0.32, 0.62 + 0.5 * rise)
    if game.since > 0.55:
        _shoot(game, h, 0.72)


def _drive(game: Simulation) -> None:
    h = game.handler
    game.target[h] = (game.side * (RIM_X - 0.3), np.sign(game.pos[h, 1]) * 0.5)
    far = np.linalg.norm(game.pos[h] - [game.side * RIM_X, 0])
    bounce = abs(np.cos(np.pi * 2.3 * game.since))
    game.ball = game.hand(h, 0.42, 0.12 + 0.4 * bounce, 0.32)
    if game.action[h] != "player-layup-dunk" and (far < 1.9 or game.since > 2.0):
        _jump_for_shot(game, h, 0.7)
        game.drive_end = game.since
    if game.action[h] == "player-layup-dunk":
        game.ball = game.hand(h, 0.3, 0.8 + 0.32 * min((game.since - game.drive_end) / 0.3, 1))
        if game.since > game.drive_end + 0.32:
            _shoot(game, h, 0.8)


def _shoot(game: Simulation, who: int, chance: float) -> None:
    rim = np.array([game.side * RIM_X, 0.0, RIM_Z + 0.12])
    far = float(np.linalg.norm(rim[:2] - game.ball[:2]))
    game.made = bool(game.rng.random() < chance)
    if not game.made:
        rim[:2] += game.rng.choice([-1, 1], 2) * 0.17
    _launch(game, rim, 0.42 + 0.105 * far, "shot")


def _shot(game: Simulation) -> None:
    if _fly(game):
        out = game.rng.normal(0, 1.0, 2) - [2.0 * game.side, 0]
        game.ball_vel = np.array([0, 0, -2.2]) if game.made else np.array([*out, 2.0])
        _enter(game, "fall" if game.made else "loose")


def _fall(game: Simulation) -> None:
    # The net slows the ball, so that a basket is seen for about a third of a second.
    game.ball = game.ball + np.array([0, 0, -1.7 - 4.0 * max(game.since - 0.25, 0)]) * DT
    game.ball[:2] += (np.array([game.side * RIM_X, 0.0]) - game.ball[:2]) * 0.2
    game.ball_in_basket = game.ball[2] > RIM_Z - 0.5
    if not game.ball_in_basket:
        game.ball_vel = np.array([0.0, 0.0, -3.5])
        _enter(game, "loose")


def _loose(game: Simulation) -> None:
    game.ball_vel[2] -= GRAVITY * DT
    game.ball = game.ball + game.ball_vel * DT
    if game.ball[2] < 0.12:
        game.ball[2] = 0.12
        game.ball_vel *= (0.8, 0.8, -0.68)
    teams = [1 - game.offence] if game.made else [0, 1]
    free = [i for t in teams for i in game.fives[t] if i not in game.gone]
    gaps = {i: float(np.linalg.norm(game.pos[i] - game.ball[:2])) for i in free}
    near = min(gaps, key=gaps.__getitem__)
    game.target[near] = game.ball[:2]
    game.until[near] = game.clock + 0.2
    caught = gaps[near] < 0.7 and game.ball[2] < 2.3 and game.since > 0.3
    if caught or game.since > 2.5:
        game.handler = near
        game.next_event = game.rng.uniform(0.8, 2.2)
        _enter(game, "held")
        if near in game.fives[1 - game.offence]:
            game.offence, game.side = 1 - game.offence, -game.side
            game.until[:] = game.clock + game.rng.uniform(0, 0.5, len(game.until))
            game.shot_at = game.clock + game.rng.uniform(6.5, 10.0)
        else:
            game.shot_at = game.clock + game.rng.uniform(1.5, 3.5)


MODES = {
    "held": _held,
    "pass": _pass,
    "gather": _gather,
    "drive": _drive,
    "shot": _shot,
    "fall": _fall,
    "loose": _loose,
}


def move_ball(game: Simulation) -> None:
    """Moves the ball on by one frame, and lets the players shoot, jump and pass."""
    game.since += DT
    game.ball_in_basket = False
    MODES[game.mode](game)
