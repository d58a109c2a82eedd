"""The operators that run stages: one for each, ours and other packages', and one for the job."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Generator, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from fiftyone.operators import types

from hoop_plugins.errors import HoopError
from hoop_plugins.operators.base import PLUGIN, LongOperator, chosen_profile
from hoop_plugins.operators.inputs import (
    choose_device,
    choose_model,
    choose_profile,
    choose_several,
    choose_value,
    explanations,
)

if TYPE_CHECKING:
    from hoop_plugins.data.fields import Fields
    from hoop_plugins.profiles import Profile
    from hoop_plugins.stages.stage import Stage

OURS = {
    "detect": (
        "detect",
        "detect players, numbers, ball and rim",
        "Finds players, referees, jersey numbers, the ball and the rim in every frame, "
        "and writes frames.detections.",
    ),
    "track": (
        "track",
        "track players",
        "Gives every player and referee a mask and an identity in every frame: from the boxes in "
        "frames.detections to frames.players and tracks.",
    ),
    "teams": (
        "cluster_teams",
        "tell the teams apart",
        "Clusters crops of the jerseys into two teams and writes the team of every track "
        "into frames.players and tracks.",
    ),
    "pair": (
        "pair_numbers",
        "pair numbers with players",
        "Gives every detected number box to the player whose mask covers it, "
        "and writes frames.numbers.",
    ),
    "read": (
        "read_numbers",
        "read the numbers",
        "Reads the number boxes that have an owner, every few frames of a track, "
        "and writes the text into frames.numbers.",
    ),
    "validate": (
        "validate_numbers",
        "validate the numbers",
        "Decides from all reads of a track which number stands, and writes it into "
        "frames.players and tracks. It needs no network and can be run again at any time.",
    ),
}
"""By stage: the operator's name, its title, and what it does."""


class StageOperator(LongOperator):
    """Runs one stage over the target view.

    Its parameters, all optional: ``profile``, the stage's settings by name, below ``options`` those
    of its model, ``device``, ``fresh``, and below ``fields`` the label fields' names.

    Attributes:
        stage: The stage's name.
    """

    stage: ClassVar[str]
    target = "Run on"

    def fill(self, inputs: types.Object, ctx: Any) -> None:
        """A profile, and what is changed of it."""
        profile, kinds = self._profile(ctx), self._kinds(ctx)
        choose_profile(
            inputs,
            profile,
            f"{profile.description} A name, or the path of a .toml file: the networks and every "
            "setting that is left empty below.",
        )
        self._choose_stages(inputs, ctx)
        for kind in kinds:
            _choose_settings(self._group(inputs, kind), kind, profile.stages[kind.name])
        choose_device(inputs)
        _choose_fields(inputs, kinds, _fields(ctx))
        inputs.bool(
            "fresh",
            default=False,
            label="Start anew",
            description="Otherwise what was done with the same settings is kept, "
            "and a run that was stopped goes on where it was.",
        )

    def start(self, ctx: Any) -> Generator[Any, None, Any]:
        """Recognizes, with these stages alone."""
        from hoop_plugins.api import recognize

        return recognize.steps(
            ctx.target_view(),
            self._profile(ctx),
            stages=[kind.name for kind in self._kinds(ctx)],
            device=ctx.params.get("device") or "auto",
            fields=_fields(ctx),
            fresh=ctx.params.get("fresh", False),
        )

    def finish(self, ctx: Any, result: Any, messages: Iterable[str]) -> Iterator[Any]:
        """Shows the players with their numbers, too."""
        changed, told = super().finish(ctx, result, messages)
        yield changed
        path = f"frames.{_fields(ctx).players}"
        yield ctx.trigger(f"{PLUGIN}/show_numbers", {"path": path})
        yield told

    def _choose_stages(self, inputs: types.Object, ctx: Any) -> None:
        pass

    def _group(self, inputs: types.Object, kind: type[Stage]) -> types.Object:
        """Where the settings of a stage are in the form."""
        return inputs

    def _given(self, ctx: Any, kind: type[Stage]) -> dict[str, Any]:
        """The parameters that are settings of a stage."""
        params: dict[str, Any] = ctx.params
        return params

    def _kinds(self, ctx: Any) -> list[type[Stage]]:
        """The stages that are run."""
        from hoop_plugins import plugins

        return [plugins.find_stage(self.stage)]

    def _profile(self, ctx: Any) -> Profile:
        """The chosen profile with the settings that the form changes."""
        profile = chosen_profile(ctx)
        for kind in self._kinds(ctx):
            given = _filled(self._given(ctx, kind))
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

    Its parameters are those of one stage, with the settings of each below the stage's name; and
    ``stages``, the names of those to run.
    """

    operator_name = "recognize_players"
    title = "recognize players"
    explanation = (
        "From video to identified players: detect, track, tell the teams apart, pair, read and "
        "validate the numbers. Stages that were done with these settings are not done again."
    )

    def _choose_stages(self, inputs: types.Object, ctx: Any) -> None:
        from hoop_plugins import plugins

        choose_several(
            inputs,
            "stages",
            [kind.name for kind in plugins.stages()],
            default=list(chosen_profile(ctx).job),
            label="Stages",
            description="Those that run, in the order of the job.",
        )

    def _group(self, inputs: types.Object, kind: type[Stage]) -> types.Object:
        return inputs.obj(kind.name, label=f"Stage {kind.name}").type

    def _given(self, ctx: Any, kind: type[Stage]) -> dict[str, Any]:
        return ctx.params.get(kind.name) or {}

    def _kinds(self, ctx: Any) -> list[type[Stage]]:
        from hoop_plugins import plugins

        wanted = ctx.params.get("stages") or chosen_profile(ctx).job
        for name in wanted:
            plugins.find_stage(name)
        return [kind for kind in plugins.stages() if kind.name in wanted]


def stage_operator(stage: type[Stage]) -> type[StageOperator]:
    """The operator that runs a stage: one of another package has the stage's name."""
    summary = (inspect.getdoc(stage) or "").partition("\n\n")[0].replace("``", "")
    name, title, explanation = OURS.get(
        stage.name,
        (stage.name, stage.name.replace("_", " "), " ".join(summary.split()) or "Runs a stage."),
    )
    attributes = {
        "operator_name": name,
        "title": title,
        "explanation": explanation,
        "stage": stage.name,
        "__doc__": f"Runs the stage ``{stage.name}``.",
        "__module__": __name__,
    }
    return type(f"Run_{stage.name}", (StageOperator,), attributes)


