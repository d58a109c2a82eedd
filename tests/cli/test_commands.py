"""How ``hoop`` is put together: commands of all packages, each imported when it runs."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from types import ModuleType

import click
import pytest
from typer.testing import CliRunner

import hoop_plugins
from hoop_plugins import plugins
from hoop_plugins.cli import main as cli
from hoop_plugins.errors import HoopError
from hoop_plugins.specs import CommandSpec

HEAVY = ("fiftyone", "pandas", "plotly", "sklearn", "supervision", "torch", "transformers")


class Stranger:
    """A third party's plugin: a command that works, and one whose module is gone."""

    @hoop_plugins.hookimpl
    def register_commands(self, register):
        register(CommandSpec("greet", "stranger_commands:greet", "Say hello."))
        register(CommandSpec("broken", "stranger_commands:gone", "Cannot be loaded."))


@pytest.fixture
def stranger(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def greet(name: str, loudly: bool = False) -> None:
        print(f"hello {name.upper() if loudly else name}")

    module = ModuleType("stranger_commands")
    module.greet = greet
    monkeypatch.setitem(sys.modules, "stranger_commands", module)
    plugin = Stranger()
    plugins.manager().register(plugin)
    yield
    plugins.manager().unregister(plugin)


def run_and_list_imports(*words: str, also: tuple[str, ...] = ()) -> tuple[str, list[str]]:
    """What a command shows in a process of its own, and which heavy libraries it imported."""
    program = (
        "import json, sys\n"
        "from hoop_plugins.cli.main import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code\n"
        f"print(json.dumps([name for name in {(*HEAVY, *also)} if name in sys.modules]))"
    )
    command = [sys.executable, "-c", program, *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    shown, _, heavy = done.stdout.strip().rpartition("\n")
    return shown, json.loads(heavy)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["profile", "list"], "pretrained:"),
        (["models"], "rfdetr-nano"),
        (["run", "--help"], "--detector"),
        (["train", "reader", "--help"], "--minutes"),
        (["sample", "render", "--help"], "--domain"),
        (["dataset", "--help"], "prelabel"),
    ],
)
def test_lists_and_help_import_no_heavy_library(words: list[str], expected: str) -> None:
    shown, heavy = run_and_list_imports(*words)
    assert heavy == []
    assert expected in shown


@pytest.mark.parametrize(
    ("words", "expected"), [(["--help"], "import-labels"), (["--version"], "hoop_plugins")]
)
def test_the_list_of_commands_and_the_version_do_without_rich(
    words: list[str], expected: str
) -> None:
    shown, heavy = run_and_list_imports(*words, also=("numpy", "rich", "pydantic"))
    assert heavy == []
    assert expected in shown


def test_the_version_is_that_of_the_package() -> None:
    shown = CliRunner().invoke(cli.app, ["--version"]).output
    assert shown == f"hoop_plugins {hoop_plugins.__version__}\n"


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("hoop ev", ["evaluate"]),
        ("hoop train ", ["detector", "reader"]),
        ("hoop correct finals --num", ["--number"]),
        ("hoop run --profile pre", ["pretrained"]),
        ("hoop run game.mp4 --detector rfdetr-n", ["rfdetr-nano"]),
        ("hoop run --embedder sam", ["sample"]),
    ],
)
def test_shells_complete_commands_options_and_names(typed: str, offered: list[str]) -> None:
    place = {"COMP_WORDS": typed, "COMP_CWORD": str(len(typed.split(" ")) - 1)}
    done = CliRunner().invoke(
        cli.app, prog_name="hoop", env={"_HOOP_COMPLETE": "complete_bash", **place}
    )
    assert done.output.split() == offered


def commands_of(command: click.Command, *path: str) -> Iterator[tuple[str, click.Command]]:
    yield " ".join(path), command
    for name, each in getattr(command, "commands", {}).items():
        yield from commands_of(each, *path, name)


@pytest.mark.parametrize("spec", plugins.commands(), ids=lambda spec: spec.name)
def test_every_argument_and_option_says_what_it_is(spec: CommandSpec) -> None:
    for path, command in commands_of(cli.load_command(spec), spec.name):
        unsaid = [each.name for each in command.params if not getattr(each, "help", None)]
        assert not unsaid, f"hoop {path}"
        assert command.help, f"hoop {path}"


def test_the_help_of_an_argument_is_on_its_page() -> None:
    shown = CliRunner(env={"COLUMNS": "120"}).invoke(cli.app, ["correct", "--help"]).output
    assert shown.count("A FiftyOne dataset.") == 1
    shown = CliRunner(env={"COLUMNS": "120"}).invoke(cli.app, ["run", "--help"]).output
    assert "Video files." in shown


@pytest.mark.parametrize("spec", plugins.commands(), ids=lambda spec: spec.name)
def test_every_command_loads_and_explains_itself(spec: CommandSpec) -> None:
    result = CliRunner().invoke(cli.app, [spec.name, "--help"])
    assert result.exit_code == 0, result.output
    assert spec.help.endswith(".")
    listed = " ".join(CliRunner().invoke(cli.app, ["--help"]).output.split())
    assert f"{spec.name} {spec.help}" in listed


def test_a_command_of_another_package_is_listed_and_runs(stranger: None) -> None:
    assert "greet" in CliRunner().invoke(cli.app, ["--help"]).output
    assert CliRunner().invoke(cli.app, ["greet", "Ada", "--loudly"]).output == "hello ADA\n"


def test_a_command_that_cannot_be_loaded_is_named_and_the_others_go_on(stranger: None) -> None:
    result = CliRunner().invoke(cli.app, ["broken"])
    assert isinstance(result.exception, HoopError)
    assert "command 'broken' cannot be loaded from 'stranger_commands:gone'" in str(
        result.exception
    )
    assert CliRunner().invoke(cli.app, ["greet", "Ada"]).exit_code == 0


def test_stages_are_listed_with_what_they_read_and_write() -> None:
    shown = CliRunner(env={"COLUMNS": "200"}).invoke(cli.app, ["stages"]).output
    assert "players, detections" in shown
    assert shown.index("pair") < shown.index("validate")
