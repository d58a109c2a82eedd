"""Linking tracks to people: what is stored of it, and how it is taken back."""

from __future__ import annotations

from typing import Any

import fiftyone as fo
import numpy as np
import people
import pytest
from number_reads import reads
from swapped_game import SWAP, swap

import hoop_plugins
from hoop_plugins.data.fields import declare
from hoop_plugins.data.store import SampleStore
from hoop_plugins.errors import HoopError
from hoop_plugins.mining.doubts import mark_doubts
from hoop_plugins.stages.clip_pieces import gather
from hoop_plugins.stages.link import LinkSettings, LinkTracklets
from hoop_plugins.stages.pair import PairNumbers
from hoop_plugins.stages.read import reading
from hoop_plugins.stages.validate import ValidateNumbers


@pytest.fixture
def swapped(clip: SampleStore) -> SampleStore:
    """The clip, read, where the two players of the dark team swap their tracks as they touch."""
    return swap(clip)


def link(clip: SampleStore, **settings: Any) -> None:
    list(LinkTracklets(LinkSettings(**settings)).run([clip]))


def ids(clip: SampleStore, role: str = "players") -> dict[int, list[int]]:
    return {frame: f.tracker_id.tolist() for frame, f in clip.read(role, masks=False)}


def flagged(clip: SampleStore, mark: str) -> set[int]:
    """Whose labels are marked when doubts are looked for."""
    mark_doubts(clip)
    return {
        index
        for _, players in clip.read("players", masks=False)
        for index, marked in zip(players.tracker_id.tolist(), players.data[mark], strict=True)
        if marked
    }


def everything(clip: SampleStore) -> dict[str, Any]:
    """What undoing has to bring back."""
    kept = ("track", "team", "number", "class_name")
    found = {
        (role, frame): (f.tracker_id.tolist(), {k: list(f.data[k]) for k in kept if k in f.data})
        for role in ("players", "numbers")
        for frame, f in clip.read(role, masks=False)
    }
    return {"labels": found, "tracks": clip.read_tracks()}


def test_everybody_is_one_person_through_a_swap(swapped: SampleStore) -> None:
    link(swapped)
    assert all(found == [1, 2, 3, 4, 5] for found in ids(swapped).values())
    assert all(sorted(found) == found for found in ids(swapped, "numbers").values())
    list(ValidateNumbers().run([swapped]))
    tracks = swapped.read_tracks()
    assert [(t.number, t.team) for t in tracks.values() if t.role == "player"] == [
        (person.number, person.team) for person in people.PEOPLE if person.number
    ]
    assert {t.number_status for t in tracks.values() if t.role == "player"} == {"validated"}
    assert {(t.first, t.last) for t in tracks.values()} == {(1, swapped.frame_count)}


def test_the_tracker_keeps_its_own_id(swapped: SampleStore) -> None:
    before = ids(swapped)
    link(swapped)
    for frame, found in swapped.read("players", masks=False):
        assert list(found.data["track"]) == before[frame]


def test_labels_of_one_person_are_one_instance(swapped: SampleStore) -> None:
    link(swapped)
    frames = swapped.dataset[swapped.sample_id].frames
    shown = {
        (label.index, str(label.instance.id))
        for frame in frames.values()
        for label in frame.players.detections
    }
    assert len(shown) == len(people.PEOPLE)


def test_what_was_cut_says_why_and_how_sure(swapped: SampleStore) -> None:
    link(swapped)
    pieces = swapped.value("tracklets").detections
    told = [(p.track, p.index, p.reason, p.number, p.support) for p in pieces if p.track < 3]
    assert told == [
        (1, 1, "first seen", "23", [1, SWAP]),
        (2, 2, "first seen", "7", [1, SWAP]),
        (1, 2, "contact", "7", [SWAP + 1, 30]),
        (2, 1, "contact", "23", [SWAP + 1, 30]),
    ]
    assert all(p.margin > 5 for p in pieces if p.role == "player")


def test_undoing_brings_back_the_tracker(swapped: SampleStore) -> None:
    before = everything(swapped)
    link(swapped)
    assert everything(swapped) != before
    LinkTracklets.undo(swapped)
    assert everything(swapped) == before
    LinkTracklets.undo(swapped)
    assert everything(swapped) == before


@pytest.mark.parametrize(
    "theirs",
    [
        "none yet",
        ["a", "b"],
        fo.TemporalDetections(
            detections=[fo.TemporalDetection(label="fast break", support=[1, 5], track=3)]
        ),
    ],
)
def test_what_others_call_tracklets_is_not_undone(theirs: Any, clip: SampleStore) -> None:
    """As where an earlier stage runs again, which takes linking back first."""
    clip.dataset.set_values("tracklets", [theirs], dynamic=True)
    before = clip.read_tracks(), str(clip.value("tracklets"))
    LinkTracklets.undo(clip)
    assert (clip.read_tracks(), str(clip.value("tracklets"))) == before
    assert clip.tracklets == []
    with pytest.raises(HoopError, match="tracklets of "):
        hoop_plugins.recognize(clip.dataset, "sample", stages=["pair", "link"], device="cpu")


