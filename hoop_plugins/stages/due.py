"""What is left to do for a stage, and whether it would replace what a person made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from hoop_plugins import plugins
from hoop_plugins.data.store import SampleStore
from hoop_plugins.errors import HoopError
from hoop_plugins.profiles import with_options
from hoop_plugins.stages.stage import Stage


def is_done(stage: Stage, clips: list[SampleStore], fresh: bool) -> bool:
    """Whether nothing is left to do for a stage."""
    return not fresh and all(
        clip.progress(stage.name).get("complete") and not is_outdated(stage, clip) for clip in clips
    )


def is_outdated(stage: Stage, clip: SampleStore) -> bool:
    """Whether what is recorded of a stage was done with other settings, or on another video."""
    entry = clip.progress(stage.name)
    if not entry:
        return False
    # Settings that came later than a run had their defaults then.
    settings = {**asdict(stage.Settings()), **with_options(stage.name, entry.get("settings", {}))}
    named = settings.pop("classes", {})
    if not stage.accepts(clip, settings, entry):
        return True
    if entry.get("input", {}) != stage.stored_input(clip):
        return True
    if not stage.names_classes(stage.classes).items() <= named.items():
        return True
    frames = clip.frame_count
    if clip.recorded_before(stage.name):
        # Those versions counted discarded pictures, and turned none.
        other = clip.video.turned or (bool(entry.get("complete")) and entry["frames"] != frames)
    else:
        other = entry["video"] != [*clip.size, frames]
    made = [role for role in stage.writes if role not in stage.reads]
    return other or (bool(entry.get("frames")) and not all(map(clip.is_there, made)))


def together(stage: Stage, games: list[list[SampleStore]]) -> list[list[SampleStore]]:
    """The clips that a stage looks at together."""
    return games if stage.whole_game else [[clip] for game in games for clip in game]


def readers(stage: Stage | type[Stage]) -> list[str]:
    """The stages that come later and build on what this one writes."""
    changed, found = set(stage.writes), []
    for kind in plugins.stages():
        if kind.order > stage.order and changed & {*kind.reads, *kind.uses}:
            found.append(kind.name)
            changed |= set(kind.writes)
    return found


def check_owned(games: list[list[SampleStore]], stages: Sequence[Stage], fresh: bool) -> None:
    """Refuses to replace labels that no stage made.

    Raises:
        HoopError: In one line, with the ways out.
    """
    pending: set[tuple[str, str]] = set()
    for stage in stages:
        for clips in together(stage, games):
            mine = [(clip.sample_id, stage.name) for clip in clips]
            if is_done(stage, clips, fresh) and not pending.intersection(mine):
                continue
            for clip in clips:
                pending |= {(clip.sample_id, name) for name in readers(stage)}
                for role in stage.writes:
                    if role not in stage.spares:
                        _check_owned(stage, clip, role)


def check_values(games: list[list[SampleStore]], stages: Sequence[Stage]) -> None:
    """Refuses values that could not be read any more once the attributes of a stage are declared.

    Raises:
        HoopError: In one line, with the ways out.
    """
    for role in sorted({role for stage in stages for role in stage.writes}):
        for clip in (clip for game in games for clip in game if clip.names.level(role) == "frame"):
            if clip.has(role) and (found := clip.misfit(role)):
                name, value = found
                path = f"{getattr(clip.names, role)}.detections.{name}"
                raise HoopError(
                    f"frames.{path} of {clip.name} holds {value!r:.40}, and something else would "
                    f"go there: name another field (hoop run --fields {role}=NAME), or rename this "
                    "one, dataset.add_dynamic_frame_fields() and then "
                    f"dataset.rename_frame_field({path!r}, {path + '_before'!r})"
                )


def _check_owned(stage: Stage, clip: SampleStore, role: str) -> None:
    field, level = getattr(clip.names, role), clip.names.level(role)
    writers = [kind.name for kind in plugins.stages() if role in kind.writes]
    if level == "frame" and role in stage.reads:
        # It adds to the labels that it finds, and so may any that wrote there before.
        foreign = 0 if any(map(clip.progress, writers)) else clip.count_foreign(role, True)
        verb = "change what is said of"
    else:
        before = field == role and any(map(clip.recorded_before, writers))
        # Beside tracks, what is none is not replaced.
        beside = role == "tracks" and bool(clip.read_tracks() or clip.progress(stage.name))
        foreign = 0 if before else clip.count_foreign(role, indexed=beside)
        verb = "replace"
    if foreign:
        path = f"frames.{field}" if level == "frame" else field
        raise HoopError(
            f"{path} of {clip.name} holds {foreign} label{'s' * (foreign != 1)} that hoop_plugins "
            f"did not make, and stage {stage.name!r} would {verb} them: name another field "
            f"(hoop run --fields {role}=NAME), or allow it (--overwrite)"
        )
