"""What can be set, read off dataclasses and functions, and made into commands."""

from contextlib import nullcontext
from dataclasses import dataclass, field
from enum import Enum
from typing import Annotated, Any, Literal, Optional  # noqa: F401 - of an annotation below

import pytest
import typer
from typer.testing import CliRunner

from hoop_plugins.cli.options import takes, with_options
from hoop_plugins.data.options import (
    Option,
    Range,
    check_choices,
    check_ranges,
    option_of,
    options_of,
    ranged,
)
from hoop_plugins.errors import OptionError


@dataclass(frozen=True)
class Base:
    """What all have.

    Attributes:
        steps: How many,
            in all.
        name: Overwritten.
    """

    steps: int = 3
    name: str | None = None


@dataclass(frozen=True)
class Settings(Base):
    """More.

    Attributes:
        name: What it is called.
        fast: In a hurry.
        kinds: Which of them.
    """

    fast: bool = False
    kinds: tuple[str, ...] = field(default=(), metadata={"choices": ("a", "b")})


def start(view: Any, *, rate: float | None = None, loud: bool = True) -> None:
    """Starts.

    Args:
        view: Where.
        rate: How fast.
        loud: Heard.

    Raises:
        ValueError: Never.
    """


def steer(where: str, *, speed: Literal["slow", "fast"] | None = None, side: int = 1) -> None:
    """Steers.

    Args:
        where: To.
        speed: How fast.
        side: On which.
    """


def test_what_is_literal_takes_those_values_only() -> None:
    speed, side = options_of(steer)
    assert speed == Option("speed", "str", None, "How fast.", ("slow", "fast", None))
    assert not side.choices
    check_choices(steer, {"speed": "slow", "side": 7})
    with pytest.raises(OptionError, match=r"^wheel.speed is 'quick': give slow or fast or None$"):
        check_choices(steer, {"speed": "quick"}, "wheel.")


SLOWER = "slower"
Pace = Literal["slow", "fast"]


class Paint(Enum):
    RED = "red"


def paddle(where: str, speed: Any = "slow") -> None:
    """Paddles."""


@pytest.mark.parametrize(
    ("annotation", "choices"),
    [
        (Pace, ("slow", "fast")),
        ("Pace", ("slow", "fast")),
        ("Literal['slow', SLOWER]", ("slow", "slower")),
        ("Optional[Literal['slow', 'a]b']]", ("slow", "a]b", None)),
        ("None | Pace", (None, "slow", "fast")),
        ("int | Literal['slow']", ()),
        (list[Literal["slow"]], ()),
        (Literal[Paint.RED], ()),
        ("Literal[Paint.RED]", ()),
        ("Missing", ()),
        ("how fast", ()),
    ],
)
def test_choices_are_those_of_an_annotation_that_allows_nothing_else(
    annotation: Any, choices: tuple[Any, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(paddle.__annotations__, "speed", annotation)
    assert option_of(paddle, "speed").choices == choices
    for value in choices:
        check_choices(paddle, {"speed": value})
    for value in (5, ["slow"], *[None] * (None not in choices)):
        with pytest.raises(OptionError) if choices else nullcontext():
            check_choices(paddle, {"speed": value})


def test_a_dataclass_declares_its_options_and_those_of_its_bases() -> None:
    assert options_of(Settings) == [
        Option("steps", "int", 3, "How many, in all."),
        Option("name", "str", None, "What it is called."),
        Option("fast", "bool", False, "In a hurry."),
        Option("kinds", "list", (), "Which of them.", ("a", "b")),
    ]


def test_a_function_declares_what_has_a_default() -> None:
    assert options_of(start) == [
        Option("rate", "float", None, "How fast."),
        Option("loud", "bool", True, "Heard."),
    ]
    assert options_of(start, "loud") == options_of(start)[:1]


def test_a_command_is_given_what_a_person_sets() -> None:
    seen: list[dict[str, Any]] = []

    def command(name: Annotated[str, typer.Argument()], **options: Any) -> None:
        seen.append({"name": name, **options})

    app = typer.Typer()
    app.command()(with_options(command, [*options_of(Settings, "name"), *options_of(start)]))
    words = ["x", "--kinds", "a, b", "--kinds", "a", "--fast", "--rate", "0.5", "--no-loud"]
    for given in (["x"], words):
        result = CliRunner().invoke(app, given)
        assert result.exit_code == 0, result.output
    assert seen[0] == {"name": "x"}
    chosen = {"kinds": ["a", "b", "a"], "fast": True, "rate": 0.5, "loud": False}
    assert seen[1] == {"name": "x", **chosen}
    shown = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "120"}).output
    assert "How many, in all. Default: 3." in shown


def test_one_option_is_found_by_its_name_also_one_without_a_default() -> None:
    assert option_of(start, "rate") == options_of(start)[0]
    assert option_of(start, "view") == Option("view", "str", None, "Where.", required=True)


def test_help_is_plain_text() -> None:
    def marked(kind: str = "") -> None:
        """Does it.

        Args:
            kind: As ``kind`` of :class:`~package.module.Thing`.
        """

    assert options_of(marked)[0].help == "As kind of Thing."


def test_a_command_takes_options_of_a_use_case_under_its_own_names() -> None:
    seen: list[dict[str, Any]] = []

    @takes(start, "view", rate="--speed")
    def command(name: Annotated[str, typer.Option()] = "x", **options: Any) -> None:
        seen.append({"name": name, **options})

    app = typer.Typer()
    app.command()(command)
    assert CliRunner().invoke(app, []).exit_code == 2
    for words in (["there"], ["there", "--speed", "2"]):
        assert CliRunner().invoke(app, words).exit_code == 0
    assert seen == [{"name": "x", "view": "there"}, {"name": "x", "view": "there", "rate": 2}]


@dataclass(frozen=True)
class Limited:
    """Some numbers only."""

    share: float = ranged(0.5, gt=0, lt=1)
    count: int | None = ranged(None, ge=1)


def test_ranges_are_declared_with_the_field() -> None:
    assert [option.range for option in options_of(Limited)] == [Range(gt=0, lt=1), Range(ge=1)]
    check_ranges(Limited())
    check_ranges(Limited(0.1, 1))


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ({"share": 0}, "a.share is 0: give more than 0 and below 1"),
        ({"share": float("nan")}, "a.share is nan: give more than 0"),
        ({"share": "much"}, "a.share is 'much': give more than 0"),
        ({"share": None}, "a.share is None"),
        ({"count": 0}, "a.count is 0: give at least 1"),
        ({"count": True}, "a.count is True"),
    ],
)
def test_what_is_out_of_range_is_refused(values: dict[str, Any], line: str) -> None:
    with pytest.raises(OptionError, match=f"^{line}") as raised:
        check_ranges(Limited(**values), "a.")
    assert raised.value.about == f"a.{next(iter(values))}"
