"""MOTChallenge text, as MOTChallenge, trackers and CVAT write it."""

from __future__ import annotations

import pytest

from hoop_plugins.errors import HoopError
from hoop_plugins.formats import mot
from hoop_plugins.formats.names import ClassNames


def read(path, names=None):
    return mot.read(path, names or ClassNames())


def write(tmp_path, text, name="game/gt/gt.txt"):
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def rows(labels, *columns):
    return labels.boxes[list(columns)].values.tolist()


def test_ground_truth_with_classes(tmp_path):
    path = write(tmp_path, "1,3,11,21,30,80,1,1,0.5\n2,4,51,21,30,80,0,7,1\n")
    (labels,) = read(path)
    assert labels.video == "game"
    assert rows(labels, "frame", "index", "label", "x1", "y1", "x2", "y2", "visible", "line") == [
        [1, 3, "player", 10, 20, 40, 100, 0.5, 1],
        [2, 4, "referee", 50, 20, 80, 100, 1, 2],
    ], "pixels count from 1"


def test_what_does_not_count_is_left_out(tmp_path):
    path = write(tmp_path, "1,3,11,21,30,80,1,1,1\n1,4,51,21,30,80,0,1,1\n")
    (labels,) = read(path)
    assert rows(labels, "index") == [[3]]
    assert "1 boxes" in labels.notes[0]


def test_results_of_a_tracker(tmp_path):
    path = write(tmp_path, "\n1,3,11,21,30.5,80,0.0,-1,-1,-1\n\n", "results/game.txt")
    (labels,) = read(path)
    assert labels.video == "game"
    assert rows(labels, "label", "index", "x2", "line") == [["player", 3, 40.5, 2]]


def test_classes_of_labels_txt_count_pixels_from_zero(tmp_path):
    path = write(tmp_path, "1,3,11,21,30,80,1,2,1\n1,4,11,21,30,80,1,1,1\n")
    path.with_name("labels.txt").write_text("Ball\nReferee\n")
    (labels,) = read(path)
    assert rows(labels, "label", "x1") == [["referee", 11], ["ball", 11]]


def test_classes_that_people_name(tmp_path):
    path = write(tmp_path, "1,3,11,21,30,80,1,5,1\n1,4,11,21,30,80,1,6,1\n")
    names = ClassNames({"5": "referee", "6": ""})
    (labels,) = read(path, names)
    assert rows(labels, "label", "index") == [["referee", 3]]
    assert labels.notes == names.notes() == []


def test_size_of_seqinfo(tmp_path):
    path = write(tmp_path, "1,3,11,21,30,80,1,1,1\n")
    (tmp_path / "game" / "seqinfo.ini").write_text("[Sequence]\nimWidth=1920\nimHeight=1080\n")
    assert read(path)[0].size == (1920, 1080)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("1,3,11,21,thirty,80", "'thirty'"),
        ("1,3,11,21,30", "5 numbers"),
        ("1,3.5,11,21,30,80", "id 3.5"),
        ("x,3,11,21,30,80", "'x'"),
        ("1,3,11,21,30,80,1,9,1", "class 9 has no name"),
        ("1,3,11,,30,80,1,1,1", "top is blank"),
        ("1,,11,21,30,80", "id is blank"),
        ("1,3,11,21,30,80,,1,1", "flag is blank"),
        ("1,1e20,11,21,30,80", r"id 1e\+20 is wrong"),
        ("1,-3,11,21,30,80", "id -3 is wrong"),
        ("1.5,3,11,21,30,80", "frame 1.5 is wrong"),
        ("inf,3,11,21,30,80", "frame inf is wrong"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(tmp_path, line, problem):
    path = write(tmp_path, f"1,3,11,21,30,80\n{line}\n")
    with pytest.raises(HoopError, match=f"gt.txt, line 2: .*{problem}"):
        read(path)


def test_blank_columns_at_the_end_are_none(tmp_path):
    (labels,) = read(write(tmp_path, "1,3,11,21,30,80,,,\n"))
    assert rows(labels, "index", "label", "visible") == [[3, "player", None]]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_files_of_windows(tmp_path, encoding):
    path = write(tmp_path, "")
    path.write_bytes("1,3,11,21,30,80\r\n2,3,11,21,30,80\r\n".encode(encoding))
    assert rows(read(path)[0], "frame", "line") == [[1, 1], [2, 2]]


def test_latin_1_is_named(tmp_path):
    path = write(tmp_path, "")
    path.write_bytes("1,3,11,21,30,80\n# joué".encode("latin-1"))
    with pytest.raises(HoopError, match=r"gt.txt, line 2: the byte .* is no UTF-8"):
        read(path)


def test_files_of_a_folder(tmp_path):
    results = [write(tmp_path, "", f"{name}.txt") for name in ("b", "a")]
    write(tmp_path, "", "labels.txt")
    assert mot.find(tmp_path) == results[::-1]
    truth = write(tmp_path, "")
    assert mot.find(tmp_path) == [truth], "gt/gt.txt where there is one"
