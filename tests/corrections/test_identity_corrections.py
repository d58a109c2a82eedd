"""What people say of who is who: `link` obeys it, it shows at once, and can be taken back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import fiftyone as fo
import numpy as np
import people
import pytest
from corrected_game import everything
from number_reads import reads
from swapped_game import SWAP, swap

import hoop_plugins
from hoop_plugins import corrections
from hoop_plugins.corrections import CorrectionError
from hoop_plugins.data.fields import Fields
from hoop_plugins.data.store import SampleStore
from hoop_plugins.stages.pair import PairNumbers
from hoop_plugins.stages.pipeline import build_stages, job_fields, run_stages
from hoop_plugins.stages.read import reading


def run(clip: SampleStore, *stages: str, **settings: Any) -> list[Any]:
    """Runs the stages over the whole dataset, and gives what was told."""
    from hoop_plugins.profiles import load_profile

    built = build_stages(load_profile("sample"), stages or ("link", "validate"), "cpu")
    return [step for step in run_stages(clip.dataset, built, clip.names) if step.message]


@pytest.fixture
def linked(clip: SampleStore) -> SampleStore:
    """The clip in which two tracks are swapped, linked: everybody is one person."""
    swap(clip)
    store = SampleStore(clip.dataset, clip.sample_id, job_fields())
    run(store)
    return store


def ids(clip: SampleStore, frame: int) -> list[int]:
    return dict(clip.read("players", masks=False))[frame].tracker_id.tolist()


def told_apart(clip: SampleStore) -> bool:
    """Whether the first player is somebody else after the swap."""
    return ids(clip, 1)[0] != ids(clip, 30)[0]


def test_a_join_that_is_undone_is_two_people_and_back_again(linked: SampleStore) -> None:
    before = everything(linked)
    assert not told_apart(linked)
    assert hoop_plugins.correct(linked.dataset, 1, other_from=SWAP + 1) == []
    assert told_apart(linked)
    assert linked.read_tracks()[1].last == SWAP
    (said,) = corrections.listed(linked)
    assert (str(said), said.frame) == (f"somebody else from frame {SWAP + 1} on", SWAP + 1)
    assert hoop_plugins.undo(linked.dataset, [said.key]) == []
    assert everything(linked) == before


def test_a_split_that_is_undone_is_one_person(linked: SampleStore) -> None:
    """The tracker was right after all: what it calls 1 after the swap is who it was before."""
    before = everything(linked)
    now = ids(linked, 30)[1]
    assert hoop_plugins.correct(linked.dataset, now, frame=30, same_as=1) == []
    assert ids(linked, 30)[1] == ids(linked, 1)[0]
    hoop_plugins.undo(linked.dataset, [said.key for said in corrections.listed(linked)])
    assert everything(linked) == before


def test_the_same_word_is_obeyed_by_every_run_and_said_so(linked: SampleStore) -> None:
    hoop_plugins.correct(linked.dataset, 1, other_from=SWAP + 1)
    once = everything(linked)
    assert [step.message for step in run(linked)] == ["done before with these settings"] * 2
    linked.forget("link")
    told = [step.message for step in run(linked)]
    assert "1 correction of identity used" in told
    assert everything(linked) == once


def test_a_run_sees_that_what_people_said_has_changed(linked: SampleStore) -> None:
    """Without linking again at once, as older versions or other programs write corrections."""
    corrections.correct(linked, 1, other_from=SWAP + 1)
    assert not told_apart(linked)
    told = [step.message for step in run(linked)]
    assert "1 correction of identity used" in told
    assert told_apart(linked)


def test_where_a_frame_lies_between_two_cuts_the_track_is_cut_there(linked: SampleStore) -> None:
    hoop_plugins.correct(linked.dataset, 3, other_from=10)
    pieces = [p for p in linked.value("tracklets").detections if p.track == 3]
    assert [(p.support, p.reason, p.margin) for p in pieces] == [
        ([1, 9], "first seen", None),
        ([10, 30], "correction", None),
    ]
    assert pieces[0].index != pieces[1].index


def test_words_that_contradict_are_refused_in_one_line_with_both(linked: SampleStore) -> None:
    hoop_plugins.correct(linked.dataset, 1, other_from=SWAP + 1)
    before, now = everything(linked), ids(linked, 30)[0]
    with pytest.raises(CorrectionError) as raised:
        hoop_plugins.correct(linked.dataset, now, same_as=1)
    line = str(raised.value)
    assert "'same person as in frame" in line
    assert f"'somebody else from frame {SWAP + 1} on'" in line
    assert f"--undo {corrections.listed(linked)[0].key}" in line
    assert "\n" not in line
    assert everything(linked) == before
    assert len(corrections.listed(linked)) == 1


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"other_from": 99}, "track 1 of clip.mp4 is not seen from frame 99 on"),
        ({"other_from": 1}, "track 1 of clip.mp4 is not seen before frame 1"),
        ({"other_from": 9, "number": "7"}, "somebody else alone"),
        ({"same_as": 1}, "is the same as itself"),
        ({"same_as": 3}, "cannot be the same person: both are seen in frame 1"),
        ({"same_as": 3, "frame": 9}, "cannot be the same person: both are seen in frame 1"),
    ],
)
def test_what_cannot_be_is_refused(linked: SampleStore, said: Any, message: str) -> None:
    before = everything(linked)
    with pytest.raises(CorrectionError, match=message):
        hoop_plugins.correct(linked.dataset, 1, **said)
    assert everything(linked) == before
    assert corrections.listed(linked) == []


def test_before_linking_nobody_is_somebody_else(clip: SampleStore) -> None:
    with pytest.raises(CorrectionError, match=r"nothing is linked in clip\.mp4: run stage 'link'"):
        hoop_plugins.correct(clip.dataset, 1, other_from=9)


def test_scores_are_those_of_evidence_alone(linked: SampleStore) -> None:
    """Neither a right word nor a wrong one changes them; what it is about is said."""
    truth = {frame: people.tracked(frame) for frame in range(1, 31)}
    for found in truth.values():
        for name in ("team", "number"):
            found.data[name] = np.array([getattr(person, name) for person in people.PEOPLE], object)
    linked.write("ground_truth", truth)
    before = hoop_plugins.evaluate(linked.dataset, mark=False).to_json()
    assert before["identity"]["frame_accuracy"] > 0.9
    assert before["corrections"]["identity"] == 0
    hoop_plugins.correct(linked.dataset, 1, other_from=SWAP + 1)
    hoop_plugins.correct(linked.dataset, 3, number="5")
    report = hoop_plugins.evaluate(linked.dataset, key="with")
    after = report.to_json()
    for topic in ("tracking", "teams", "numbers", "identity"):
        assert after[topic] == before[topic]
    assert after["corrections"]["identity"] == 1
    (note,) = report.notes
    assert "linked with 1 correction of identity" in note
    assert "measured is what was linked without" in note
    hoop_plugins.undo(linked.dataset, [said.key for said in corrections.listed(linked)])
    assert hoop_plugins.evaluate(linked.dataset, mark=False).to_json() == before


def test_without_ground_truth_a_word_is_nothing_to_compare_with(linked: SampleStore) -> None:
    from hoop_plugins.errors import MissingFieldError

    hoop_plugins.correct(linked.dataset, 1, other_from=SWAP + 1)
    with pytest.raises(MissingFieldError, match="nothing to compare with"):
        hoop_plugins.evaluate(linked.dataset)


@pytest.fixture
def two_clips(linked: SampleStore, make_video: Callable[..., Path]) -> list[SampleStore]:
    """A game of two clips, in the second of which the first player's number is misread."""
    sample = linked.dataset.first()
    sample["game"], sample["start_time"] = "finals", 0.0
    sample.save()
    other = fo.Sample(filepath=str(make_video("second.mp4")), game="finals", start_time=10.0)
    linked.dataset.add_sample(other)
    second = SampleStore(linked.dataset, other.id, linked.names)
    people.write(second)
    tracks = second.read_tracks()
    for person in people.PEOPLE:
        tracks[person.index].team = person.team
    second.write_tracks(tracks.values())
    second.assign("players", [(p.index, None, {"team": p.team}) for p in people.PEOPLE])
    list(PairNumbers().run([second]))
    for person in people.PEOPLE[:4]:
        (row,) = reads("45" if person.index == 1 else person.number)
        second.assign("numbers", [(person.index, None, reading(row))])
    linked.forget("link")
    run(linked)
    return [linked, second]


