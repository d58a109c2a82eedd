"""``hoop score reader``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import gray_readers
import pytest
from typer.testing import CliRunner

from hoop_plugins import plugins
from hoop_plugins.cli import main as cli
from hoop_plugins.errors import HoopError

RUNNER = CliRunner(env={"COLUMNS": "160"})
LABELS = [(7, "7"), (60, "60"), (120, "")]
READERS = ["--reader", "bold", "--reader", "lab/shy-1"]


@pytest.fixture(autouse=True)
def package() -> Iterator[None]:
    plugin = gray_readers.Package()
    plugins.manager().register(plugin)
    yield
    plugins.manager().unregister(plugin)


def row(shown: str, figure: str) -> list[str]:
    line = next(line for line in shown.splitlines() if figure in line)
    return [cell.strip() for cell in line.split("│")[1:-1]]


def test_readers_stand_side_by_side(tmp_path: Path) -> None:
    path = gray_readers.write_file(tmp_path, LABELS)
    done = RUNNER.invoke(cli.app, ["score", "reader", str(path), *READERS])
    assert done.exit_code == 0, done.exception
    assert "Readers on 3 labeled crops" in done.stdout
    assert row(done.stdout, "exact match") == ["exact match", "1.000", "0.667", "all crops"]
    assert row(done.stdout, "left unread")[1:] == ["0.000", "0.500", "2 with a number"]
    assert row(done.stdout, "right of what was read")[1:] == ["1.000", "1.000", "2, 1 read"]
    assert row(done.stdout, "invented")[1:] == ["0.000", "0.000", "1 without a number"]
    assert row(done.stdout, "calibration error")[1:] == ["0.100", "0.033", "all crops"]
    assert all(float(cell) > 0 for cell in row(done.stdout, "crops a second")[1:3])


def test_what_cannot_be_counted_is_a_dash(tmp_path: Path) -> None:
    path = gray_readers.write_file(tmp_path, [(60, "60")])
    done = RUNNER.invoke(cli.app, ["score", "reader", str(path), "--reader", "lab/shy-1"])
    assert row(done.stdout, "right of what was read") == ["right of what was read", "-", "0 read"]


def test_figures_go_to_a_file_or_alone_to_standard_output(tmp_path: Path) -> None:
    path, out = gray_readers.write_file(tmp_path, LABELS), tmp_path / "figures.json"
    command = ["score", "reader", str(tmp_path), "--reader", "bold,lab/shy-1", "--json"]
    RUNNER.invoke(cli.app, [*command, str(out)])
    figures = json.loads(out.read_text())
    assert figures["crops"] == str(path.parent)
    assert figures["readers"]["lab/shy-1"]["abstained"] == 0.5
    done = RUNNER.invoke(cli.app, [*command, "-"])
    assert json.loads(done.stdout)["readers"]["bold"]["exact"] == 1.0


def test_a_file_that_cannot_be_written_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    path = gray_readers.write_file(tmp_path, LABELS)
    out = tmp_path / "gone" / "figures.json"
    done = RUNNER.invoke(cli.app, ["score", "reader", str(path), "--json", str(out)])
    assert isinstance(done.exception, HoopError)
    assert "its folder is not there" in str(done.exception)


def test_a_dataset_by_its_name_says_where_to_look(dataset, tmp_path: Path) -> None:
    import fiftyone as fo

    for gray, label in LABELS:
        path = gray_readers.draw(tmp_path / f"{gray}.png", gray)
        truth = fo.Classification(label=label)
        dataset.add_sample(fo.Sample(filepath=str(path), number=truth))
    command = ["score", "reader", dataset.name, *READERS, "--field", "number", "--limit", "2"]
    done = RUNNER.invoke(cli.app, command)
    assert f"hoop app {dataset.name}, and open the view 'hoop: readers differ'" in done.stdout
    dataset.reload()
    assert len(dataset.exists("read_bold")) == 2


def test_a_reader_that_nobody_knows_is_refused_in_one_line(tmp_path: Path) -> None:
    path = gray_readers.write_file(tmp_path, LABELS)
    done = RUNNER.invoke(cli.app, ["score", "reader", str(path), "--reader", "ocr"])
    assert isinstance(done.exception, HoopError)
    assert "unknown reader 'ocr'" in str(done.exception)
