"""A clip's tracks along time: what each verdict means, and what the views behind them hold."""

from __future__ import annotations

import fiftyone as fo
import people
import pytest

from hoop_plugins.data.store import SampleStore
from hoop_plugins.errors import HoopError
from hoop_plugins.mining.timeline import (
    Read,
    Verdict,
    crops_view,
    first_streak,
    judge,
    read_timeline,
    stretch_view,
)


def write_numbers(store: SampleStore, texts: dict[int, dict[int, str]]) -> None:
    """Gives every player number boxes; reads them as ``texts`` says, by track and frame."""
    import numpy as np

    frames = {}
    for frame in range(1, store.video.frame_count + 1):
        found = people.detections(frame)
        found = found.select(found.data["class_name"] == "number")
        owners = [person.index for person in people.PEOPLE if person.number]
        found.tracker_id = np.array(owners)
        read = [texts.get(index, {}).get(frame) for index in owners]
        found.data["text"] = np.array(read, dtype=object)
        sure = [None if text is None else 0.9 for text in read]
        found.data["text_confidence"] = np.array(sure, dtype=object)
        frames[frame] = found
    store.write("numbers", frames)


def read(frame: int, text: str, verdict: Verdict = Verdict.AGREES) -> Read:
    return Read(frame, text, 0.9, verdict, frame, frame)


@pytest.mark.parametrize(
    ("text", "confidence", "correct", "number", "expected"),
    [
        ("23", 0.9, True, "7", Verdict.RIGHT),
        ("23", 0.9, False, "23", Verdict.WRONG),
        ("23", 0.9, None, "23", Verdict.AGREES),
        ("23", None, None, "23", Verdict.AGREES),
        ("0", 0.9, None, "00", Verdict.DIFFERS),
        ("23", 0.9, None, None, Verdict.UNDECIDED),
        ("", 0.9, False, "23", Verdict.REJECTED),
        ("23", 0.29, True, "23", Verdict.REJECTED),
    ],
)
def test_verdicts(text, confidence, correct, number, expected):
    box = {"text": text, "text_confidence": confidence, "number_correct": correct}
    assert judge(box, number, 0.3) is expected


def test_a_number_is_validated_by_the_last_read_of_its_first_streak():
    reads = [read(1, "7"), read(6, "7"), read(11, "17"), read(16, "7"), read(21, "7")]
    assert first_streak(reads, "7", 3) is None
    reads += [read(26, "", Verdict.REJECTED), read(31, "7"), read(36, "7")]
    assert first_streak(reads, "7", 3) == 31


def test_tracks_with_gaps_cuts_and_switches(clip):
    people.decide(clip)
    found = dict(clip.read("players"))
    gone = {frame: found[frame].select(found[frame].tracker_id != 2) for frame in (10, 11, 12)}
    clip.write("players", gone)
    clip.dataset.add_frame_field("players.detections.id_switch", fo.BooleanField)
    clip.assign("players", [(2, 13, {"id_switch": True})])
    shots = [fo.TemporalDetection(label="shot", support=support) for support in ([1, 14], [15, 30])]
    sample = clip.dataset[clip.sample_id]
    sample["shots"] = fo.TemporalDetections(detections=shots)
    sample.save()

    timeline = read_timeline(clip)
    rows = {row.track.index: row for row in timeline.rows}
    assert rows[1].spans == [(1, 30)]
    assert rows[2].spans == [(1, 9), (13, 30)]
    assert rows[2].switches == [13]
    assert timeline.cuts == [15]
    assert (timeline.frame_count, timeline.frame_rate) == (30, 25)
    assert [row.track.title for row in timeline.rows] == [
        "dark 7",
        "dark 23",
        "light 00",
        "light 11",
        "referee 5",
    ]


def test_reads_in_a_row_that_say_the_same_are_one_run(clip):
    people.decide(clip)
    write_numbers(clip, {1: {1: "23", 6: "23", 11: "23", 16: "28", 21: "", 26: "23"}})
    row = next(row for row in read_timeline(clip).rows if row.track.index == 1)
    assert [(read.frame, read.verdict.value, read.first, read.last) for read in row.reads] == [
        (1, "agrees", 1, 11),
        (6, "agrees", 1, 11),
        (11, "agrees", 1, 11),
        (16, "differs", 16, 16),
        (21, "rejected", 21, 21),
        (26, "agrees", 26, 26),
    ]
    assert row.validated == 11


def test_crops_are_exactly_what_was_read_of_the_track_in_that_time(clip):
    texts = {1: {1: "23", 6: "23", 11: "8", 16: "23"}, 2: {6: "7", 11: "7"}}
    write_numbers(clip, texts)
    view = crops_view(clip, 1, 6, 11)
    assert tuple(view.values(["frame_number", "numbers.index", "numbers.text"])) == (
        [6, 11],
        [1, 1],
        ["23", "8"],
    )
    with pytest.raises(HoopError, match="nothing was read of track 3 in frames 6 to 11"):
        crops_view(clip, 3, 6, 11)


def test_a_stretch_holds_its_frames_and_its_track_alone(clip):
    view = stretch_view(clip, 3, 10, 14)
    assert view.values("support") == [[10, 14]]
    assert view.values("frames.players.detections.index") == [[[3]] * 5]


def test_a_clip_in_which_nothing_was_tracked_has_no_rows(dataset, make_video):
    sample = fo.Sample(filepath=str(make_video()))
    dataset.add_sample(sample)
    assert read_timeline(SampleStore(dataset, sample.id)).rows == []
