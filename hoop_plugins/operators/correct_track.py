"""The operators that put a track right, and that take it back."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from fiftyone.operators import types

from hoop_plugins import api
from hoop_plugins.compat.fiftyone import is_generated, is_lassoed
from hoop_plugins.data.options import Option, option_of
from hoop_plugins.data.views import all_videos
from hoop_plugins.errors import HoopError
from hoop_plugins.operators.base import HoopOperator, show_changes
from hoop_plugins.operators.inputs import ask

if TYPE_CHECKING:
    import fiftyone as fo

    from hoop_plugins.corrections.selection import Selected
    from hoop_plugins.data.fields import Fields


MOST_SHOWN = 4
"""So many of the selected tracks are shown as pictures."""

PICTURE = "160px"


def _teams(ctx: Any) -> dict[str, Any]:
    path, videos = f"{field_names(ctx).tracks}.detections.team", video_dataset(ctx)
    known = videos.distinct(path) if videos.has_sample_field(path) else []
    return {"suggestions": sorted(filter(None, known))}


def _others(ctx: Any) -> dict[str, Any]:
    """The tracks of the video and its game, without the one that is corrected."""
    others, about = {}, ""
    try:
        meant = _tracks(ctx)
        sample_id = meant[0].sample_id if meant else open_video(ctx)
        known = api.tracks_of_game(video_dataset(ctx), sample_id, fields=field_names(ctx))
        for index, title in known.items():
            if index not in [selected.index for selected in meant[:1]]:
                others[str(index)] = f"{index}: {title}"
    except HoopError as error:
        about = str(error)
    return {"label": "The same person as track", "choices": others, "description": about}


def _from_frame(ctx: Any) -> dict[str, Any]:
    frames = sorted({str(t.frame) for t in chosen_tracks(ctx) if t.frame is not None}, key=int)
    here = f" Selected in frame {', '.join(frames)}." if frames else ""
    return {
        "label": "Somebody else from frame",
        "description": f"{option_of(api.correct, 'other_from').help}{here}",
    }


class CorrectTrack(HoopOperator):
    """Corrects the tracks of the selected labels, or of selected crops.

    Its parameters: ``number``, ``team``, ``role``, ``same_as`` (a track's id), ``not_a_person`` and
    ``other_from`` (a frame), any of them, or ``confirm``; and ``index`` and ``sample_id``, where
    nothing is selected. Of what is selected, number, team and role that show already say nothing:
    the form is filled in with them.
    """

    operator_name = "correct_track"
    title = "correct this player"
    icon = "edit"
    explanation = (
        "Corrects number, team or role, who is the same person as another track or somebody else "
        "from a frame on, and what is no person; it shows at once, outlives every re-run, and can "
        "be undone."
    )
    done: ClassVar[str] = "corrected"
    use_case = staticmethod(api.correct)
    form: ClassVar = {
        "number": {},
        "team": _teams,
        "role": {"choices": ("player", "referee")},
        "same_as": _others,
        "not_a_person": {},
        "other_from": _from_frame,
        "confirm": {"label": "All that shows is right"},
    }

    def fill(self, inputs: types.Object, ctx: Any) -> None:
        """Who is selected, and what can be said of them; what is left empty stays as it is."""
        from hoop_plugins.corrections.record import checked

        _show_selected(inputs, ctx)
        if not chosen_tracks(ctx):
            inputs.int("index", required=True, label="Track", description="Nothing is selected.")
        super().fill(inputs, ctx)
        for name, value in _alike(ctx).items():
            if name in inputs.properties:
                inputs.properties[name].default = value
        if number := self.given(ctx).get("number"):
            checked(number, None, None, None, False)

    def given(self, ctx: Any) -> dict[str, Any]:
        """What differs from what the form was filled in with."""
        known = _alike(ctx)
        return {key: value for key, value in super().given(ctx).items() if value != known.get(key)}

    def resolve_placement(self, ctx: Any) -> types.Placement | None:
        """See FiftyOne's ``Operator.resolve_placement``."""
        return placed(ctx, self, prompt=True)

    def execute(self, ctx: Any) -> dict[str, Any]:
        """Corrects each of the tracks."""
        given = self.given(ctx)
        # Somebody who is selected too is the same as himself already.
        tracks = [track for track in _tracks(ctx) if track.index != given.get("same_as")]
        if not tracks:
            raise HoopError("nobody is selected: select players, numbers or tracks first")
        if not any(value not in (None, False) for value in given.values()):
            raise HoopError("nothing is changed: if all that shows is right, say so below")
        problems: dict[str, None] = {}
        names = field_names(ctx)
        for track in tracks:
            place: Any = {"sample": track.sample_id, "frame": track.frame, "fields": names}
            problems |= dict.fromkeys(
                api.correct(video_dataset(ctx), track.index, **place, **given)
            )
        corrected = [track.index for track in tracks]
        show_corrected(ctx, f"track {', '.join(map(str, corrected))}: {self.done}", problems)
        return {"tracks": corrected, "problems": list(problems)}


class ConfirmTrack(CorrectTrack):
    """Says of the tracks of the selected labels or crops that all that shows of them is right.

    Its parameters, where nothing is selected: ``index`` and ``sample_id``.
    """

    operator_name = "confirm_track"
    title = "confirm this player"
    icon = "check"
    explanation = "Says that role, team and number that show of the selected players are right."
    form: ClassVar = {}
    done = "confirmed"

    def given(self, ctx: Any) -> dict[str, Any]:
        """That all is right."""
        return {"confirm": True}

    def resolve_placement(self, ctx: Any) -> types.Placement | None:
        """See FiftyOne's ``Operator.resolve_placement``."""
        return placed(ctx, self, prompt=False)


class UndoCorrection(HoopOperator):
    """Takes corrections back; its parameter ``corrections`` lists their keys, or holds one."""

    operator_name = "undo_correction"
    title = "undo a correction"
    icon = "undo"
    explanation = "Of the selected players, or else of all: what was predicted shows again."

    def resolve_placement(self, ctx: Any) -> types.Placement | None:
        """See FiftyOne's ``Operator.resolve_placement``."""
        return placed(ctx, self, prompt=True)

    def fill(self, inputs: types.Object, ctx: Any) -> None:
        """The corrections of the selected tracks, or of all."""
        wanted = {(track.sample_id, track.index) for track in chosen_tracks(ctx)}
        found = {}
        for clip, index, correction in api.list_corrections(
            video_dataset(ctx), fields=field_names(ctx)
        ):
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
        problems = api.undo(video_dataset(ctx), keys, fields=field_names(ctx))
        show_corrected(ctx, f"{len(keys)} correction{'s' * (len(keys) != 1)} taken back", problems)
        return {"undone": len(keys), "problems": problems}


def field_names(ctx: Any) -> Fields:
    """The label fields that were evaluated last, or the usual ones, or another tracker's."""
    from hoop_plugins.mining.review_queue import reviewed_fields

    return reviewed_fields(video_dataset(ctx))


def video_dataset(ctx: Any) -> fo.Dataset:
    """The dataset that is open, or the one whose crops it holds."""
    from hoop_plugins.mining.crop_tracks import videos_of_crops

    videos = videos_of_crops(ctx.dataset) or ctx.dataset
    if videos.media_type == "image":
        raise HoopError(
            f"{videos.name!r} holds neither videos nor embedded crops, so nobody is tracked there: "
            "say what is to be read on its images with Hoop: label crops"
        )
    return videos


def placed(ctx: Any, operator: HoopOperator, *, prompt: bool) -> types.Placement | None:
    """A button among those of the open video, or of the grid, where players were recognized."""
    try:
        if ctx.dataset is None or not video_dataset(ctx).has_frame_field(field_names(ctx).players):
            return None
    except HoopError:
        return None  # as the form says; the buttons of other packages must stay
    places = types.Places.SAMPLES_VIEWER_ACTIONS, types.Places.SAMPLES_GRID_SECONDARY_ACTIONS
    label = operator.title.capitalize()
    button = types.Button(label=label, icon=operator.icon, prompt=prompt)
    return types.Placement(places[not ctx.current_sample], button)


def _show_selected(inputs: types.Object, ctx: Any) -> None:
    """Who is selected, and what they look like."""
    from hoop_plugins.corrections import known_tracks
    from hoop_plugins.data.store import SampleStore
    from hoop_plugins.mining.review_stills import draw_track

    for place, selected in enumerate(chosen_tracks(ctx)):
        index = selected.index
        store = SampleStore(video_dataset(ctx), selected.sample_id, field_names(ctx))
        known = known_tracks(store)
        who = known[index].title if index in known else "not a person"
        label = f"Track {index} of {store.name}: {who}"
        inputs.view(f"track_{selected.sample_id}_{index}", types.Notice(label=label))
        if place < MOST_SHOWN and Path(store.video.path).is_file():
            for frame, picture in draw_track(store, index, selected.frame).items():
                view = types.ImageView(height=PICTURE, alt=f"frame {frame}", space=3)
                inputs.view(f"picture_{index}_{frame}", view, default=picture)


def _alike(ctx: Any) -> dict[str, str]:
    """Number, team and role that show of all selected tracks."""
    from hoop_plugins.corrections import known_tracks
    from hoop_plugins.data.store import SampleStore

    found: dict[str, set[str | None]] = {"number": set(), "team": set(), "role": set()}
    for track in chosen_tracks(ctx):
        known = known_tracks(SampleStore(video_dataset(ctx), track.sample_id, field_names(ctx)))
        for name, values in found.items():
            values.add(getattr(known.get(track.index), name, None))
    told = {name: values.pop() for name, values in found.items() if len(values) == 1}
    return {name: value for name, value in told.items() if value}


def chosen_tracks(ctx: Any) -> list[Selected]:
    """The tracks of what is selected in the App."""
    from hoop_plugins.corrections.selection import selected_tracks
    from hoop_plugins.mining.crop_tracks import tracks_of_crops

    if ctx.params.get("index") is not None:
        return []
    videos = video_dataset(ctx)
    if videos is not ctx.dataset:
        lasso = ctx.view.values("id") if is_lassoed(ctx) else []
        ids = ctx.selected or lasso or list(filter(None, [ctx.current_sample]))
        return tracks_of_crops(ctx.dataset.select(ids), videos, field_names(ctx)) if ids else []
    return selected_tracks(ctx.view, ctx.selected_labels or [], ctx.selected, field_names(ctx))


def _tracks(ctx: Any) -> list[Selected]:
    """The tracks of what is selected, or the one that is named."""
    from hoop_plugins.corrections.selection import Selected

    index = ctx.params.get("index")
    return chosen_tracks(ctx) if index is None else [Selected(open_video(ctx), int(index))]


def open_video(ctx: Any) -> str:
    """The video that is named, or open, or the only one."""
    from hoop_plugins.corrections import CorrectionError
    from hoop_plugins.corrections.selection import video_ids

    if ctx.params.get("sample_id"):
        return str(ctx.params["sample_id"])
    if ctx.current_sample:
        return next(iter(video_ids(ctx.view, [ctx.current_sample]).values()), ctx.current_sample)
    ids = all_videos(video_dataset(ctx)).limit(2).values("id")
    if len(ids) != 1:
        raise CorrectionError("which video is meant? open it, or select the player's label")
    return str(ids[0])


def show_corrected(ctx: Any, done: str, problems: Iterable[str]) -> None:
    """Shows what has changed; frames and patches are copies, which must be made anew."""
    from hoop_plugins.mining.crop_tracks import renew_crops

    ctx.dataset.reload()
    view, videos = ctx.view, video_dataset(ctx)
    if videos is not ctx.dataset:
        renew_crops(ctx.dataset, videos, field_names(ctx))
    if is_generated(view):
        view.reload()
        ctx.ops.set_view(view)
    show_changes(ctx)
    ctx.ops.notify(done, variant="success")
    for problem in problems:
        ctx.ops.notify(problem, variant="warning")
