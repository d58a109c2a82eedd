"""What a Mac leaves in the folders that it copies, zips, or shows."""

from __future__ import annotations

from pathlib import Path

FORK = b"\0\5\26\7\0\2\0\0Mac OS X        \0\2\0\0\0\x09\0\0\0\x32\0\0\0\xd8"
"""How an AppleDouble file begins: no text, no JSON, no video."""


def copied_by_a_mac(folder: Path) -> Path:
    """Lays a file of the system's beside, and in ``__MACOSX``, for each of people's."""
    for path in [path for path in folder.rglob("*") if path.is_file()]:
        beside = path.with_name(f"._{path.name}")
        archived = folder / "__MACOSX" / folder.name / beside.relative_to(folder)
        archived.parent.mkdir(parents=True, exist_ok=True)
        for fork in (beside, archived):
            fork.write_bytes(FORK)
        path.with_name(".DS_Store").write_bytes(b"\0\0\0\1Bud1")
    return folder
