"""Which team of a roster is which of the two that were told apart."""

from __future__ import annotations

import numpy as np
import pytest
from number_reads import reads

from hoop_plugins.data.roster import Roster
from hoop_plugins.models.kit_colors import torso_histograms
from hoop_plugins.stages.evidence import number_evidence
from hoop_plugins.stages.roster_teams import match_teams

TEAMS = ("dark", "light")
HAWKS, BULLS = ["23", "7", "4"], ["11", "00", "23"]
NAVY, WHITE = (20, 30, 90), (225, 225, 220)


def roster(hawks: list[str] = HAWKS, bulls: list[str] = BULLS, **colors: str) -> Roster:
    return Roster({("Hawks", n): None for n in hawks} | {("Bulls", n): None for n in bulls}, colors)


def match(
    listed: Roster,
    dark: list[str],
    light: list[str],
    shirts: tuple[tuple[int, int, int], ...] = (),
    teams: tuple[str, ...] = TEAMS,
) -> tuple[list[str | None], str]:
    """A tracklet a number, read three times, in shirts of two colors."""
    sides = np.array([0] * len(dark) + [1] * len(light))
    numbers = np.array([number_evidence(reads(*[text] * 3)) for text in (*dark, *light)])
    kits = np.zeros((len(sides), 216), np.float32)
    for side, color in enumerate(shirts):
        frame = np.full((40, 40, 3), color, np.uint8)
        kits[sides == side] = torso_histograms(frame, np.array([[0, 0, 40, 40]], np.float32))
    return match_teams(listed, teams, sides, numbers.reshape(-1, 101), kits)


@pytest.mark.parametrize(
    ("dark", "light", "teams"),
    [
        (HAWKS, BULLS, ["Hawks", "Bulls"]),
        (BULLS, HAWKS, ["Bulls", "Hawks"]),
        (["7", "4", "7"], ["96"], ["Hawks", "Bulls"]),
        (["99", "98", "4", "7"], ["00", "11", "97"], ["Hawks", "Bulls"]),
    ],
)
def test_numbers_tell_the_teams(dark: list[str], light: list[str], teams: list[str]) -> None:
    found, said = match(roster(), dark, light)
    assert found == teams
    assert said == f"roster: {teams[0]!r} is dark, {teams[1]!r} is light, by numbers"


@pytest.mark.parametrize(
    ("dark", "light"),
    [([], []), (["99", "98"], ["97", "96"]), (["23"], ["23"]), (["7", "4"], [])],
)
def test_where_nothing_tells_nobody_is_named(dark: list[str], light: list[str]) -> None:
    found, said = match(roster(), dark, light)
    assert found == [None, None]
    assert "neither colors nor numbers tell" in said


def test_rosters_of_the_same_numbers_are_told_by_color() -> None:
    same = roster(HAWKS, HAWKS, Hawks="white", Bulls="navy")
    found, said = match(same, HAWKS, HAWKS, (NAVY, WHITE))
    assert found == ["Bulls", "Hawks"]
    assert said.endswith("by color")


@pytest.mark.parametrize("colors", [{"Hawks": "light"}, {"Bulls": "#14205a"}])
def test_one_color_is_enough(colors: dict[str, str]) -> None:
    found, _ = match(roster(**colors), [], ["23"], (NAVY, WHITE))
    assert found == [None, None]  # of dark no shirt was seen
    found, _ = match(roster(**colors), ["23"], ["23"], (NAVY, WHITE))
    assert found == ["Bulls", "Hawks"]


def test_colors_that_numbers_contradict_are_said() -> None:
    found, said = match(roster(Hawks="white"), HAWKS, BULLS, (NAVY, WHITE))
    assert found == ["Bulls", "Hawks"]
    assert "check the roster's colors" in said


def test_colors_that_tell_nothing_leave_it_to_the_numbers() -> None:
    found, said = match(roster(Hawks="red", Bulls="red"), BULLS, HAWKS, (NAVY, WHITE))
    assert found == ["Bulls", "Hawks"]
    assert said.endswith("by numbers")


def test_a_team_of_that_name_is_that_team() -> None:
    listed = Roster({("Light", "23"): None, ("Dark", "7"): None})
    assert match(listed, ["23"] * 3, ["7"] * 3) == (
        ["Dark", "Light"],
        "roster: 'Dark' is dark, 'Light' is light, by name",
    )


def test_of_one_team_alone_the_other_stays_unknown() -> None:
    found, said = match(roster(bulls=[]), BULLS, HAWKS * 2)
    assert found == [None, "Hawks"]
    assert said == "roster: 'Hawks' is light, by numbers"


@pytest.mark.parametrize("teams", [(), ("dark",)])
def test_without_two_teams_the_roster_is_not_used(teams: tuple[str, ...]) -> None:
    found, said = match(roster(), HAWKS, [], teams=teams)
    assert found == [None] * len(teams)
    assert "two teams were not told apart" in said
