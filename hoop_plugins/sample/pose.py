"""How people hold themselves while they run, dribble, shoot and defend."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .physics import DT

if TYPE_CHECKING:
    from .motion import Simulation

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


def pose(game: Simulation) -> None:
    """Moves arms, legs and crouches on by one frame, to what everybody is doing."""
    speed = np.linalg.norm(game.vel, axis=1)
    game.stride += (np.clip(speed / 5.5, 0, 1) - game.stride) * 0.25
    game.phase += (2.2 + 1.75 * speed) * DT * 2.1 * (speed > 0.15)
    defend = game.fives[1 - game.offence]
    for i, person in enumerate(game.people):
        busy = game.clock < game.busy_until[i]
        moving = speed[i] > 2.4
        name, crouch = ("run", 0.12) if moving else ("stand", 0.15)
        if not busy:
            game.action[i] = "player"
        if person.label == "referee":
            name = "run" if moving else "referee"
        elif game.action[i] in ("player-jump-shot", "player-layup-dunk"):
            name, crouch = ("shoot" if "jump" in game.action[i] else "layup"), 0.1
        elif game.action[i] == "player-shot-block":
            name, crouch = "block", 0.1
        elif i == game.handler and game.mode == "gather":
            name, crouch = "hold", 0.6
        elif i == game.handler and game.mode in ("held", "drive"):
            name, crouch = ("hold", 0.3) if game.since < 0.45 else ("dribble", 0.35)
            game.action[i] = "player-in-possession"
        elif busy:
            name = "pass"
        elif i in defend and not moving:
            name, crouch = ("deny" if i % 2 else "defend"), 0.55
        elif game.screening[i] and not moving:
            name, crouch = "screen", 0.3
        goal = np.array(ARMS[name])
        if name in ("run", "stand", "dribble", "referee"):
            swing = 0.95 * game.stride[i] * np.sin(game.phase[i])
            goal[0] -= swing
            goal[3] += swing if name != "dribble" else 0.25 * np.sin(game.clock * 12)
        game.arms[i] += (goal - game.arms[i]) * (0.45 if busy else 0.22)
        game.crouch[i] += (crouch - game.crouch[i]) * 0.15
