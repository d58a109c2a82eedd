"""Runs with a roster: who is named, what it rules out, when it makes linking run again."""

from __future__ import annotations

import operator
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fiftyone as fo
import people
import pytest
from number_reads import reads
from typer.testing import CliRunner

import hoop_plugins
from hoop_plugins import corrections
from hoop_plugins.cli import main as cli
from hoop_plugins.data.store import SampleStore
from hoop_plugins.errors import HoopError
from hoop_plugins.mining.doubts import mark_doubts
from hoop_plugins.profiles import load_profile
from hoop_plugins.stages.link import LinkTracklets
from hoop_plugins.stages.pair import PairNumbers
from hoop_plugins.stages.read import reading

ROSTER = """Team;No.;Player;Color
Hawks;23;Ana Lima;
Hawks;7;Bea;
Bulls;00;Cy;
Bulls;11;;
"""
NAMED = {1: "Ana Lima", 2: "Bea", 3: "Cy", 4: None, 5: None}
NOBODY = dict.fromkeys(range(1, 6))


def read_everybody(clip: SampleStore) -> SampleStore:
    """Teams, and every number read in every frame, as the stages before linking leave them."""
    tracks = clip.read_tracks()
    list(PairNumbers().run([clip]))
    for person in people.PEOPLE:
        tracks[person.index].team = person.team
        clip.assign("players", [(person.index, None, {"team": person.team})])
        if person.number:
            (row,) = reads(person.number)
            clip.assign("numbers", [(person.index, None, reading(row))])
    clip.write_tracks(tracks.values())
    return clip


@pytest.fixture
def played(clip: SampleStore) -> SampleStore:
    return read_everybody(clip)


@pytest.fixture
def roster(tmp_path: Path) -> Callable[..., Path]:
    """Writes a roster of the people, with something in the place of something else."""

    def write(old: str = "", new: str = "") -> Path:
        path = tmp_path / "roster.csv"
        path.write_text(ROSTER.replace(old, new) if old else ROSTER)
        return path

    return write


def recognize(clip: SampleStore, path: Path | None = None, **how: Any) -> list[str]:
    """Links and validates; gives what people are told."""
    told: list[str] = []
    how = {"stages": ["link", "validate"], "device": "cpu", **how}
    hoop_plugins.recognize(
        clip.dataset, "sample", roster=path, progress=lambda step: told.append(step.message), **how
    )
    clip.dataset.reload()
    return [message for message in told if message]


def names(clip: SampleStore) -> dict[int, str | None]:
    """What labels and tracks call everybody; both must say the same."""
    found = {
        (index, name)
        for _, players in clip.read("players", masks=False)
        for index, name in zip(players.tracker_id.tolist(), players.data["name"], strict=True)
    }
    assert found == {(index, track.name) for index, track in clip.read_tracks().items()}
    return dict(sorted(found, key=operator.itemgetter(0)))


def marked(clip: SampleStore, mark: str) -> set[int]:
    mark_doubts(clip)
    wrong = clip.find("players", fo.ViewField(mark))
    return {label["index"] for _, found in wrong for label in found}


def test_players_are_named(played: SampleStore, roster: Callable[..., Path]) -> None:
    told = recognize(played, roster())
    assert told == ["roster: 'Hawks' is dark, 'Bulls' is light, by numbers"]
    assert names(played) == NAMED
    tracks = played.read_tracks().values()
    titles = [track.title for track in tracks]
    assert titles == ["Ana Lima 23", "Bea 7", "Cy 00", "light 11", "referee 5"]
    assert {track.team for track in tracks} == {"dark", "light", None}
    assert marked(played, "not_in_roster") == set()