def test_the_same_person_over_two_clips(two_clips: list[SampleStore]) -> None:
    first, second = two_clips
    now = ids(second, 1)[0]
    assert now != 1
    before = [everything(clip) for clip in two_clips]
    assert hoop_plugins.correct(first.dataset, now, sample="second.mp4", same_as=1) == []
    assert ids(second, 1)[0] == ids(first, 1)[0] == 1
    assert second.read_tracks()[1].number == "23"
    with pytest.raises(CorrectionError, match="contradicts 'same person as in frame"):
        hoop_plugins.correct(first.dataset, 1, sample="second.mp4", other_from=1)
    hoop_plugins.undo(first.dataset, [said.key for said in corrections.listed(second)])
    assert [everything(clip) for clip in two_clips] == before


def test_not_the_same_over_two_clips(two_clips: list[SampleStore]) -> None:
    first, second = two_clips
    assert ids(second, 1)[1] == 2
    assert hoop_plugins.correct(first.dataset, 2, sample="second.mp4", other_from=1) == []
    assert ids(second, 1)[1] not in ids(first, 1)
    assert ids(first, 1)[1] == 2
    now = ids(second, 1)[1]
    with pytest.raises(CorrectionError, match="contradicts 'somebody else from frame 1 on'"):
        hoop_plugins.correct(first.dataset, now, sample="second.mp4", same_as=2)


