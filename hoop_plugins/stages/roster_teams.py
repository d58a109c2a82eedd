"""Which team of a roster is which of the teams that were told apart. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from hoop_plugins.data.roster import Roster, numbers_of, rgb
from hoop_plugins.data.vocabulary import NUMBERS, plain
from hoop_plugins.models.kit_colors import BINS

OUT_OF_IT = 0.1
"""How often what is read on a tracklet is of nobody in the roster, though its team is right."""

LEAST_READ, LEAST_COLOR = 5.0, 10.0
"""By how much one way must fit better than the other: in nats, and in units of CIELAB."""


def match_teams(
    roster: Roster,
    teams: Sequence[str],
    sides: NDArray[np.integer],
    numbers: NDArray[np.float64],
    kits: NDArray[np.floating],
) -> tuple[list[str | None], str]:
    """Finds the roster's team of each team: by name, else by color, else by numbers.

    Args:
        roster: One team or two.
        teams: What they are called here.
        sides: ``(T,)`` the team of each tracklet, a position in ``teams``; -1 where unknown.
        numbers: ``(T, 101)`` nats of :func:`~hoop_plugins.stages.evidence.number_evidence`.
        kits: ``(T, D)``, the sums of each tracklet's
            :func:`~hoop_plugins.models.kit_colors.torso_histograms`.

    Returns:
        By team, the roster's name of it, ``None`` where it has none; and a line for people.
    """
    if len(teams) != 2:
        return [None] * len(teams), (
            "the roster is not used: two teams were not told apart, so nobody is named"
        )
    same = [{plain(team): i for i, team in enumerate(teams)}.get(plain(t)) for t in roster.teams]
    by_name = next((i if r == 0 else 1 - i for r, i in enumerate(same) if i is not None), None)
    by_read = _first_is_first(roster, _reads(roster, sides, numbers))
    by_color = _first_is_first(roster, _colors(roster, sides, kits))
    doubt = ""
    if by_name is not None:
        first, reason = by_name, "name"
    elif abs(by_color) >= LEAST_COLOR:
        first, reason = int(by_color < 0), "color"
        if by_color * by_read < 0 and abs(by_read) >= LEAST_READ:
            doubt = "; numbers fit better the other way round: check the roster's colors"
    elif abs(by_read) >= LEAST_READ:
        first, reason = int(by_read < 0), "numbers"
    else:
        return [None, None], (
            "the roster is not used: neither colors nor numbers tell which of its teams is "
            f"{teams[0]!r}, so nobody is named; give their colors in a column 'color'"
        )
    found: list[str | None] = [None, None]
    for place, team in zip((first, 1 - first), roster.teams, strict=False):
        found[place] = team
    pairs = (f"{name!r} is {team}" for team, name in zip(teams, found, strict=True) if name)
    return found, f"roster: {', '.join(pairs)}, by {reason}{doubt}"


def _first_is_first(roster: Roster, fits: NDArray[np.float64]) -> float:
    """By how much it fits better that the roster's first team is the first one here; ``fits`` is
    ``(R, 2)``, how well each of its teams is each of those here.
    """
    one = fits[:, 0] - fits[:, 1]
    return float(one[0] - one[1:].sum())


def _reads(
    roster: Roster, sides: NDArray[np.integer], numbers: NDArray[np.float64]
) -> NDArray[np.float64]:
    shares = softmax(numbers, axis=1)

    def of_roster(share: NDArray[np.float64] | float) -> NDArray[np.float64]:
        return np.log(OUT_OF_IT + (1 - 2 * OUT_OF_IT) * np.asarray(share))

    fits = np.zeros((len(roster.teams), 2))
    for r, team in enumerate(roster.teams):
        listed = sorted(numbers_of(roster.players, team))
        gains = of_roster(shares[:, listed].sum(1)) - of_roster(len(listed) / len(NUMBERS))
        fits[r] = [gains[sides == side].sum() for side in (0, 1)]
    return fits


def _colors(
    roster: Roster, sides: NDArray[np.integer], kits: NDArray[np.floating]
) -> NDArray[np.float64]:
    """How near each team's color is to each side's shirts: 0 where there is none, else negative."""
    fits = np.zeros((len(roster.teams), 2))
    bins = (np.stack(np.meshgrid(*[np.arange(BINS)] * 3, indexing="ij"), -1) + 0.5) / BINS
    places = bins.reshape(-1, 3) * (100, 255, 255) - (0, 128, 128)
    worn = [kits[sides == side].sum(0) ** 2 for side in (0, 1)]
    if not all(shares.any() for shares in worn):
        return fits
    for r, team in enumerate(roster.teams):
        if team in roster.colors:
            color = np.array([[rgb(roster.colors[team])]], np.float32)
            far = np.linalg.norm(places - cv2.cvtColor(color, cv2.COLOR_RGB2LAB).ravel(), axis=1)
            fits[r] = [-np.average(far, weights=shares) for shares in worn]
    return fits
