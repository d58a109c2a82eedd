"""Files that are nobody's data."""

from __future__ import annotations

from mac import copied_by_a_mac

from hoop_plugins.data.folders import files_in


def test_hidden_files_and_folders_are_passed_over(tmp_path):
    for name in ("b.txt", "a.txt", "in/c.txt", ".git/d.txt", "__MACOSX/e.txt", ".partial.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    copied_by_a_mac(tmp_path / "in")
    found = [str(path.relative_to(tmp_path)) for path in files_in(tmp_path, "**/*.txt", "*.txt")]
    assert found == ["a.txt", "b.txt", "in/c.txt"]


def test_a_folder_may_lie_in_a_hidden_one(tmp_path):
    file = tmp_path / ".cache" / "__MACOSX" / "a.txt"
    file.parent.mkdir(parents=True)
    file.touch()
    assert files_in(file.parent, "*.txt") == [file]


def test_a_folder_that_is_not_there_holds_nothing(tmp_path):
    assert files_in(tmp_path / "gone", "*.txt") == []
