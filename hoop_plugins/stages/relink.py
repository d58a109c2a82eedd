"""Linking a game again as it was linked last, so that what people say of it shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from hoop_plugins import plugins
from hoop_plugins.data.games import clips_of_game
from hoop_plugins.data.roster import Roster
from hoop_plugins.data.store import SampleStore
from hoop_plugins.data.views import all_videos
from hoop_plugins.profiles import with_options
from hoop_plugins.stages.due import check_owned
from hoop_plugins.stages.pipeline import run_stages
from hoop_plugins.stages.stage import Progress, Stage

STAGES = ("link", "validate")


def relink(clip: SampleStore) -> Iterator[Progress]:
    """Links the game of a clip again, with the settings and the roster that it was linked with.

    Args:
        clip: The clip; where it was not linked, nothing is done.

    Returns:
        An iterator that does it, and yields progress.

    Raises:
        HoopError: If something cannot work; nothing has been changed then.
    """
    if not _was_done(clip, "link"):
        return iter(())
    game = [each for each in clips_of_game(clip) if _was_done(each, "link")]
    stages = [as_before(clip, name) for name in STAGES if _was_done(clip, name)]
    check_owned([game], stages, fresh=True)
    view = all_videos(clip.dataset).select([each.sample_id for each in game], ordered=True)
    return run_stages(view, stages, clip.names)


def _was_done(clip: SampleStore, stage: str) -> bool:
    return bool(clip.progress(stage).get("complete"))


def as_before(clip: SampleStore, name: str, device: str = "auto") -> Stage:
    """A stage with the settings that it had, and with its roster as it was then."""
    kind = plugins.find_stage(name)
    recorded = with_options(name, clip.progress(name)["settings"])
    known = {field.name for field in fields(kind.Settings)} - {"roster"}
    settings = {key: value for key, value in recorded.items() if key in known}
    stage: Stage = kind(kind.Settings(**settings), device)
    if text := recorded.get("roster"):
        vars(stage)["roster"] = Roster.from_text(text)
    return stage
