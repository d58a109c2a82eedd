"""Joints of the figures from their pose."""

from __future__ import annotations

import numpy as np

from .motion import Simulation

# Indices of the joints returned by `joints`.
PELVIS, NECK, HEAD = 0, 1, 2
SHOULDER, ELBOW, HAND = (3, 4), (5, 6), (7, 8)
HIP, KNEE, ANKLE, TOE = (9, 10), (11, 12), (13, 14), (15, 16)
COUNT = 17


def _limb(pitch: np.ndarray, aside: np.ndarray, out: float) -> np.ndarray:
    """Unit vectors (N, 3) in (forward, left, up) of a limb hanging down at pitch 0."""
    across = np.sin(aside) * out
    flat = np.cos(aside)
    return np.stack([np.sin(pitch) * flat, across, -np.cos(pitch) * flat], axis=1)


def joints(sim: Simulation) -> np.ndarray:
    """The joints of everybody.

    Args:
        sim: the simulation at the wanted frame.

    Returns:
        float (N, COUNT, 3), world meters.
    """
    size = np.array([p.height for p in sim.people])[:, None]
    count = len(size)
    local = np.zeros((count, COUNT, 3))
    lean = (0.06 + 0.26 * sim.stride + 0.38 * sim.crouch)[:, None]
    bob = sim.stride * 0.02 * np.cos(2 * sim.phase)
    airborne = np.clip(sim.jump / 0.3, 0, 1)
    for k, out in enumerate((1.0, -1.0)):
        swing = np.sin(sim.phase + (0 if k == 0 else np.pi))
        lift = np.clip(np.cos(sim.phase + (0 if k == 0 else np.pi)), 0, 1)
        thigh = 0.85 * sim.stride * swing + 0.75 * sim.crouch + 0.3 * sim.stride * lift
        knee = 1.35 * sim.crouch + sim.stride * (0.3 + 1.35 * lift) + airborne * (0.5 - 0.3 * k)
        spread = 0.05 + 0.22 * sim.crouch * (1 - sim.stride)
        hip = np.tile([0.0, 0.056 * out, 0.0], (count, 1)) * size
        local[:, HIP[k]] = hip
        local[:, KNEE[k]] = hip + _limb(thigh, spread, out) * 0.245 * size
        shin = _limb(thigh - knee, spread * 0.6, out)
        local[:, ANKLE[k]] = local[:, KNEE[k]] + shin * 0.235 * size
        point = np.clip(airborne * 0.9 + 0.5 * sim.stride * lift, 0, 1.2)
        toe = np.stack([np.cos(point), np.zeros(count), -np.sin(point)], axis=1)
        local[:, TOE[k]] = local[:, ANKLE[k]] + toe * 0.088 * size
        local[:, TOE[k], 2] -= 0.028 * size[:, 0]
    spine = np.concatenate([np.sin(lean), np.zeros_like(lean), np.cos(lean)], axis=1)
    local[:, NECK] = spine * 0.325 * size
    local[:, HEAD] = local[:, NECK] + (spine * 0.6 + [0, 0, 0.4]) * 0.1 * size
    for k, out in enumerate((1.0, -1.0)):
        pitch, aside, elbow = sim.arms[:, 3 * k], sim.arms[:, 3 * k + 1], sim.arms[:, 3 * k + 2]
        raised = np.clip((pitch - 1.2) / 1.5, 0, 1)
        shoulder = local[:, NECK] + np.array([0.0, 0.113 * out, -0.022]) * size
        shoulder[:, 2] += raised * 0.03 * size[:, 0]
        shoulder[:, 1] -= raised * 0.02 * out * size[:, 0]
        local[:, SHOULDER[k]] = shoulder
        local[:, ELBOW[k]] = shoulder + _limb(pitch, aside, out) * 0.165 * size
        fore = _limb(pitch + elbow, aside * 0.25, out)
        local[:, HAND[k]] = local[:, ELBOW[k]] + fore * 0.165 * size
    # The lower foot stands on the floor.
    ground = 0.045 * size[:, 0] - local[:, ANKLE, 2].min(axis=1)
    local[..., 2] += (ground + bob + sim.jump)[:, None]
    cos, sin = np.cos(sim.heading)[:, None], np.sin(sim.heading)[:, None]
    world = np.empty_like(local)
    world[..., 0] = cos * local[..., 0] - sin * local[..., 1] + sim.pos[:, None, 0]
    world[..., 1] = sin * local[..., 0] + cos * local[..., 1] + sim.pos[:, None, 1]
    world[..., 2] = local[..., 2]
    return world
