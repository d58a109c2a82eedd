"""Text and JSON as other programs write them."""

from __future__ import annotations

import codecs
from typing import ClassVar

import pytest

from hoop_plugins.errors import HoopError
from hoop_plugins.formats.reading import Id, Number, Shape, read_json, read_text


class Entry(Shape):
    id: Id
    width: Number | None = None


class Entries(Shape):
    kind: ClassVar[str] = "a list of entries"
    entries: list[Entry]


@pytest.mark.parametrize(
    "content",
    [
        "Bálint".encode(),
        codecs.BOM_UTF8 + "Bálint".encode(),
        "Bálint".encode("utf-16"),
        codecs.BOM_UTF16_BE + "Bálint".encode("utf-16-be"),
    ],
)
def test_text_with_and_without_byte_order_marks(tmp_path, content):
    (tmp_path / "a.txt").write_bytes(content)
    assert read_text(tmp_path / "a.txt") == "Bálint"


def test_other_encodings_are_named_with_their_line(tmp_path):
    (tmp_path / "a.txt").write_bytes("one\nBálint".encode("latin-1"))
    with pytest.raises(HoopError, match=r"a\.txt, line 2: the byte .*xe1.* save the file as UTF-8"):
        read_text(tmp_path / "a.txt")
    with pytest.raises(HoopError, match=r"cannot read .*: Is a directory"):
        read_text(tmp_path)


def test_ids_are_numbers_or_text_and_unknown_things_stay(tmp_path):
    (tmp_path / "a.json").write_text('{"entries": [{"id": "7"}, {"id": "x7", "more": [1]}]}')
    seven, other = read_json(tmp_path / "a.json", Entries).entries
    assert (seven.id, other.id, other.model_extra) == (7, "x7", {"more": [1]})


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", " is no JSON: EOF"),
        ("{", " is no JSON: EOF"),
        ('{"entries": [,', r" is no JSON: .* line 1 column 14"),
        ('{"entries": ' + "[" * 10**5, " is no JSON: recursion limit"),
        ("[]", r" is not a list of entries: \[\] is wrong"),
        ("null", " is not a list of entries: null is wrong"),
        ("{}", " is not a list of entries: entries: this is missing"),
        ('{"entries": null}', " is not a list of entries: entries: null is wrong"),
        ('{"entries": [7]}', ", entry 1: 7 is wrong"),
        ('{"entries": [{"id": 1}, {}]}', ", entry 2: id: this is missing"),
        ('{"entries": [{"id": null}]}', ", entry 1: id: null is wrong"),
        ('{"entries": [{"id": 5, "width": "9"}]}', ', entry 5: width: "9" is wrong: it should be'),
        (
            '{"entries": [{"id": 5, "width": [' + "1," * 99 + "1]}]}",
            r", entry 5: width: \[1, .*… is",
        ),
    ],
)
def test_what_has_another_shape_is_one_line(tmp_path, text, problem):
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(HoopError, match=rf"a\.json{problem}") as raised:
        read_json(tmp_path / "a.json", Entries)
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 300
