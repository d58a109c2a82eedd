"""The operators that run stages: one for each, ours and other packages', and one for the job."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from fiftyone.operators import types

from hoop_plugins import api
from hoop_plugins.data.options import option_of, options_of
from hoop_plugins.errors import HoopError
from hoop_plugins.operators.base import PLUGIN, LongOperator, chosen_profile, shown_profile
from hoop_plugins.operators.inputs import MORE, ask, ask_fields, choose_option, flat, fold
from hoop_plugins.operators.run_card import Action, Ending, open_panel

if TYPE_CHECKING:
    from hoop_plugins.data.fields import Fields
    from hoop_plugins.profiles import Profile
    from hoop_plugins.stages.stage import Stage

Chosen = Callable[[Any], "Profile"]
"""Says which profile a form has chosen."""

OURS = {
    "detect": ("detect", "detect players, numbers, ball and rim", "center_focus_strong"),
    "shots": ("find_shots", "find camera shots", "movie"),
    "track": ("track", "track players", "timeline"),
    "teams": ("cluster_teams", "tell the teams apart", "groups"),
    "pair": ("pair_numbers", "pair numbers with players", "looks_one"),
    "read": ("read_numbers", "read the numbers", "text_fields"),
    "link": ("link_players", "link tracks to people", "link"),
    "validate": ("validate_numbers", "validate the numbers", "verified"),
}
"""By stage: the operator's name, title and icon; those of other stages have the stage's name."""

GAME = {"roster": "link", "court": "track"}
"""What differs from game to game: options of a job, each with the stage whose setting it is."""

KNOWN = {option.name: option for option in options_of(api.recognize)}
"""The options of a job by name."""


class StageOperator(LongOperator):
    """Runs one stage over the target view.

    Its parameters, all optional: ``profile``, the stage's settings by name, below ``options`` those
    of its model, ``device``, ``classes``, ``fresh``, and below ``fields`` the label fields' names.

    Attributes:
        stage: The stage's name; empty for all stages of the profile's job.
        options: Those of :func:`hoop_plugins.recognize` that the form asks for.
    """

    stage: ClassVar[str] = ""
    options: ClassVar[tuple[str, ...]] = ("device", "classes", "fresh", "overwrite")
    target = "Run on"

    def fill(self, inputs: types.Object, ctx: Any) -> None:
        """A profile, and what is changed of it."""
        profile, kinds = self._profile(ctx, shown_profile), self._kinds(ctx, shown_profile)
        _ask_profile(inputs, profile)
        for kind in kinds:
            _ask_settings(inputs, kind, profile.stages[kind.name])
        ask(inputs, KNOWN["device"])
        _ask_rest(inputs, kinds, ctx)

    def about(self, ctx: Any) -> str:
        """Says which weights will be downloaded, too."""
        try:
            job = api.plan(
                self._profile(ctx),
                stages=[kind.name for kind in self._kinds(ctx)],
                device=ctx.params.get("device") or "auto",
            )
        except HoopError:
            return self.explanation  # the form itself is refused
        return f"{self.explanation} {api.weights_line(job)}".strip()

    def start(self, ctx: Any) -> Generator[Any, None, Any]:
        """Recognizes, with these stages alone."""
        said = _filled(flat(ctx.params))
        return api.recognize.steps(
            ctx.target_view(),
            self._profile(ctx),
            stages=[kind.name for kind in self._kinds(ctx)],
            fields=_fields(ctx),
            **{name: said[name] for name in self.options if name in said},
        )

    def execute(self, ctx: Any) -> Iterator[Any]:
        """Leaves FiftyOne's own editor first: it stores changes by the positions of labels."""
        if not ctx.delegated:
            yield ctx.trigger(f"{PLUGIN}/leave_editor")
        yield from super().execute(ctx)

    def finish(self, ctx: Any, result: Any, messages: Iterable[str]) -> Iterator[Any]:
        """Shows the players with their numbers, too."""
        changed, told = super().finish(ctx, result, messages)
        yield changed
        path = f"frames.{_fields(ctx).players}"
        yield ctx.trigger(f"{PLUGIN}/show_numbers", {"path": path})
        yield told

    def written(self, ctx: Any, result: Any) -> list[str]:
        """The players, or where they are not written, what is."""
        names, kinds = _fields(ctx), self._kinds(ctx)
        roles = dict.fromkeys(role for kind in kinds for role in kind.writes)
        return [names.path(role) for role in (["players"] if "players" in roles else roles)]

    def _kinds(self, ctx: Any, of: Chosen = chosen_profile) -> list[type[Stage]]:
        """The stages that are run."""
        from hoop_plugins import plugins

        job = flat(ctx.params).get("stages") or of(ctx).job
        wanted = [plugins.find_stage(name) for name in ([self.stage] if self.stage else job)]
        return [kind for kind in plugins.stages() if kind in wanted]

    def _profile(self, ctx: Any, of: Chosen = chosen_profile) -> Profile:
        """The chosen profile with the settings that the form changes."""
        profile, params = of(ctx), flat(ctx.params)
        for kind in self._kinds(ctx, of):
            given = _filled(params if self.stage else params.get(kind.name) or {})
            if kind.role is not None and "model" in given:
                profile = profile.with_model(kind.name, given["model"])
            changed = {
                field.name: given[field.name]
                for field in dataclasses.fields(kind.Settings)
                if field.name in given and not isinstance(given[field.name], dict)
            }
            if kind.role is not None and (options := _filled(given.get("options") or {})):
                known = profile.stages[kind.name].options
                changed["options"] = {**known, **options}
            profile = profile.with_settings(kind.name, **changed)
        return profile


