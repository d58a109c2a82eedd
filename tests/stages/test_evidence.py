"""Verdicts on sequences of reads made by hand."""

import numpy as np
import pytest

from hoop_plugins.data.vocabulary import NO_NUMBER, NUMBERS
from hoop_plugins.stages.evidence import Verdict, readable_frames, validate


def reads(*texts: str | None, sure: float = 0.9) -> np.ndarray:
    """One row a text: ``sure`` on that number, the rest on *no number*. None is an empty read."""
    rows = np.zeros((len(texts), NO_NUMBER + 1), dtype=np.float32)
    rows[:, NO_NUMBER] = 1
    for row, text in zip(rows, texts, strict=True):
        if text is not None:
            row[NUMBERS.index(text)], row[NO_NUMBER] = sure, 1 - sure
    return rows


def verdict(*texts: str | None, sure: float = 0.9, **settings: object) -> Verdict:
    frames = [5 * i for i in range(len(texts))]
    return validate(frames, reads(*texts, sure=sure), **settings)


def test_a_track_is_read_every_fifth_frame_counted_from_its_last_read():
    assert readable_frames([3, 4, 7, 8, 9, 20, 24, 25], interval=5) == [3, 8, 20, 25]
    assert readable_frames([1, 2, 3], interval=1) == [1, 2, 3]
    assert readable_frames([], interval=5) == []


def test_three_in_a_row_validate():
    found = verdict("23", "23", "23")
    assert (found.number, found.status, found.first_frame, found.reads) == ("23", "validated", 0, 3)
    assert found.confidence == pytest.approx(0.9)


def test_two_in_a_row_do_not():
    assert verdict("23", "23", "7", "23", "7").status == "tentative"


def test_empty_reads_do_not_break_a_streak():
    found = verdict(None, "23", None, "23", None, None, "23")
    assert (found.number, found.status, found.first_frame, found.reads) == ("23", "validated", 5, 3)


def test_an_illegible_read_is_an_empty_one():
    rows = np.concatenate([reads("23", "23"), reads("7", sure=0.2), reads("23")])
    rows[2, NO_NUMBER], rows[2, NUMBERS.index("40")] = 0.1, 0.1
    rows[2, 50:57] = 0.6 / 7
    found = validate([0, 5, 10, 15], rows)
    assert (found.number, found.status, found.reads) == ("23", "validated", 3)


def test_a_wrong_early_triple_is_not_for_ever():
    sequence = ["7", "7", "7", "2", "2", "2", "2"]
    assert verdict(*sequence).number == "2"
    assert verdict(*sequence, lock_first=True).number == "7"


def test_a_rival_without_a_streak_does_not_displace():
    assert verdict("2", "2", "2", "7", "7", "2", "7", "7", "2", "7", "7").number == "2"


@pytest.mark.parametrize("part", ["2", "3"])
def test_the_whole_number_stands_against_its_parts(part: str):
    found = verdict(part, part, part, part, "23", "23", "23")
    assert (found.number, found.status) == ("23", "validated")


def test_a_digit_stands_against_a_rare_misread_as_two():
    assert verdict(*["7"] * 8, "17", "17", "17").number == "7"


def test_scattered_misreads_of_23():
    found = verdict("2", "3", "25", "23", "23", "25", "23", None, "23", "23", "2")
    assert (found.number, found.status) == ("23", "validated")
    assert found.first_frame == 15


def test_stronger_evidence_beats_more_reads():
    rows = np.concatenate([reads(*["8"] * 4, sure=0.4), reads(*["3"] * 3, sure=0.95)])
    assert validate(range(7), rows).number == "3"


def test_0_is_not_00():
    assert verdict("0", "00", "0", "00", "0").status == "tentative"
    assert verdict("00", "00", "00").number == "00"
    assert verdict("0", "0", "0").number == "0"


def test_the_mean_decides_without_a_streak():
    rows = np.concatenate([reads("23", sure=0.9), reads("7", sure=0.5), reads("23", sure=0.8)])
    found = validate([2, 9, 14], rows)
    assert (found.number, found.status, found.first_frame) == ("23", "tentative", 2)
    assert found.confidence == pytest.approx(1.7 / 3)
    assert validate([2, 9, 14], rows, tentative_threshold=0.6).status == "unread"


def test_scattered_reads_stay_unread():
    found = verdict("1", "22", "45", "60", "7")
    assert found == Verdict(None, "unread", 0.0, None, 5)


@pytest.mark.parametrize("rows", [reads(), reads(None, None)])
def test_nothing_read(rows: np.ndarray):
    assert validate(range(len(rows)), rows) == Verdict(None, "unread", 0.0, None, 0)


def test_frames_and_reads_must_pair():
    with pytest.raises(ValueError, match="2 frames but 1 reads"):
        validate([1, 2], reads("7"))
