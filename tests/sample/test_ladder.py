"""From the original's way to ours, a rung at a time."""

import csv
import json

import fiftyone as fo
import pytest
from rich.console import Console

from hoop_plugins import HoopError
from hoop_plugins.sample.export import load_truth
from hoop_plugins.sample.ladder import WAYS, pooled, roster_of, run_ladder, table

RUNGS = ["original", "newcomers", "checks", "shots", "link", "roster"]


def figures(**changed):
    some = {"IDF1": 0.5, "HOTA": 0.4, "switches": 3, "identity": 0.2, "validated": 4, "right": 2}
    return {**some, **changed}


def test_games_are_averaged_and_what_is_counted_is_summed():
    games = [{"link": figures()}, {"link": figures(IDF1=0.7, switches=4, right=4)}]
    found = pooled(games)["link"]
    assert found == pytest.approx(figures(IDF1=0.6, switches=7, validated=8, right=6))


def test_the_table_has_a_row_a_rung():
    console = Console(width=100, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    console.print(table({"original": figures(), "link": figures(identity=0.875)}))
    text = console.export_text()
    assert "0.875" in text
    assert text.count("2 of 4 right") == 2


@pytest.fixture(scope="module")
def climbed(tmp_path_factory):
    work = tmp_path_factory.mktemp("ladder")
    told = []
    yield work, run_ladder(work, [900], 0.5, 1, told.append), told
    fo.delete_dataset("hoop-ladder-900")


def test_every_rung_has_its_figures_and_the_last_its_dataset(climbed):
    _, found, told = climbed
    assert list(found) == RUNGS == [rung.name for way in WAYS for rung in way]
    assert all(0 < each["identity"] <= 1 for each in found.values())
    assert told[-1] == "game 900: shots, link, roster (4 of 4)"
    kept = [name for name in fo.list_datasets() if name.startswith("hoop-ladder-")]
    assert kept == ["hoop-ladder-900"]
    assert fo.load_dataset("hoop-ladder-900").has_sample_field("tracklets")


def test_a_rung_whose_figures_are_kept_is_not_run_again(climbed):
    work, found, _ = climbed
    kept = work / "900" / "original.json"
    kept.write_text(json.dumps(figures(identity=0.123)))
    again = run_ladder(work, [900], 0.5, 1, lambda line: None)
    assert again == {**found, "original": figures(identity=0.123)}


@pytest.mark.parametrize(
    ("other", "seconds", "line"),
    [(False, 1.0, r"holds a game of 0\.5 s"), (True, 0.5, "'hoop-ladder-900' is of .*clips")],
)
def test_figures_and_datasets_of_another_game_are_not_taken_for_this_one(
    other, seconds, line, climbed, tmp_path
):
    work, _, _ = climbed
    with pytest.raises(HoopError, match=line):
        run_ladder(tmp_path if other else work, [900], seconds, 1, lambda line: None)
    assert not list(tmp_path.iterdir())
    assert fo.load_dataset("hoop-ladder-900").has_sample_field("tracklets")


def test_the_roster_names_all_who_ever_play(climbed):
    work, _, _ = climbed
    (truth,) = (work / "900" / "ground_truth").glob("*.json.gz")
    seen = {(p.team, p.number) for f in load_truth(truth) for p in f.people if p.label == "player"}
    with roster_of(work / "900").open() as file:
        listed = {(row["team"], row["number"]) for row in csv.DictReader(file)}
    assert listed == seen
