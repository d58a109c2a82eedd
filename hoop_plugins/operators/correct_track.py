"""The operators that put a track right, and that take it back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from fiftyone.operators import types

from hoop_plugins.compat.fiftyone import is_generated
from hoop_plugins.errors import HoopError
from hoop_plugins.operators.base import HoopOperator, show_changes
from hoop_plugins.operators.inputs import choose, suggest

if TYPE_CHECKING:
    from hoop_plugins.corrections.selection import Selected
    from hoop_plugins.data.fields import Fields
    from hoop_plugins.data.store import SampleStore

ANSWERS = ("number", "team", "role", "same_as", "not_a_person")


class CorrectTrack(HoopOperator):
    """Corrects the tracks of the selected labels.

    Its parameters: ``number``, ``team``, ``role``, ``same_as`` (a track's id) and
    ``not_a_person``, any of them; and ``index`` and ``sample_id``, where no label is selected.
    """

    operator_name = "correct_track"
    title = "correct this player"
    explanation = (
        "Number, team, role, the same person as another track, or not a person; it shows at once, "
        "outlives every re-run, and can be undone."
    )

    def fill(self, inputs: types.Object, ctx: Any) -> None:
        """Who is selected, and what can be said of them."""
        tracks = _selected(ctx)
        for name, text in _titles(ctx, tracks).items():
            inputs.view(f"track_{name}", types.Notice(label=text))
        if not tracks:
            inputs.int("index", required=True, label="Track", description="No label is selected.")
        _choose(inputs, ctx)

    def run(self, ctx: Any) -> dict[str, Any]:
        """Corrects each of the tracks."""
        from hoop_plugins.api import correct

        given: dict[str, Any] = {name: ctx.params.get(name) or None for name in ANSWERS}
        given["not_a_person"] = bool(given["not_a_person"])
        if given["same_as"] is not None:
            given["same_as"] = int(given["same_as"])
        # Somebody who is selected too is the same as himself already.
        tracks = [track for track in _tracks(ctx) if track.index != given["same_as"]]
        if not tracks:
            raise HoopError("nobody is selected: select players, numbers or tracks first")
        problems: dict[str, None] = {}
        for track in tracks:
            place: dict[str, Any] = {
                "sample": track.sample_id,
                "frame": track.frame,
                "fields": _names(ctx),
            }
            problems.update(dict.fromkeys(correct(ctx.dataset, track.index, **place, **given)))
        corrected = [track.index for track in tracks]
        _show(ctx, f"track {', '.join(map(str, corrected))}: corrected", problems)
        return {"tracks": corrected, "problems": list(problems)}


class UndoCorrection(HoopOperator):
    """Takes corrections back; its parameter ``corrections`` lists their keys, or holds one."""

    operator_name = "undo_correction"
    title = "undo a correction"
    explanation = "Of the selected players, or else of all: what was predicted shows again."

    def fill(self, inputs: types.Object, ctx: Any) -> None:
        """The corrections."""
        choices = types.Dropdown(multiple=True)
        for key, text in _corrections(ctx).items():
            choices.add_choice(key, label=text)
        if choices.choices:
            inputs.list(
                "corrections",
                types.String(),
                required=True,
                view=choices,
                label="Corrections",
                description="The newest is the last.",
            )
        else:
            inputs.view("none", types.Notice(label="There is nothing to undo."))

    def run(self, ctx: Any) -> dict[str, Any]:
        """Takes them back."""
        from hoop_plugins.api import undo

        given = ctx.params.get("corrections") or []
        keys = [given] if isinstance(given, str) else given
        problems = undo(ctx.dataset, keys, fields=_names(ctx))
        _show(ctx, f"{len(keys)} correction{'s' * (len(keys) != 1)} taken back", problems)
        return {"undone": len(keys), "problems": problems}


def _names(ctx: Any) -> Fields:
    """The label fields that were evaluated last: what the views of errors are of."""
    from hoop_plugins.evaluation.runs import last_fields

    return last_fields(ctx.dataset)


def _store(ctx: Any, sample_id: str) -> SampleStore:
    from hoop_plugins.data.store import SampleStore

    return SampleStore(ctx.dataset, sample_id, _names(ctx))


def _selected(ctx: Any) -> list[Selected]:
    """The tracks of what is selected in the App."""
    from hoop_plugins.corrections.selection import selected_tracks

    if ctx.params.get("index") is not None:
        return []
    return selected_tracks(ctx.view, ctx.selected_labels or [], ctx.selected, _names(ctx))


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
    ids = ctx.dataset.limit(2).values("id")
    if len(ids) != 1:
        raise CorrectionError("which video is meant? open it, or select the player's label")
    return str(ids[0])


def _titles(ctx: Any, tracks: list[Selected]) -> dict[str, str]:
    """What the selected tracks are called now."""
    titles = {}
    for selected in tracks:
        store, index = _store(ctx, selected.sample_id), selected.index
        track = store.read_tracks().get(index)
        who = track.title if track else "not a person"
        titles[f"{selected.sample_id}_{index}"] = f"Track {index} of {store.name}: {who}"
    return titles


def _choose(inputs: types.Object, ctx: Any) -> None:
    """The inputs for what is right; what is left empty stays as it is."""
    from hoop_plugins.corrections import ROLES, CorrectionError
    from hoop_plugins.data.vocabulary import NUMBERS

    number = inputs.str("number", label="Number", description="0 to 99, or 00.")
    given = (ctx.params.get("number") or "").strip()
    if given and given not in NUMBERS:
        number.invalid = True
        number.error_message = f"{given!r} is not a jersey number: give 0 to 99, or 00"
    known = ctx.dataset.distinct(f"{_names(ctx).tracks}.detections.team")
    suggest(inputs, "team", sorted(filter(None, known)), label="Team")
    choose(inputs, "role", ROLES, label="Role")
    others, about = {}, ""
    try:
        meant = _tracks(ctx)
        sample_id = meant[0].sample_id if meant else _video(ctx)
        for index, track in _store(ctx, sample_id).read_tracks().items():
            if index not in [selected.index for selected in meant[:1]]:
                others[str(index)] = f"{index}: {track.title}"
    except CorrectionError as error:
        about = str(error)
    choose(inputs, "same_as", others, label="The same person as track", description=about)
    inputs.bool("not_a_person", default=False, label="Not a person")


def _corrections(ctx: Any) -> dict[str, str]:
    """The corrections of the selected tracks, or of all: in words, by key."""
    from hoop_plugins.corrections import listed, shown_tracks
    from hoop_plugins.data.fields import CORRECTIONS_FIELD

    if not ctx.dataset.has_sample_field(CORRECTIONS_FIELD):
        return {}
    wanted = {(track.sample_id, track.index) for track in _selected(ctx)}
    found = {}
    for sample_id in ctx.dataset.exists(CORRECTIONS_FIELD).values("id"):
        store = _store(ctx, sample_id)
        tracks = shown_tracks(store)
        for correction in listed(store):
            index = tracks.get(correction.key)
            if not wanted or (sample_id, index) in wanted:
                place = f"track {index}" if index else "on no track now"
                found[correction.key] = f"{store.name}, {place}: {correction}"
    return found


def _show(ctx: Any, done: str, problems: Iterable[str]) -> None:
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
