"""The operators that put a track right, and that take it back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from fiftyone.operators import types

from hoop_plugins import api
from hoop_plugins.compat.fiftyone import is_generated
from hoop_plugins.data.options import Option
from hoop_plugins.data.views import all_videos
from hoop_plugins.errors import HoopError
from hoop_plugins.operators.base import HoopOperator, show_changes
from hoop_plugins.operators.inputs import ask

if TYPE_CHECKING:
    from hoop_plugins.corrections.selection import Selected
    from hoop_plugins.data.fields import Fields


def _teams(ctx: Any) -> dict[str, Any]:
    path = f"{field_names(ctx).tracks}.detections.team"
    known = ctx.dataset.distinct(path) if ctx.dataset.has_sample_field(path) else []
    return {"suggestions": sorted(filter(None, known))}


def _others(ctx: Any) -> dict[str, Any]:
    """The tracks of the video and its game, without the one that is corrected."""
    others, about = {}, ""
    try:
        meant = _tracks(ctx)
        sample_id = meant[0].sample_id if meant else _video(ctx)
        known = api.tracks_of_game(ctx.dataset, sample_id, fields=field_names(ctx))
        for index, title in known.items():
            if index not in [selected.index for selected in meant[:1]]:
                others[str(index)] = f"{index}: {title}"
    except HoopError as error:
        about = str(error)
    return {"label": "The same person as track", "choices": others, "description": about}


class CorrectTrack(HoopOperator):
    """Corrects the tracks of the selected labels.

    Its parameters: ``number``, ``team``, ``role``, ``same_as`` (a track's id), ``not_a_person`` and
    ``other_from`` (a frame), any of them, or ``confirm``; and ``index`` and ``sample_id``, where no
    label is selected.
    """

    operator_name = "correct_track"
    title = "correct this player"
    explanation = (
        "Number, team, role, the same person as another track, somebody else from a frame on, not "
        "a person, or right as it is; it shows at once, outlives every re-run, and can be undone."
    )
    use_case = staticmethod(api.correct)
    form: ClassVar = {
        "number": {},
        "team": _teams,
        "role": {"choices": ("player", "referee")},
        "same_as": _others,
        "not_a_person": {},
        "other_from": {"label": "Somebody else from frame"},
        "confirm": {"label": "All that shows is right"},
    }

    def fill(self, inputs: types.Object, ctx: Any) -> None:
        """Who is selected, and what can be said of them; what is left empty stays as it is."""
        from hoop_plugins.corrections.record import checked

        tracks = _selected(ctx)
        for selected in tracks:
            name, known = api.tracks(ctx.dataset, selected.sample_id, fields=field_names(ctx))
            index = selected.index
            who = known[index].title if index in known else "not a person"
            label = f"Track {index} of {name}: {who}"
            inputs.view(f"track_{selected.sample_id}_{index}", types.Notice(label=label))
        if not tracks:
            inputs.int("index", required=True, label="Track", description="No label is selected.")
        super().fill(inputs, ctx)
        if number := self.given(ctx).get("number"):
            checked(number, None, None, None, False)

    def execute(self, ctx: Any) -> dict[str, Any]:
        """Corrects each of the tracks."""
        given = self.given(ctx)
        # Somebody who is selected too is the same as himself already.
        tracks = [track for track in _tracks(ctx) if track.index != given.get("same_as")]
        if not tracks:
            raise HoopError("nobody is selected: select players, numbers or tracks first")
        problems: dict[str, None] = {}
        names = field_names(ctx)
        for track in tracks:
            place: Any = {"sample": track.sample_id, "frame": track.frame, "fields": names}
            problems |= dict.fromkeys(api.correct(ctx.dataset, track.index, **place, **given))
        corrected = [track.index for track in tracks]
        show_corrected(ctx, f"track {', '.join(map(str, corrected))}: corrected", problems)
        return {"tracks": corrected, "problems": list(problems)}


class UndoCorrection(HoopOperator):
    """Takes corrections back; its parameter ``corrections`` lists their keys, or holds one."""

    operator_name = "undo_correction"
    title = "undo a correction"
    explanation = "Of the selected players, or else of all: what was predicted shows again."

    def fill(self, inputs: types.Object, ctx: Any) -> None:
        """The corrections of the selected tracks, or of all."""
        wanted = {(track.sample_id, track.index) for track in _selected(ctx)}
        found = {}
        for clip, index, correction in api.list_corrections(ctx.dataset, fields=field_names(ctx)):
            if not wanted or (clip.sample_id, index) in wanted:
                place = f"track {index}" if index else "on no track now"
                found[correction.key] = f"{clip.name}, {place}: {correction}"
        if found:
            option = Option("corrections", "list", None, "The newest is the last.", required=True)
            ask(inputs, option, choices=found)
        else:
            inputs.view("none", types.Notice(label="There is nothing to undo."))

    def execute(self, ctx: Any) -> dict[str, Any]:
        """Takes them back."""
        given = ctx.params.get("corrections") or []
        keys = [given] if isinstance(given, str) else given
        problems = api.undo(ctx.dataset, keys, fields=field_names(ctx))
        show_corrected(ctx, f"{len(keys)} correction{'s' * (len(keys) != 1)} taken back", problems)
        return {"undone": len(keys), "problems": problems}


def field_names(ctx: Any) -> Fields:
    """The label fields that were evaluated last: what the views of errors are of."""
    from hoop_plugins.evaluation.runs import last_fields

    return last_fields(ctx.dataset)


def _selected(ctx: Any) -> list[Selected]:
    """The tracks of what is selected in the App."""
    from hoop_plugins.corrections.selection import selected_tracks

    if ctx.params.get("index") is not None:
        return []
    return selected_tracks(ctx.view, ctx.selected_labels or [], ctx.selected, field_names(ctx))


def _tracks(ctx: Any) -> list[Selected]:
    """The tracks of what is selected, or the one that is named."""
    from hoop_plugins.corrections.selection import Selected

    index = ctx.params.get("index")
    return _selected(ctx) if index is None else [Selected(_video(ctx), int(index))]


def _video(ctx: Any) -> str:
    """The video that is named, or open, or the only one."""
    from hoop_plugins.corrections import CorrectionError
    from hoop_plugins.corrections.selection import video_ids

    if ctx.params.get("sample_id"):
        return str(ctx.params["sample_id"])
    if ctx.current_sample:
        return next(iter(video_ids(ctx.view, [ctx.current_sample]).values()), ctx.current_sample)
    ids = all_videos(ctx.dataset).limit(2).values("id")
    if len(ids) != 1:
        raise CorrectionError("which video is meant? open it, or select the player's label")
    return str(ids[0])


def show_corrected(ctx: Any, done: str, problems: Iterable[str]) -> None:
    """Shows what has changed; frames and patches are copies, which must be made anew."""
    ctx.dataset.reload()
    view = ctx.view
    if is_generated(view):
        view.reload()
        ctx.ops.set_view(view)
    show_changes(ctx)
    ctx.ops.notify(done, variant="success")
    for problem in problems:
        ctx.ops.notify(problem, variant="warning")
