"""How ``hoop`` is put together: commands of all packages, each imported when it runs."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from types import ModuleType

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


@pytest.mark.parametrize("words", [["--help"], ["profile", "list"]])
def test_what_needs_no_network_imports_no_heavy_library(words: list[str]) -> None:
    program = (
        "import json, sys\n"
        "from hoop_plugins.cli.main import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code\n"
        f"print(json.dumps([name for name in {HEAVY} if name in sys.modules]))"
    )
    command = [sys.executable, "-c", program, *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    *shown, heavy = done.stdout.splitlines()
    assert json.loads(heavy) == []
    assert any("pretrained:" in line or "import-labels" in line for line in shown)


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
