"""Text as other programs write it."""

from __future__ import annotations

import codecs
from pathlib import Path

from hoop_plugins.errors import HoopError


def read_text(path: Path) -> str:
    """Reads UTF-8, with or without a byte order mark, or UTF-16 with one.

    Raises:
        HoopError: With the line of what is neither.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise HoopError(f"cannot read {path}: {error.strerror}") from error
    wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return content.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        wrong = content[error.start : error.start + 1]
        raise HoopError(
            f"{path}, line {line}: the byte {wrong!r} is no UTF-8: save the file as UTF-8"
        ) from error