@pytest.mark.parametrize(("source", "said"), [("detector", 0), ("torso", -1)])
def test_unread_torsos_speak_against_numbers_and_unread_boxes_of_a_detector_do_not(
    swapped: SampleStore, source: str, said: int
) -> None:
    (unread,) = reads(None)
    everybody = swapped.read_tracks()
    values = {**reading(unread), "source": source}
    swapped.assign("numbers", [(track, None, values) for track in everybody])
    found = gather(swapped, touch=0.35, gap=15)
    assert (np.sign(found.numbers.max(1)) == said).all()


def test_linking_again_says_the_same(swapped: SampleStore) -> None:
    link(swapped)
    once = everything(swapped)
    link(swapped)
    assert everything(swapped) == once
    link(swapped, touch=1.0)  # nobody is cut
    assert ids(swapped)[1] == [1, 2, 3, 4, 5]
    assert ids(swapped)[30] == [2, 1, 3, 4, 5]


def test_stages_before_it_see_the_tracker(swapped: SampleStore) -> None:
    """Numbers are paired anew: the pipeline takes linking back first."""
    from hoop_plugins.profiles import load_profile
    from hoop_plugins.stages.pipeline import build_stages, run_stages

    before = ids(swapped)
    link(swapped)
    stages = build_stages(load_profile("sample"), ["pair"], "cpu")
    list(run_stages(swapped.dataset, stages, fresh=True))
    assert ids(swapped) == before
    assert not swapped.value("tracklets")


def test_people_hold_over_the_clips_of_a_game(swapped: SampleStore, make_video: Any) -> None:
    """The tracker counts anew in each clip."""
    sample = fo.Sample(filepath=str(make_video("second.mp4")))
    swapped.dataset.add_sample(sample)
    second = SampleStore(swapped.dataset, sample.id)
    people.write(second)
    others = {person.index: 6 - person.index for person in people.PEOPLE}
    frames = dict(second.read("players"))
    for found in frames.values():
        found.tracker_id = np.array([others[i] for i in found.tracker_id.tolist()])
    second.write("players", frames)
    tracks = second.read_tracks()
    for person in people.PEOPLE:
        track = tracks[others[person.index]]
        track.role, track.team = person.role, person.team
    second.write_tracks(tracks.values())
    list(PairNumbers().run([second]))
    for person in people.PEOPLE:
        if person.number:
            (row,) = reads(person.number)
            second.assign("numbers", [(others[person.index], None, reading(row))])
    list(LinkTracklets().run([swapped, second]))
    assert ids(second)[1][:4] == ids(swapped)[1][:4] == [1, 2, 3, 4]
    assert ids(second)[1][4] not in ids(swapped)[1]  # nobody knows one referee from another
    # Nothing was read of the first person in the second clip: the game knows the number.
    second.assign("numbers", [(1, None, {"text": None, "probabilities": None})])
    list(ValidateNumbers().run([swapped, second]))
    found = [clip.read_tracks()[1] for clip in (swapped, second)]
    assert found[0].number == found[1].number == people.PEOPLE[0].number
    assert found[0].number_status == found[1].number_status == "validated"
    LinkTracklets.undo(second)
    assert ids(second)[1] == [5, 4, 3, 2, 1]


def test_a_clip_that_is_linked_alone_shares_nobody_with_the_rest_of_its_game(
    swapped: SampleStore, make_video: Any
) -> None:
    sample = swapped.dataset.first()
    sample["game"] = "finals"
    sample.save()
    other = fo.Sample(filepath=str(make_video("second.mp4")), game="finals")
    swapped.dataset.add_sample(other)
    second = SampleStore(swapped.dataset, other.id)
    people.write(second)
    link(swapped)
    notes = [step.message for step in LinkTracklets().run([second]) if step.message]
    (note,) = notes
    assert "not in the view, 1, were linked before" in note
    first = ids(swapped)[1]
    assert not set(first) & set(ids(second)[1])
    assert not set(first) & set(second.read_tracks())
    list(LinkTracklets().run([second]))  # again: the same
    assert not set(first) & set(ids(second)[1])
    LinkTracklets.undo(second)
    assert ids(second)[1] == [1, 2, 3, 4, 5]


def test_nobody_is_linked_where_nobody_is(clip: SampleStore) -> None:
    for role in ("players", "numbers"):
        clip.clear(role)
    clip.write_tracks([])
    declare(clip.dataset, clip.names, "numbers")
    list(LinkTracklets().run([clip]))
    assert clip.value("tracklets").detections == []


def test_more_than_may_be_on_court_are_flagged(swapped: SampleStore) -> None:
    link(swapped, on_court=1)
    assert flagged(swapped, "too_many") >= {1, 2, 3, 4}
    link(swapped, on_court=0)
    assert flagged(swapped, "too_many") == set()
