"""What people look at in the App, one file a panel."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hoop_plugins.hookspecs import hookimpl

if TYPE_CHECKING:
    import fiftyone.operators as foo


@hookimpl
def register_panels(register: Callable[[type[foo.Panel]], None]) -> None:
    """Registers the built-in panels."""
    from hoop_plugins.panels.identity_timeline import IdentityTimeline
    from hoop_plugins.panels.recognition_report import RecognitionReport
    from hoop_plugins.panels.review_queue import ReviewQueue

    for panel in (IdentityTimeline, RecognitionReport, ReviewQueue):
        register(panel)
