"""Verdicts on sequences of reads made by hand."""

import numpy as np
import pytest
from number_reads import reads

from hoop_plugins.data.vocabulary import NO_NUMBER, NUMBERS
from hoop_plugins.stages.validate import ValidateSettings, Verdict, validate


def verdict(*texts: str | None, sure: float = 0.9, **settings: object) -> Verdict:
    return validate(reads(*texts, sure=sure), ValidateSettings(**settings))


def test_three_in_a_row_validate():
    found = verdict("23", "23", "23")
    assert (found.number, found.number_status, found.reads) == ("23", "validated", 3)
    assert found.number_confidence == pytest.approx(0.85, abs=0.01)


def test_more_reads_are_surer():
    sure = [verdict(*["23"] * count).number_confidence for count in (1, 2, 3, 6, 12, 24)]
    assert sure == sorted(sure)
    assert sure[0] < 0.75
    assert sure[-1] > 0.99


def test_two_in_a_row_do_not():
    assert verdict("23", "23", "7", "23", "7").number_status == "tentative"


def test_empty_reads_do_not_break_a_streak():
    found = verdict(None, "23", None, "23", None, None, "23")
    assert (found.number, found.number_status, found.reads) == ("23", "validated", 3)


@pytest.mark.parametrize(("unread", "status"), [(2, "validated"), (3, "tentative")])
def test_many_unread_torsos_in_a_row_break_a_streak(unread: int, status: str):
    texts = ["23", "23", *[None] * unread, "23", None, None, "23"]
    found = validate(reads(*texts), ValidateSettings(), torsos=[True] * len(texts))
    assert (found.number, found.number_status, found.reads) == ("23", status, 4)
    assert verdict(*texts).number_status == "validated"  # of boxes that a detector found


def test_creases_that_are_read_now_and_then_are_not_validated():
    texts = ["1", *[None] * 9] * 8
    found = validate(reads(*texts), ValidateSettings(), torsos=[True] * len(texts))
    assert found.number_status == "tentative"


def test_an_illegible_read_is_an_empty_one():
    rows = np.concatenate([reads("23", "23"), reads("7", sure=0.2), reads("23")])
    rows[2, NO_NUMBER], rows[2, NUMBERS.index("40")] = 0.1, 0.1
    rows[2, 50:57] = 0.6 / 7
    found = validate(rows, ValidateSettings())
    assert (found.number, found.number_status, found.reads) == ("23", "validated", 3)


def test_a_wrong_early_triple_is_not_for_ever():
    sequence = ["7", "7", "7", "2", "2", "2", "2"]
    assert verdict(*sequence).number == "2"
    assert verdict(*sequence, lock_first=True).number == "7"


def test_a_streak_that_all_reads_together_contradict_is_tentative():
    found = verdict("2", "2", "2", "7", "7", "2", "7", "7", "2", "7", "7", "2", "7", "7")
    assert (found.number, found.number_status) == ("7", "tentative")
    assert found.number_confidence < 0.9


@pytest.mark.parametrize(
    "sequence",
    [["7", "7", "7", "2", "2"], ["23", "23", "23", "28", "28", "28"], ["4"] * 3 + ["40"] * 2],
)
def test_what_is_validated_is_more_likely_right_than_wrong(sequence):
    for sure in np.linspace(0.3, 0.99, 24):
        found = verdict(*sequence, sure=float(sure), tentative_threshold=0)
        assert found.number_status != "validated" or found.number_confidence > 0.5


def test_two_numbers_that_were_read_alike_are_tentative():
    found = verdict("7", "7", "7", "2", "2", "2", tentative_threshold=0)
    assert found.number_status == "tentative"
    assert found.number_confidence < 0.5


@pytest.mark.parametrize("part", ["2", "3"])
def test_the_whole_number_stands_against_its_parts(part: str):
    found = verdict(part, part, part, part, "23", "23", "23")
    assert (found.number, found.number_status) == ("23", "validated")


def test_a_digit_stands_against_a_rare_misread_as_two():
    assert verdict(*["7"] * 8, "17", "17", "17").number == "7"


def test_scattered_misreads_of_23():
    found = verdict("2", "3", "25", "23", "23", "25", "23", None, "23", "23", "2")
    assert (found.number, found.number_status) == ("23", "validated")


def test_stronger_evidence_beats_more_reads():
    rows = np.concatenate([reads(*["8"] * 4, sure=0.4), reads(*["3"] * 3, sure=0.95)])
    assert validate(rows, ValidateSettings()).number == "3"


def test_0_is_not_00():
    assert verdict("0", "00", "0", "00", "0").number_status == "tentative"
    assert verdict("00", "00", "00").number == "00"
    assert verdict("0", "0", "0").number == "0"


def test_all_reads_decide_without_a_streak():
    rows = np.concatenate([reads("23", sure=0.9), reads("7", sure=0.5), reads("23", sure=0.8)])
    found = validate(rows, ValidateSettings())
    assert (found.number, found.number_status) == ("23", "tentative")
    assert validate(rows, ValidateSettings(tentative_threshold=0.9)).number_status == "unread"


def test_what_link_says_is_never_validated_against_the_reads():
    rows = reads("28", "28", "28")
    found = validate(rows, ValidateSettings(), linked="23")
    assert (found.number, found.number_status) == ("23", "tentative")
    assert found.number_confidence < 0.1


def test_whom_link_gave_no_number_is_never_validated():
    rows = reads("28", "28", "28")
    alone = validate(rows, ValidateSettings())
    assert validate(rows, ValidateSettings(), linked="28") == alone
    found = validate(rows, ValidateSettings(), placed=False)
    assert (found.number, found.number_status) == ("28", "tentative")
    assert found.number_confidence < alone.number_confidence


def test_a_number_of_link_stands_where_no_read_was_sure():
    found = validate(reads("1", "22", "45"), ValidateSettings(), linked="22")
    assert (found.number, found.number_status) == ("22", "tentative")
    assert validate(reads(), ValidateSettings(), linked="22").number == "22"


def test_scattered_reads_stay_unread():
    found = verdict("1", "22", "45", "60", "7")
    assert found == Verdict(None, "unread", 0.0, 5)


@pytest.mark.parametrize("rows", [reads(), reads(None, None)])
def test_nothing_read(rows: np.ndarray):
    assert validate(rows, ValidateSettings()) == Verdict(None, "unread", 0.0, 0)
