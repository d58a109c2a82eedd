"""A stretch is tracked again from what people put right, and nothing else changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import fiftyone as fo
import numpy as np
import people
import pytest
import supervision as sv
from corrected_game import run
from editor_edits import draw, edit, label, remove
from straying import (
    FOUND,
    FRAMES,
    LOST,
    Obedient,
    Straying,
    drafts,
    frame_number,
    frames,
    places,
    put_right,
    right,
)

import hoop_plugins
from hoop_plugins import corrections
from hoop_plugins.data.detections import objects
from hoop_plugins.data.store import SampleStore
from hoop_plugins.data.video import write_video
from hoop_plugins.errors import HoopError, OvertakenError
from hoop_plugins.stages import again


def test_a_box_put_right_is_tracked_from_until_it_meets_what_is_stored(walk: SampleStore) -> None:
    put_right(walk)
    stretch = range(LOST + 3, FOUND + 4)
    before, tracks = frames(walk, stretch), walk.read_tracks()
    made = hoop_plugins.track_again(walk.dataset, LOST + 2)
    assert (made.first, made.last) == (stretch.start, stretch.stop - 1)
    assert made.why == "from there on it agrees with what is stored"
    assert frames(walk, stretch) == before
    assert walk.read_tracks() == tracks
    true = {n: list(map(float, people.box(people.PEOPLE[1], n))) for n in range(1, FRAMES + 1)}
    shown = places(walk, 2)
    assert {n for n in shown if shown[n] != pytest.approx(true[n], abs=0.1)} == {LOST, LOST + 1}
    for number, found in walk.read("players"):
        assert found.tracker_id.tolist() == found.data["track"].tolist() == [1, 2, 3, 4, 5], number
        assert found.mask is not None
    assert label(walk, 2, LOST + 2)["edited"] == "box"
    assert drafts(walk) == []


def test_a_tracker_that_cannot_be_told_is_refused_and_nothing_changes(walk: SampleStore) -> None:
    run(walk, "track", tracker="Straying")
    put_right(walk)
    before = frames(walk)
    with pytest.raises(HoopError, match=r"'Straying' cannot be told .* no method 'prompt'"):
        hoop_plugins.track_again(walk.dataset, LOST + 2)
    assert frames(walk) == before


@pytest.mark.parametrize("stop", [0, 1, 5, 9])
def test_interrupted_nothing_has_changed_and_it_can_be_done_again(
    walk: SampleStore, stop: int
) -> None:
    put_right(walk)
    before, tracks = frames(walk), walk.read_tracks()
    steps = hoop_plugins.track_again.steps(walk.dataset, LOST + 2)
    for _ in range(stop):
        next(steps)
    steps.close()
    assert (frames(walk), walk.read_tracks(), drafts(walk)) == (before, tracks, [])
    assert hoop_plugins.track_again(walk.dataset, LOST + 2).last == FOUND + 3


@pytest.mark.parametrize(
    ("kind", "last", "why"),
    [
        ("cut", 15, "frame 16 begins another shot"),
        ("corrected", 16, "frame 17 was put right, too"),
        ("end", FRAMES, "the clip ends there"),
    ],
)
def test_it_ends_at_the_latest_where_something_else_begins(
    walk: SampleStore, monkeypatch: pytest.MonkeyPatch, kind: str, last: int, why: str
) -> None:
    if kind == "cut":
        shots = [fo.TemporalDetection(label="shot", support=s) for s in ([1, 15], [16, FRAMES])]
        walk.set_value("shots", fo.TemporalDetections(detections=shots))
    elif kind == "corrected":
        put_right(walk, 17)
    else:
        monkeypatch.setattr(again, "MEETS", 99)
    put_right(walk)
    made = hoop_plugins.track_again(walk.dataset, LOST + 2)
    assert (made.last, made.why) == (last, why)
    if last < FOUND - 1:
        assert places(walk, 2)[last + 1 if kind == "cut" else last + 2][1] == people.TOP + 70


def test_somebody_who_is_drawn_is_followed_with_an_id_of_their_own(
    walk: SampleStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(again, "MEETS", 99)
    step = Straying.step
    monkeypatch.setattr(
        Obedient, "step", lambda *given: (found := step(*given)).select(found.tracker_id != 4)
    )
    run(walk, "track", tracker="Obedient")
    assert 4 not in walk.read_tracks()
    draw(walk, 8, 9, right(8, 4), label="player", number="11")
    assert corrections.take_over(walk) == []
    monkeypatch.setattr(Obedient, "step", step)
    made = hoop_plugins.track_again(walk.dataset, 8)
    assert (made.first, made.last) == (9, FRAMES)
    assert {i: (t.first, t.number) for i, t in walk.read_tracks().items() if i > 5} == {
        6: (8, "11")
    }
    assert list(places(walk, 6)) == list(range(8, FRAMES + 1))
    assert [len(found) for _, found in walk.read("players")] == [4] * 7 + [5] * 23


def test_who_is_removed_is_not_prompted(walk: SampleStore) -> None:
    remove(walk, 3, 12, 12)
    corrections.take_over(walk)
    told = corrections.people_told(walk, 12)
    assert told.people.tracker_id.tolist() == [1, 2, 4, 5]
    assert not told.meant.any()
    assert told.gone == {3}


@pytest.mark.parametrize(
    ("frame", "track", "line"),
    [
        (5, None, "nobody was put right in frame 5 of walk.mp4"),
        (5, 9, "track 9 of walk.mp4 is not seen in frame 5"),
        (0, None, "frame is 0: walk.mp4 has 30"),
        (FRAMES, None, "give 1 to 29"),
    ],
)
def test_what_cannot_be_is_refused_in_a_line(
    walk: SampleStore, frame: int, track: int | None, line: str
) -> None:
    with pytest.raises(HoopError, match=line):
        hoop_plugins.track_again(walk.dataset, frame, track=track)


def test_what_others_tracked_is_not_ours_to_track_again(clip: SampleStore) -> None:
    with pytest.raises(HoopError, match=r"clip.mp4 is not tracked: run stage 'track' first"):
        hoop_plugins.track_again(clip.dataset, 5, track=1)


def test_what_was_built_on_it_is_due_and_linked_people_are_not_taken_for_tracks(
    walk: SampleStore,
) -> None:
    run(walk, "pair", "link")
    put_right(walk)
    before = walk.read_tracks()
    made = hoop_plugins.track_again(walk.dataset, LOST + 2)
    assert made.due == ("pair", "link")
    assert not walk.progress("pair")
    assert not walk.progress("link")
    assert walk.tracklets == []
    assert walk.read_tracks().keys() == before.keys()
    run(walk, "pair", "link")
    assert {piece.track for piece in walk.tracklets} == {1, 2, 3, 4, 5}


def test_a_person_is_told_by_the_trackers_id(
    walk: SampleStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = Straying.step

    def losing(self: Straying, frame: Any, detections: Any) -> sv.Detections:
        found = step(self, frame, detections)
        if self.told is None and frame_number(frame) > 14:
            found.tracker_id[1] = 7
        return found

    monkeypatch.setattr(Obedient, "step", losing)
    run(walk, "track", "pair", "link", tracker="Obedient")
    hoop_plugins.correct(walk.dataset, 7, same_as=2)
    assert label(walk, 2, 18)["track"] == 7
    edit(walk, 2, 18, bounding_box=right(18))
    made = hoop_plugins.track_again(walk.dataset, 18)
    assert made.last == FOUND + 3
    shown = {n: found.tracker_id.tolist() for n, found in walk.read("players", masks=False)}
    assert shown[14] == [1, 2, 3, 4, 5]
    assert all(shown[n] == [1, 2, 3, 4, 5] for n in range(15, FRAMES + 1))
    assert {label(walk, 2, n)["track"] for n in range(15, FRAMES + 1)} == {7}
    run(walk, "pair", "link")
    assert {piece.index for piece in walk.tracklets if piece.track in (2, 7)} == {2}


def test_who_overtakes_keeps_what_it_has_written(walk: SampleStore) -> None:
    put_right(walk)
    first = hoop_plugins.track_again.steps(walk.dataset, LOST + 2)
    next(first)
    second = hoop_plugins.track_again.steps(walk.dataset, LOST + 2)
    for _ in range(6):
        next(second)
    with pytest.raises(OvertakenError):
        list(first)
    assert [step.stage for step in second][-1] == "track"
    assert {number for number, box in places(walk, 2).items() if box[1] > people.TOP} == {10, 11}


def test_a_fresh_run_tracks_without_and_says_so(walk: SampleStore) -> None:
    put_right(walk)
    hoop_plugins.track_again(walk.dataset, LOST + 2)
    messages = [step.message for step in run(walk, "track", tracker="Obedient")]
    assert any("from corrections in frame 12 is tracked without them" in m for m in messages)
    assert label(walk, 2, LOST + 2)["edited"] == "box"
    assert places(walk, 2)[LOST + 3][1] == people.TOP + 70


KITS = ((200, 40, 30), (30, 40, 200), (40, 190, 40), (230, 230, 230), (20, 20, 20))


def picture(number: int) -> np.ndarray:
    image = np.full((180, 320, 3), 110, np.uint8)
    for person, kit in zip(people.PEOPLE, KITS, strict=True):
        x1, y1, x2, y2 = people.box(person, number)
        image[y1:y2, x1:x2] = kit
    return image


def test_without_masks_two_who_were_exchanged_are_told_apart(
    dataset: fo.Dataset, tmp_path: Path
) -> None:
    write_video(tmp_path / "kits.mp4", map(picture, range(1, FRAMES + 1)), 25)
    sample = fo.Sample(filepath=str(tmp_path / "kits.mp4"))
    dataset.add_sample(sample)
    clip = SampleStore(dataset, sample.id)
    people.write(clip)
    run(clip, "track", tracker="tracking-by-detection")
    changed = {}
    for number, found in clip.read("players", first=15):
        exchanged = {2: 3, 3: 2}
        ids = [exchanged.get(i, i) for i in found.tracker_id.tolist()]
        found.tracker_id, found.data["track"] = np.array(ids), objects(ids)
        changed[number] = found
    clip.write("players", changed)
    with corrections.lifted([clip]):
        pass
    edit(clip, 2, 15, bounding_box=right(15, 2))
    edit(clip, 3, 15, bounding_box=right(15, 3))
    before = frames(clip, range(16, 31))
    made = hoop_plugins.track_again(clip.dataset, 15)
    assert (made.first, made.last, made.why) == (16, 30, "the clip ends there")
    assert frames(clip, range(16, 31)).keys() == before.keys()
    for index in range(1, 6):
        here = {n: box for n, box in places(clip, index).items() if n >= 15}
        assert here == {
            n: pytest.approx(people.box(people.PEOPLE[index - 1], n), abs=0.1) for n in here
        }
        assert len(here) == 16