def stage_operators() -> list[type[StageOperator]]:
    """The operators of all registered stages, and the one of the job."""
    from hoop_plugins import plugins

    return [*(stage_operator(stage) for stage in plugins.stages()), RecognizePlayers]


def _filled(params: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in params.items() if value not in (None, "")}


def _fields(ctx: Any) -> Fields:
    from hoop_plugins.stages.pipeline import job_fields

    return job_fields(**(ctx.params.get("fields") or {}))


def _choose_settings(inputs: types.Object, kind: type[Stage], values: Any) -> None:
    """An input for every setting and option; one that is left empty has the profile's value."""
    texts = explanations(kind.Settings, "Attributes")
    for field in dataclasses.fields(kind.Settings):
        value = getattr(values, field.name)
        if kind.role is not None and field.name == "model":
            text = f"{texts.get('model', '')} Empty: {value!r}."
            choose_model(inputs, kind.role, label="Model", description=text)
        elif not isinstance(value, dict):
            choose_value(inputs, field.name, value, texts.get(field.name, ""), str(field.type))
    if kind.role is not None:
        _choose_options(inputs, kind, values)


def _choose_options(inputs: types.Object, kind: type[Stage], values: Any) -> None:
    """The options of the model itself, where it has any."""
    from hoop_plugins import plugins

    assert kind.role is not None
    try:
        spec = plugins.find_model(kind.role, values.model)
    except HoopError:
        return  # the form as a whole is refused
    texts = explanations(spec.load, "Args")
    parameters = spec.options()
    if not parameters:
        return
    group = inputs.obj("options", label=f"Options of {spec.name}").type
    for name, parameter in parameters.items():
        value = values.options.get(name, parameter.default)
        choose_value(group, name, value, texts.get(name, ""), str(parameter.annotation))


def _choose_fields(inputs: types.Object, kinds: Sequence[type[Stage]], names: Fields) -> None:
    """The names of the label fields that the stages read or write."""
    roles = dict.fromkeys(role for kind in kinds for role in (*kind.reads, *kind.writes))
    group = inputs.obj(
        "fields", label="Fields", description="Names of the label fields, without 'frames.'."
    ).type
    for role in roles:
        readers = [kind.name for kind in kinds if role in kind.reads]
        writers = [kind.name for kind in kinds if role in kind.writes]
        uses = [
            f"{verb} by {', '.join(found)}"
            for verb, found in (("read", readers), ("written", writers))
            if found
        ]
        group.str(role, default=getattr(names, role), label=role, description="; ".join(uses))