def test_it_runs_again_when_the_roster_says_something_else(
    played: SampleStore, roster: Callable[..., Path]
) -> None:
    done = "done before with these settings"
    recognize(played, roster())
    assert set(recognize(played, roster())) == {done}
    roster("Hawks;23;Ana Lima;\nHawks;7;Bea;", "HAWKS;7;Bea;\nhawks;#23; Ana Lima;")
    assert set(recognize(played, roster())) == {done}
    path = roster("Bea", "Beatrice")
    assert done not in recognize(played, path)
    assert names(played) == {**NAMED, 2: "Beatrice"}
    recognize(played)
    assert names(played) == NOBODY
    assert not played.listed
    assert set(recognize(played)) == {done}


def test_it_works_on_when_the_file_is_gone(
    played: SampleStore, roster: Callable[..., Path]
) -> None:
    path = roster("Hawks;7;", "Hawks;77;")
    recognize(played, path)
    path.unlink()
    recognize(played, stages=["validate"], fresh=True)
    assert names(played) == {**NAMED, 2: None}
    assert marked(played, "not_in_roster") == {2}
    clone = SampleStore(played.dataset.clone(), played.sample_id)
    assert clone.listed == played.listed
    clone.dataset.delete()
    with pytest.raises(HoopError, match="cannot read"):
        recognize(played, path)


def test_undoing_takes_names_back(played: SampleStore, roster: Callable[..., Path]) -> None:
    recognize(played, roster())
    LinkTracklets.undo(played)
    assert names(played) == NOBODY


def test_stages_before_it_run_without_names(
    played: SampleStore, roster: Callable[..., Path]
) -> None:
    recognize(played, roster())
    recognize(played, stages=["pair"], fresh=True)
    assert names(played) == NOBODY


def test_a_number_that_is_read_clearly_stays_and_is_flagged(
    played: SampleStore, roster: Callable[..., Path]
) -> None:
    told = recognize(played, roster("Hawks;7;", "Hawks;77;"))
    assert "read clearly, but not in the roster: dark 7" in told
    assert [track.number for track in played.read_tracks().values()][:2] == ["23", "7"]
    assert names(played) == {**NAMED, 2: None}
    assert marked(played, "not_in_roster") == {2}
    hoop_plugins.find_errors(played.dataset)
    view = played.dataset.load_saved_view("hoop: numbers not in the roster")
    assert set(view.values("frames.players.detections.index", unwind=True)) == {2}


@pytest.mark.parametrize("times", [3, 6])
def test_a_number_that_is_read_a_few_times_is_not_believed(
    times: int, played: SampleStore, roster: Callable[..., Path]
) -> None:
    (nothing,) = reads(None)
    for frame in range(1 + times, 31):
        played.assign("numbers", [(4, frame, reading(nothing))])
    recognize(played, roster("Bulls;11;", "Bulls;12;"))
    assert played.read_tracks()[4].number is None
    recognize(played)
    assert played.read_tracks()[4].number == "11"


def test_a_roster_of_others_names_nobody(played: SampleStore, roster: Callable[..., Path]) -> None:
    path = roster()
    path.write_text("team,number,name\nOwls,55,Di\nBears,66,Eve\n")
    (told,) = recognize(played, path)
    assert "neither colors nor numbers tell" in told
    assert names(played) == NOBODY
    assert marked(played, "not_in_roster") == set()


def test_of_others_by_name_every_number_is_flagged(
    played: SampleStore, roster: Callable[..., Path]
) -> None:
    path = roster()
    path.write_text("team,number,name\nDark,55,Di\n")
    recognize(played, path)
    assert names(played) == NOBODY
    assert [track.number for track in played.read_tracks().values()][:2] == ["23", "7"]
    assert marked(played, "not_in_roster") == {1, 2}


def test_one_number_in_both_teams(played: SampleStore, roster: Callable[..., Path]) -> None:
    (row,) = reads("23")
    played.assign("numbers", [(3, None, reading(row))])
    path = roster("Bulls;00;Cy", "Bulls;23;Cy")
    path.write_text(path.read_text().replace("Hawks", "Dark"))
    recognize(played, path)
    assert names(played) == NAMED


