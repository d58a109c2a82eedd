"""The commands of README and documentation: those of the sample game run, and all can be typed."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pandas as pd
import people
import pytest
from typer.testing import CliRunner

from hoop_plugins import recognize
from hoop_plugins.cli import main as cli
from hoop_plugins.data.store import SampleStore

REPOSITORY = Path(__file__).resolve().parents[2]
PAGES = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md"))]


def commands(text: str) -> list[list[str]]:
    """The ``hoop`` commands of a page's blocks for a shell, in order."""
    blocks = re.findall(r"```bash\n(.*?)```", text, flags=re.DOTALL)
    lines = "".join(blocks).replace("\\\n", "").splitlines()
    return [shlex.split(line, comments=True)[1:] for line in lines if line.startswith("hoop ")]


ELSEWHERE = {"app": "waits for Ctrl-C", "import-labels": "tests/formats"}
"""Commands that other tests run; so is what recognizes a video."""


def test_the_commands_after_the_demo_run_as_they_are_written(
    clip: SampleStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    people.decide(clip)
    clip.write("ground_truth", dict(clip.read("players")))
    recognize(clip.dataset, "sample", stages=["pair", "link"])
    clip.dataset.name = "finals"
    monkeypatch.chdir(tmp_path)
    text = (REPOSITORY / "README.md").read_text()
    block = text[text.index("After `make demo`") : text.index("With videos of your own")]
    video, *typed = commands(block)
    assert (REPOSITORY / video[1]).is_file()
    for words in typed:
        if words[0] not in ELSEWHERE:
            done = CliRunner().invoke(cli.app, words)
            assert done.exit_code == 0, (words, done.output, done.exception)
    assert {"figures.json", "players.csv", "annotated"} <= {path.name for path in Path().iterdir()}
    players = pd.read_csv("players.csv", dtype={"number": str})
    assert "23" in set(players.number)


def parsed(words: list[str]) -> None:
    """Parses a command as if it were typed, and runs nothing."""
    specs = {spec.name: spec for spec in cli.plugins.commands()}
    command, rest = cli.load_command(specs[words[0]]), words[1:]
    while isinstance(command, click.Group) and rest:
        _, found, rest = command.resolve_command(click.Context(command), rest)
        assert found is not None
        command = found
    command.parse_args(click.Context(command), list(rest))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_of_a_page_can_be_typed(page: Path) -> None:
    for words in commands(page.read_text()):
        try:
            parsed(words)
        except (click.ClickException, KeyError) as error:
            pytest.fail(f"hoop {shlex.join(words)}: {error!r}")


@pytest.mark.parametrize("line", ["hoop run --detectr x", "hoop expor finals", "hoop train readr"])
def test_what_cannot_be_typed_is_found(line: str) -> None:
    (words,) = commands(f"```bash\n{line}\n```")
    with pytest.raises((click.ClickException, KeyError)):
        parsed(words)
