"""Who was recognized, as tables."""

from __future__ import annotations

import fiftyone as fo
import fiftyone.operators as foo
import pandas as pd
import people
import pytest
from fiftyone import ViewField as F
from fiftyone.operators.executor import ExecutionContext
from typer.testing import CliRunner

import hoop_plugins
from hoop_plugins.cli import main as cli
from hoop_plugins.data.store import SampleStore
from hoop_plugins.errors import HoopError, MissingFieldError

READ = {".csv": pd.read_csv, ".parquet": pd.read_parquet}


@pytest.fixture
def decided(clip: SampleStore) -> SampleStore:
    people.decide(clip)
    return clip


@pytest.fixture
def by_hand(make_video) -> fo.Dataset:
    """Another person's labels of two videos of one name: other words, and some without an id."""
    made = fo.Dataset()
    for folder, seen in (("a", 3), ("b", 1)):
        path = make_video(f"{folder}.mp4")
        (path.parent / folder).mkdir()
        sample = fo.Sample(str(path.rename(path.parent / folder / "game.mp4")))
        for frame in range(1, seen + 1):
            boxes = [
                fo.Detection(label="Player", bounding_box=[0.1, 0.2, 0.3, 0.4], index=7),
                fo.Detection(label="person", bounding_box=[0.5, 0.5, 0.25, 0.5]),
                fo.Detection(label="ball", bounding_box=[0, 0, 0.1, 0.1], index=1),
            ]
            sample.frames[frame] = fo.Frame(my_people=fo.Detections(detections=boxes))
        made.add_sample(sample)
    yield made
    made.delete()


def test_a_row_a_player_and_frame(decided):
    found = hoop_plugins.table(decided.dataset, "frames")
    assert len(found) == 5 * 30
    row = found[(found.frame == 3) & (found.player == 3)].iloc[0]
    assert (row.video, row.role, row.team, row.number) == ("clip.mp4", "player", "light", "00")
    assert (row.x1, row.y1, row.x2, row.y2) == people.box(people.PEOPLE[2], 3)
    assert row.time == pytest.approx(2 / 25)
    assert found.frame.is_monotonic_increasing


def test_a_row_a_player(decided):
    found = hoop_plugins.table(decided.dataset)
    assert found.player.tolist() == [1, 2, 3, 4, 5]
    assert found.number.tolist()[:4] == ["23", "7", "00", "11"]
    assert found.role.tolist() == ["player"] * 4 + ["referee"]
    assert found.number.isna().tolist() == [False] * 4 + [True]
    assert set(found.frames) == {30}
    assert set(found.first_frame) == {1}
    assert set(found.last_frame) == {30}


@pytest.mark.parametrize("ending", READ)
@pytest.mark.parametrize("kind", ["players", "frames"])
def test_files_hold_the_tables(decided, tmp_path, ending, kind):
    path = tmp_path / f"out{ending}"
    told = hoop_plugins.export(decided.dataset, path, kind)
    table = hoop_plugins.table(decided.dataset, kind)
    assert told == [f"{len(table)} rows written to {path}"]
    found = READ[ending](path, **({"dtype": {"number": "string"}} if ending == ".csv" else {}))
    assert list(found) == list(table)
    assert found.number.fillna("-").tolist() == table.number.fillna("-").tolist()
    assert found.player.tolist() == table.player.tolist()


def test_a_view_is_what_it_shows(decided):
    dark = decided.dataset.filter_labels("frames.players", F("team") == "dark")
    assert hoop_plugins.table(dark).player.tolist() == [1, 2]
    early = decided.dataset.match_frames(F("frame_number") <= 4)
    assert set(hoop_plugins.table(early).frames) == {4}
    clips = decided.dataset.to_clips([[[2, 3], [9, 10]]])
    assert sorted(set(hoop_plugins.table(clips, "frames").frame)) == [2, 3, 9, 10]
    nobody = decided.dataset.filter_labels(
        "frames.players", F("team") == "green", only_matches=False
    )
    assert len(hoop_plugins.table(nobody)) == 0
    assert list(hoop_plugins.table(nobody)) == list(hoop_plugins.table(decided.dataset))