def test_what_people_correct_is_named_by_the_roster(
    played: SampleStore, roster: Callable[..., Path]
) -> None:
    recognize(played, roster("Bulls;11;;", "Bulls;11;;\nHawks;9;Fay;"))
    store = SampleStore(played.dataset, played.sample_id)
    corrections.correct(store, 1, number="9")
    assert names(played)[1] == "Fay"
    corrections.correct(store, 2, number="55")
    assert names(played)[2] is None
    assert marked(played, "not_in_roster") == {2}
    recognize(played, roster("Bulls;11;;", "Bulls;11;;\nHawks;9;Gil;"))
    assert names(played)[1] == "Gil"


def test_fields_of_other_names_in_a_filtered_view(
    dataset: fo.Dataset, make_video: Callable[..., Path], roster: Callable[..., Path]
) -> None:
    """Each video is a game of its own; one of them is linked."""
    from hoop_plugins.stages.pipeline import job_fields

    fields = job_fields(players="people", numbers="jerseys", tracks="rows", tracklets="pieces")
    stores = []
    for name in ("a.mp4", "b.mp4"):
        sample = fo.Sample(filepath=str(make_video(name)), tags=[name])
        dataset.add_sample(sample)
        stores.append(SampleStore(dataset, sample.id, fields))
        people.write(stores[-1])
        read_everybody(stores[-1])
    hoop_plugins.recognize(
        dataset.match_tags("b.mp4"),
        "sample",
        stages=["link", "validate"],
        device="cpu",
        roster=roster(),
        fields=fields,
    )
    assert names(stores[1]) == NAMED
    assert names(stores[0]) == NOBODY
    assert not stores[0].listed
    assert marked(stores[1], "not_in_roster") == set()


def test_the_names_are_in_exports(
    played: SampleStore, roster: Callable[..., Path], tmp_path: Path
) -> None:
    recognize(played, roster())
    for kind in ("coco", "cvat"):
        hoop_plugins.export_labels(played.dataset, tmp_path / kind, kind, "players")
        files = [path for path in tmp_path.rglob(f"{kind}*") if path.is_file()]
        files += (tmp_path / kind).rglob("*.xml")
        assert "Ana Lima" in files[0].read_text()


def hoop(*words: object) -> str:
    result = CliRunner().invoke(cli.app, [str(word) for word in words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.output


def test_in_the_terminal(played: SampleStore, roster: Callable[..., Path]) -> None:
    words = ("run", "--dataset", played.dataset.name, "--profile", "sample")
    stages = ("--stages", "link,validate")
    out = hoop(*words, *stages, "--roster", roster())
    assert "Ana" in out
    bad = roster("Hawks;7", "Hawks;700")
    with pytest.raises(HoopError, match=r"roster\.csv, line 3: '700' is not a jersey number"):
        hoop(*words, *stages, "--roster", bad)
    with pytest.raises(HoopError, match="the roster is for stage 'link', which would not run"):
        hoop(*words, "--stages", "validate", "--roster", roster())
    assert names(played) == NAMED


def test_beside_a_profile(played: SampleStore, roster: Callable[..., Path], tmp_path: Path) -> None:
    """The path is relative to the profile's file."""
    folder = roster().parent
    (folder / "finals.toml").write_text('[link]\nroster = "roster.csv"\n')
    hoop_plugins.recognize(
        played.dataset, folder / "finals.toml", stages=["link", "validate"], device="cpu"
    )
    assert names(played) == NAMED
    assert load_profile(folder / "finals.toml").stages["link"].roster == str(roster())


def test_in_the_form(played: SampleStore, roster: Callable[..., Path]) -> None:
    import fiftyone.operators as foo

    link = foo.get_operator("@hoop/hoop_plugins/link_players")
    link(played.dataset, profile="sample", roster=str(roster()))
    played.dataset.reload()
    assert names(played) == NAMED
    with pytest.raises(Exception, match="is a third team"):
        link(played.dataset, profile="sample", roster=str(roster("Bulls;11", "Owls;11")))
