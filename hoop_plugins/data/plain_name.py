"""What people may call what they make: models, profiles."""

from __future__ import annotations

import re

from hoop_plugins.errors import HoopError


def check_plain_name(name: str, kind: str) -> None:
    """Looks whether something may have a name, which is also a file's or a folder's.

    Args:
        name: The name.
        kind: What has it, as "model".

    Raises:
        HoopError: If it cannot be a name.
    """
    if not re.fullmatch(r"[A-Za-z0-9][\w.-]*", name):
        raise HoopError(
            f"{name!r} is no name for a {kind}: use letters, digits, '-', '_' and '.', as street-1"
        )
