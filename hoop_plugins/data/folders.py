"""What is in the folders that people give."""

from __future__ import annotations

from pathlib import Path

ARCHIVE_FOLDER = "__MACOSX"
"""Where archives that a Mac has made keep files of its own, called as people's are."""


def files_in(folder: Path, *patterns: str) -> list[Path]:
    """Finds what matches any pattern (``**/*.xml``), sorted, without what is hidden.

    Hidden files are the system's (a Mac writes ``._game.mp4`` beside ``game.mp4``), or half
    written.
    """
    found = {path for pattern in patterns for path in folder.glob(pattern)}
    return sorted(path for path in found if not is_hidden(path, folder))


def is_hidden(path: Path, folder: Path) -> bool:
    """Whether a file below a folder is none of people's; where the folder lies does not matter."""
    below = path.relative_to(folder).parts if path.is_relative_to(folder) else path.parts[-1:]
    return any(name.startswith(".") or name == ARCHIVE_FOLDER for name in below)