def test_a_word_whose_other_clip_is_gone_is_told(two_clips: list[SampleStore]) -> None:
    first, second = two_clips
    hoop_plugins.correct(first.dataset, 2, sample="second.mp4", other_from=1)
    first.dataset.delete_samples([first.sample_id])
    with corrections.lifted([second]) as problems:
        pass
    ((_, line),) = problems
    assert line.endswith("is not applied: the other clip is no longer one of the game")


def test_fields_of_other_names(clip: SampleStore) -> None:
    swap(clip)
    for name in ("players", "numbers"):
        clip.dataset.rename_frame_field(name, f"my_{name}")
    clip.dataset.rename_sample_field("tracks", "my_tracks")
    roles = {"players": "my_players", "numbers": "my_numbers", "tracks": "my_tracks"}
    mine = SampleStore(clip.dataset, clip.sample_id, job_fields(**roles, tracklets="my_pieces"))
    run(mine)
    assert not told_apart(mine)
    names = Fields(**roles, tracklets="my_pieces")
    assert hoop_plugins.correct(clip.dataset, 1, other_from=SWAP + 1, fields=names) == []
    assert told_apart(mine)
    assert not clip.dataset.has_sample_field("tracklets")


def test_with_the_roster_that_was_given_when_it_was_linked(
    linked: SampleStore, tmp_path: Path
) -> None:
    roster = tmp_path / "roster.csv"
    roster.write_text("team,number,name\ndark,23,Ana Lima\ndark,7,Bea Ortiz\ndark,5,Cy Young\n")
    hoop_plugins.recognize(
        linked.dataset, "sample", stages=["link", "validate"], device="cpu", roster=roster
    )
    assert linked.read_tracks()[1].name == "Ana Lima"
    roster.unlink()
    hoop_plugins.correct(linked.dataset, 1, other_from=SWAP + 1)
    assert told_apart(linked)
    assert linked.read_tracks()[2].name == "Bea Ortiz"
