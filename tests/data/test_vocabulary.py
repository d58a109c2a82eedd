"""What others call our classes, and how jersey numbers are written."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from hoop_plugins.data.vocabulary import (
    CLASSES,
    NUMBERS,
    Vocabulary,
    jersey_number,
    naming,
    read_classes,
    said,
    suggest,
)
from hoop_plugins.errors import HoopError


@pytest.mark.parametrize(
    ("names", "ours"),
    [
        (
            "Player|PLAYER|players|person|Person|human|pedestrian|player_1|Player Dribbling",
            "player",
        ),
        ("Referee|ref|Refs|OFFICIAL", "referee"),
        ("basketball|Ball|sports ball|sports-ball|Sports_Ball", "ball"),
        ("jersey number|Jersey-Number|jersey_number|JerseyNumber|jersey no.|NUMBER", "number"),
        ("hoop|Rim|basketball hoop|basket", "rim"),
        ("Ball In Basket|ball_in_basket", "ball-in-basket"),
        ("player_jump_shot|Player-Jump-Shot", "player-jump-shot"),
    ],
)
def test_spellings(names: str, ours: str) -> None:
    assert {name: Vocabulary().understand(name) for name in names.split("|")} == dict.fromkeys(
        names.split("|"), ours
    )


def test_our_own_names_mean_themselves() -> None:
    assert [Vocabulary().understand(name) for name in CLASSES] == list(CLASSES)


def test_what_nobody_knows_stays_as_it_is() -> None:
    known = Vocabulary()
    assert [known.understand(name) for name in ("athlete", "team A", "球員", "", None)] == [
        None
    ] * 5
    assert [known.label(name) for name in ("athlete", "球員", None)] == ["athlete", "球員", ""]


def test_names_that_people_give_go_first() -> None:
    known = Vocabulary({"Team A": "player", "person": "referee", "crowd": ""})
    assert [known.label(name) for name in ("team_a", "Person", "Crowd", "human")] == [
        *("player", "referee", "", "player")
    ]


def test_names_as_people_give_them() -> None:
    wanted = {"athlete": "player", "jersey no": "number", "crowd": ""}
    assert read_classes(" athlete=player,jersey no=number, crowd=") == wanted
    assert read_classes(wanted) == wanted
    assert read_classes(None) == {}
    for wrong in ("athlete", "athlete=hero"):
        with pytest.raises(HoopError, match=f"--classes '{wrong}': give NAME=OURS"):
            read_classes(wrong)
    with pytest.raises(HoopError, match="my table 'a=hero'"):
        read_classes({"a": "hero"}, "my table")


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("palyer", "player"),
        ("home player", "player"),
        ("team A", "player"),
        ("jersey", "number"),
        ("jersey_number_back", "number"),
        ("net", "rim"),
        ("orange basketball", "ball"),
        ("crowd", ""),
    ],
)
def test_suggestions(name: str, ours: str) -> None:
    assert suggest(name) == ours


def test_how_to_name_them() -> None:
    assert naming(["net"]) == "--classes net=rim"
    assert naming(["jersey box", "crowd"]).startswith("--classes 'jersey box=number,crowd=CLASS' (")


@pytest.mark.parametrize(
    ("written", "number"),
    [
        *(("23.0", "23"), (23.0, "23"), (23, "23"), (np.int64(23), "23"), (np.float32(7), "7")),
        *(("#23", "23"), (" 7 ", "7"), ("No. 4", "4"), ("# 12", "12")),
        *(("00", "00"), ("0", "0"), (0, "0"), ("0.0", "0"), (" 00", "00")),
        *((-1, None), ("-1", None), (-1.0, None), ("-1.0", None)),
        *(("", None), (" ", None), (None, None), (float("nan"), None), ("NaN", None)),
        *((pd.NA, None), (np.nan, None), ("null", None), ("N/A", None)),
        *(("not_visible", None), ("Not Visible", None), ("no_number", None), ("--", None)),
        *(("occluded", None), ("Hidden", None), ("blank", None), ("__undefined__", None)),
        *(("none", None), ("Unknown", None), ("unreadable", None), ("Illegible", None)),
    ],
)
def test_numbers_as_they_are_written(written: Any, number: str | None) -> None:
    assert jersey_number(written) == number


@pytest.mark.parametrize("wrong", ["100", 100, "abc", "07", "7B", "-2", "2.5", 2.5, "1 2", True])
def test_what_is_no_number(wrong: Any) -> None:
    with pytest.raises(ValueError, match="is not a jersey number: give 0 to 99, or 00"):
        jersey_number(wrong)


def test_every_number_means_itself() -> None:
    assert [jersey_number(number) for number in NUMBERS] == list(NUMBERS)


def test_what_attributes_say() -> None:
    assert [
        said(value) for value in (" dark ", 3.0, 1610612747, "unknown", None, "__undefined__")
    ] == [*("dark", "3", "1610612747", None, None, None)]