class RecognizePlayers(StageOperator):
    """Runs all stages of the profile's job.

    Its parameters, all optional: ``profile``, ``device``, ``roster`` and ``court``; and, beside
    them or below ``more``: ``stages``, the names of those to run, the settings of each below the
    stage's name, ``classes``, ``fresh``, ``overwrite``, and below ``fields`` the label fields'
    names.
    """

    operator_name = "recognize_players"
    title = "recognize players"
    icon = "sports_basketball"
    explanation = (
        "From video to identified players: detect, track, tell the teams apart, pair, read and "
        "validate the numbers. Stages that were done with these settings are not done again."
    )
    options = (*StageOperator.options, *GAME)

    def fill(self, inputs: types.Object, ctx: Any) -> None:
        """What differs from game to game; everything else is folded."""
        from hoop_plugins import plugins

        profile, kinds = self._profile(ctx, shown_profile), self._kinds(ctx, shown_profile)
        _ask_profile(inputs, profile)
        ask(inputs, KNOWN["device"])
        for name, stage in GAME.items():
            known = getattr(profile.stages[stage], name)
            there = f" The profile has {known!r}." if known else ""
            ask(inputs, KNOWN[name], description=f"{KNOWN[name].help}{there}")
        more = fold(inputs, MORE, "All settings")
        about = "Those that run, in the order of the job."
        names = [kind.name for kind in plugins.stages()]
        ask(more, KNOWN["stages"], choices=names, default=list(profile.job), description=about)
        for kind in kinds:
            if options_of(kind.Settings):
                group = fold(more, kind.name, f"Stage {kind.name}")
                _ask_settings(group, kind, profile.stages[kind.name], *GAME)
        _ask_rest(more, kinds, ctx)

    def ending(self, ctx: Any, result: Any) -> Ending:
        """Who was found, who is in doubt, and what to do next."""
        from hoop_plugins.data.store import stores_of
        from hoop_plugins.data.views import videos_of
        from hoop_plugins.evaluation.runs import list_runs
        from hoop_plugins.mining.summary import summarize

        names = _fields(ctx)
        found = summarize(stores_of(videos_of(ctx.target_view()), names))
        following = []
        if found.doubts:
            following.append(open_panel("Review doubts", "review_queue"))
        if ctx.dataset.has_frame_field(names.ground_truth):
            following.append(Action("Evaluate", f"{PLUGIN}/evaluate_recognition", prompt=True))
        if list_runs(ctx.dataset):
            following.append(open_panel("Open the report", "recognition_report"))
        return Ending(found.lines(), following)


def stage_operators() -> list[type[StageOperator]]:
    """The operators of all registered stages, and the one of the job."""
    from hoop_plugins import plugins

    return [*map(_stage_operator, plugins.stages()), RecognizePlayers]


def _stage_operator(stage: type[Stage]) -> type[StageOperator]:
    summary = (inspect.getdoc(stage) or "").partition("\n\n")[0].replace("``", "")
    usual = stage.name, stage.name.replace("_", " "), StageOperator.icon
    name, title, icon = OURS.get(stage.name, usual)
    attributes = {
        "operator_name": name,
        "title": title,
        "icon": icon,
        "explanation": " ".join(summary.split()) or "Runs a stage.",
        "stage": stage.name,
        "__doc__": f"Runs the stage ``{stage.name}``.",
        "__module__": __name__,
    }
    return type(f"Run_{stage.name}", (StageOperator,), attributes)


def _ask_profile(inputs: types.Object, profile: Profile) -> None:
    about = (
        f"{profile.description} A name, or the path of a .toml file: the networks and every "
        "setting that is left empty below."
    )
    ask(inputs, KNOWN["profile"], default=profile.source, description=about)


def _ask_rest(inputs: types.Object, kinds: Sequence[type[Stage]], ctx: Any) -> None:
    ask(inputs, KNOWN["classes"])
    ask_fields(inputs, _uses(kinds), _fields(ctx))
    ask(inputs, KNOWN["fresh"], label="Start anew")
    ask(inputs, KNOWN["overwrite"], label="Replace labels of other people")


def _filled(params: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in params.items() if value not in (None, "")}


def _fields(ctx: Any) -> Fields:
    from hoop_plugins.stages.pipeline import job_fields

    return job_fields(**(flat(ctx.params).get("fields") or {}))


def _ask_settings(inputs: types.Object, kind: type[Stage], values: Any, *leave_out: str) -> None:
    """An input for every setting, and every option of the model itself, where it has any."""
    from hoop_plugins import plugins

    for option in options_of(kind.Settings, *leave_out):
        value = getattr(values, option.name)
        if not isinstance(value, dict):
            role = kind.role if option.name == "model" else None
            choose_option(inputs, dataclasses.replace(option, default=value), role)
    if kind.role is None:
        return
    try:
        spec = plugins.find_model(kind.role, values.model)
    except HoopError:
        return  # the form as a whole is refused
    if known := spec.options():
        group = fold(inputs, "options", f"Options of {spec.name}")
        for name in known:
            option = option_of(spec.load, name)
            value = values.options.get(name, option.default)
            choose_option(group, dataclasses.replace(option, default=value))


def _uses(kinds: Sequence[type[Stage]]) -> dict[str, str]:
    """Which of the stages read and write each label field, by its role."""
    texts = {}
    read = {kind.name: (*kind.reads, *kind.uses) for kind in kinds}
    for role in dict.fromkeys(role for kind in kinds for role in (*read[kind.name], *kind.writes)):
        uses = {
            "read": [name for name, roles in read.items() if role in roles],
            "written": [kind.name for kind in kinds if role in kind.writes],
        }
        found = [f"{verb} by {', '.join(names)}" for verb, names in uses.items() if names]
        texts[role] = "; ".join(found)
    return texts