def test_a_person_of_a_linked_game_is_one_row(decided, make_video):
    dataset = decided.dataset
    dataset.add_sample(fo.Sample(str(make_video("second.mp4"))))
    second = SampleStore(dataset, dataset.last().id)
    people.write(second)
    people.decide(second)
    dataset.set_values("game", ["finals", "finals"])
    dataset.set_values("start_time", [10.0, 0.0])
    assert len(hoop_plugins.table(dataset)) == 10
    piece = fo.TemporalDetection(label="player 1", support=[1, 30], made_by="hoop_plugins")
    dataset.set_values("tracklets", [fo.TemporalDetections(detections=[piece.copy()])] * 2)
    linked = hoop_plugins.table(dataset)
    assert linked.player.tolist() == [1, 2, 3, 4, 5]
    assert set(linked.videos) == {2}
    assert (linked.first_video[0], linked.last_video[0]) == ("second.mp4", "clip.mp4")


def test_labels_made_by_hand(by_hand):
    found = hoop_plugins.table(by_hand, "frames", field="frames.my_people")
    assert len(found) == 8
    assert found.player.isna().sum() == 4
    assert set(found.role) == {"player"}
    assert found.x1.iloc[0] == pytest.approx(32)
    alone = hoop_plugins.table(by_hand, field="my_people")
    assert (alone.player.tolist(), alone.frames.tolist()) == ([7, 7], [3, 1])
    assert alone.number.isna().all()


@pytest.mark.parametrize(
    ("kind", "name", "message"),
    [
        ("players", "out.xlsx", r"out\.xlsx cannot be a table: give a file that ends in \.csv or"),
        ("frames", "out", "cannot be a table"),
        ("excel", "out.csv", "unknown format 'excel'"),
    ],
)
def test_what_cannot_be_written(decided, tmp_path, kind, name, message):
    with pytest.raises(HoopError, match=message):
        hoop_plugins.export(decided.dataset, tmp_path / name, kind)
    assert list(tmp_path.glob("out*")) == []


def test_a_field_that_is_not_there_and_a_file_that_is(decided, tmp_path):
    with pytest.raises(MissingFieldError, match="no frame field 'truth'"):
        hoop_plugins.export(decided.dataset, tmp_path / "a.csv", field="truth")
    (tmp_path / "a.csv").write_text("mine")
    with pytest.raises(HoopError, match=r"a\.csv exists already"):
        hoop_plugins.export(decided.dataset, tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text() == "mine"
    with pytest.raises(HoopError, match="no table of 'teams': give players or frames"):
        hoop_plugins.table(decided.dataset, "teams")


@pytest.mark.parametrize("kind", ["mot", "coco", "soccernet", "mp4"])
def test_whatever_else_is_recognized_goes_out_the_same_way(decided, tmp_path, kind):
    line, *_ = hoop_plugins.export(decided.dataset, tmp_path / "out", kind)
    assert str(tmp_path / "out") in line
    assert (tmp_path / "out").exists()


def test_the_command_and_the_operator(decided, tmp_path):
    name, path = decided.dataset.name, tmp_path / "players.csv"
    shown = CliRunner().invoke(cli.app, ["export", name, str(path)]).output
    assert shown.endswith(f"5 rows written to {path}\n")
    operator = foo.get_operator("@hoop/hoop_plugins/export")
    dark = decided.dataset.filter_labels("frames.players", F("team") == "dark")
    result = operator(dark, str(tmp_path / "frames.parquet"), "frames").result
    assert result["lines"] == [f"60 rows written to {tmp_path / 'frames.parquet'}"]
    ctx = ExecutionContext(request_params={"dataset_name": name}, operator_uri=operator.uri)
    kinds = operator.resolve_input(ctx).type.properties["kind"].type.values
    assert kinds == ["players", "frames", "mot", "soccernet", "coco", "cvat", "mp4"]
