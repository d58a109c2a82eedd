"""The operators that put a track right, and that take it back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import fiftyone.operators as foo
from fiftyone.operators import types

from hoop_plugins.compat.fiftyone import is_generated
from hoop_plugins.errors import HoopError
from hoop_plugins.operators.showing import show_changes

if TYPE_CHECKING:
    from hoop_plugins.corrections.selection import Selected
    from hoop_plugins.data.fields import Fields
    from hoop_plugins.data.store import SampleStore

SAID = ("number", "team", "role", "same_as", "not_a_person")


class CorrectTrack(foo.Operator):
    """Corrects the tracks of the selected labels.

    Its parameters: ``number``, ``team``, ``role``, ``same_as`` (a track's id) and
    ``not_a_person``, any of them; and ``index`` and ``sample_id``, where no label is selected.
    """

    @property
    def config(self) -> foo.OperatorConfig:
        """See FiftyOne's ``Operator.config``."""
        return foo.OperatorConfig(
            name="correct_track",
            label="Hoop: correct this player",
            description="Number, team, role, the same person as another track, or not a person; "
            "it shows at once, outlives every re-run, and can be undone.",
            dynamic=True,
        )

    def __call__(self, sample_collection: Any, **params: Any) -> Any:
        """Runs the operator from a script, with the parameters of its form.

        Args:
            sample_collection: A video dataset or view.
            **params: Parameters by name.

        Returns:
            FiftyOne's ``ExecutionResult``.
        """
        return foo.execute_operator(self.uri, view=sample_collection.view(), params=params)

    def resolve_input(self, ctx: Any) -> types.Property:
        """See FiftyOne's ``Operator.resolve_input``."""
        inputs = types.Object()
        try:
            tracks = _selected(ctx)
            if tracks:
                for one, text in _titles(ctx, tracks).items():
                    inputs.view(f"track_{one}", types.Notice(label=text))
            else:
                inputs.int(
                    "index", required=True, label="Track", description="No label is selected."
                )
            _choose(inputs, ctx)
        except HoopError as error:
            _refuse(inputs, error)
        return types.Property(inputs, view=types.View(label="Correct this player"))

    def execute(self, ctx: Any) -> dict[str, Any]:
        """See FiftyOne's ``Operator.execute``."""
        from hoop_plugins.corrections import CorrectionError, correct

        said: dict[str, Any] = {name: ctx.params.get(name) or None for name in SAID}
        said["not_a_person"] = bool(said["not_a_person"])
        if said["same_as"] is not None:
            said["same_as"] = int(said["same_as"])
        # Somebody who is selected too is the same as himself already.
        tracks = [one for one in _tracks(ctx) if one.index != said["same_as"]]
        if not tracks:
            raise CorrectionError("nobody is selected: select players, numbers or tracks first")
        problems: dict[str, None] = {}
        for one in tracks:
            store = _store(ctx, one.sample_id)
            problems.update(dict.fromkeys(correct(store, one.index, frame=one.frame, **said)))
        corrected = [one.index for one in tracks]
        _show(ctx, f"track {', '.join(map(str, corrected))}: corrected", problems)
        return {"tracks": corrected, "problems": list(problems)}


class UndoCorrection(foo.Operator):
    """Takes corrections back; its parameter ``corrections`` lists their keys, or holds one."""

    @property
    def config(self) -> foo.OperatorConfig:
        """See FiftyOne's ``Operator.config``."""
        return foo.OperatorConfig(
            name="undo_correction",
            label="Hoop: undo a correction",
            description="Of the selected players, or else of all: what was predicted shows again.",
            dynamic=True,
        )

    def resolve_input(self, ctx: Any) -> types.Property:
        """See FiftyOne's ``Operator.resolve_input``."""
        inputs = types.Object()
        try:
            choices = types.Dropdown(multiple=True)
            for key, (_, text) in _corrections(ctx).items():
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
        except HoopError as error:
            _refuse(inputs, error)
        return types.Property(inputs, view=types.View(label="Undo a correction"))

    def execute(self, ctx: Any) -> dict[str, Any]:
        """See FiftyOne's ``Operator.execute``."""
        from hoop_plugins.corrections import CorrectionError, undo

        given = ctx.params.get("corrections") or []
        keys = [given] if isinstance(given, str) else given
        known = _corrections(ctx)
        if unknown := [key for key in keys if key not in known]:
            there = ", ".join(known) or "none"
            raise CorrectionError(f"there is no correction {unknown[0]!r} here; known: {there}")
        problems: list[str] = []
        for sample_id in dict.fromkeys(known[key][0] for key in keys):
            of_video = [key for key in keys if known[key][0] == sample_id]
            problems += undo(_store(ctx, sample_id), of_video)
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
    for one in tracks:
        store = _store(ctx, one.sample_id)
        track = store.read_tracks().get(one.index)
        who = track.title if track else "not a person"
        titles[f"{one.sample_id}_{one.index}"] = f"Track {one.index} of {store.name}: {who}"
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
    teams = types.AutocompleteView(allow_user_input=True)
    for team in sorted(filter(None, ctx.dataset.distinct(f"{_names(ctx).tracks}.detections.team"))):
        teams.add_choice(team, label=team)
    inputs.str("team", label="Team", view=teams)
    roles = types.Dropdown()
    for role in ROLES:
        roles.add_choice(role, label=role)
    inputs.enum("role", roles.values(), view=roles, label="Role")
    others = types.Dropdown()
    try:
        meant = _tracks(ctx)
        sample_id = meant[0].sample_id if meant else _video(ctx)
        for index, track in _store(ctx, sample_id).read_tracks().items():
            if index not in [one.index for one in meant[:1]]:
                others.add_choice(str(index), label=f"{index}: {track.title}")
    except CorrectionError as error:
        others.description = str(error)
    inputs.enum("same_as", others.values(), view=others, label="The same person as track")
    inputs.bool("not_a_person", default=False, label="Not a person")


def _corrections(ctx: Any) -> dict[str, tuple[str, str]]:
    """The corrections of the selected tracks, or of all: sample and text by key."""
    from hoop_plugins.corrections import listed, shown_tracks
    from hoop_plugins.data.fields import CORRECTIONS_FIELD

    if not ctx.dataset.has_sample_field(CORRECTIONS_FIELD):
        return {}
    wanted = {(one.sample_id, one.index) for one in _selected(ctx)}
    found = {}
    for sample_id in ctx.dataset.exists(CORRECTIONS_FIELD).values("id"):
        store = _store(ctx, sample_id)
        tracks = shown_tracks(store)
        for one in listed(store):
            index = tracks.get(one.key)
            if not wanted or (sample_id, index) in wanted:
                place = f"track {index}" if index else "on no track now"
                found[one.key] = sample_id, f"{store.name}, {place}: {one}"
    return found


def _refuse(inputs: types.Object, error: HoopError) -> None:
    refusal = inputs.view("refusal", types.Error(label=str(error)))
    refusal.invalid = True
    refusal.error_message = str(error)


def _show(ctx: Any, done: str, problems: Iterable[str]) -> None:
    """Shows what has changed; frames and patches are copies, which must be made anew."""
    ctx.dataset.reload()
    view = ctx.view
    if is_generated(view):
        view.reload()
        ctx.ops.set_view(view)
    list(show_changes(ctx))
    ctx.ops.notify(done, variant="success")
    for problem in problems:
        ctx.ops.notify(problem, variant="warning")
