"""What all operators that run stages share: the form, the checks, the progress, the end."""

from __future__ import annotations

import dataclasses
import inspect
import re
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import fiftyone.operators as foo
from fiftyone.operators import types

from hoop_plugins.errors import HoopError
from hoop_plugins.operators.showing import show_changes

if TYPE_CHECKING:
    from hoop_plugins.data.fields import Fields
    from hoop_plugins.profiles import Profile
    from hoop_plugins.specs import Role
    from hoop_plugins.stages.stage import Progress, Stage

DEVICES = ("auto", "cpu", "cuda:0", "mps")

UPDATE_SECONDS = 0.3
"""Between two messages to the App; it draws each of them."""

SHOW_NUMBERS = "@hoop/hoop_plugins/show_numbers"


class StageOperator(foo.Operator):
    """Runs stages over the target view.

    Attributes:
        operator_name: The operator's name.
        title: Its label.
        explanation: What it does, for its form.
        stages: The stages that it runs; ``None`` for all of them.

    Its parameters, all optional: ``profile``, the stage's settings by name (of several stages:
    below the stage's name), ``device``, ``fresh``, and below ``fields`` the label fields' names.
    """

    operator_name: ClassVar[str]
    title: ClassVar[str]
    explanation: ClassVar[str]
    stages: ClassVar[tuple[str, ...] | None]

    @property
    def config(self) -> foo.OperatorConfig:
        """See FiftyOne's ``Operator.config``."""
        return foo.OperatorConfig(
            name=self.operator_name,
            label=f"Hoop: {self.title}",
            description=self.explanation,
            dynamic=True,
            execute_as_generator=True,
            allow_immediate_execution=True,
            allow_delegated_execution=True,
        )

    def __call__(self, view: Any, delegate: bool = False, **params: Any) -> Any:
        """Runs the operator from a script, with the parameters of its form.

        Args:
            view: A video dataset or view.
            delegate: Whether to queue it for FiftyOne's delegated execution.
            **params: Parameters by name.

        Returns:
            FiftyOne's ``ExecutionResult``.
        """
        return foo.execute_operator(
            self.uri, view=view.view(), params=params, request_delegation=delegate
        )

    # ------------------------------------------------------------------ the form

    def resolve_input(self, ctx: Any) -> types.Property:
        """See FiftyOne's ``Operator.resolve_input``."""
        inputs = types.Object()
        inputs.view_target(ctx, action_description="Run on")
        specs = self._specs()
        try:
            profile = self._profile(ctx)
            self._choose_profile(inputs, profile)
            for spec in specs:
                group = inputs
                if len(specs) > 1:
                    group = inputs.obj(spec.name, label=f"Stage {spec.name}").type
                _choose_settings(group, spec, profile.stages[spec.name])
            choose_device(inputs)
            _choose_fields(inputs, specs, ctx)
            inputs.bool(
                "fresh",
                default=False,
                label="Start anew",
                description="Otherwise what was done with the same settings is kept, "
                "and a run that was stopped goes on where it was.",
            )
            self._check(ctx, profile)
        except HoopError as error:
            refusal = inputs.view("refusal", types.Error(label=str(error)))
            refusal.invalid = True
            refusal.error_message = str(error)
        return types.Property(
            inputs, view=types.View(label=self.title, description=self.explanation)
        )

    def _choose_profile(self, inputs: types.Object, profile: Profile) -> None:
        from hoop_plugins import profiles

        choices = types.AutocompleteView(allow_user_input=True)
        for name in profiles.names():
            choices.add_choice(name, label=name)
        inputs.str(
            "profile",
            default=profile.name,
            label="Profile",
            description=f"{profile.description} A name, or the path of a .toml file: the networks "
            "and every setting that is left empty below.",
            view=choices,
        )

    # ------------------------------------------------------------------ the run

    def execute(self, ctx: Any) -> Iterator[Any]:
        """See FiftyOne's ``Operator.execute``; what is done when it is stopped, is kept."""
        from hoop_plugins.data.appearance import show_teams
        from hoop_plugins.stages.pipeline import run_stages

        names = _fields(ctx)
        steps = run_stages(
            ctx.target_view(),
            self._build(ctx, self._profile(ctx)),
            names,
            fresh=ctx.params.get("fresh", False),
        )
        messages: dict[str, None] = {}
        try:
            for step in _at_intervals(steps, messages):
                progress = step.done / max(1, step.total)
                label = f"{step.stage}: {step.video}, frame {step.done} of {step.total}"
                if ctx.delegated:
                    ctx.set_progress(progress=progress, label=label)
                else:
                    yield ctx.ops.set_progress(progress=progress, label=label)
        except HoopError as error:
            # The App says nothing of what a generator raises.
            if not ctx.delegated:
                yield ctx.ops.notify(str(error), variant="error")
            raise
        show_teams(ctx.dataset, names)
        if not ctx.delegated:
            yield from show_changes(ctx)
            yield ctx.trigger(SHOW_NUMBERS, {"path": f"frames.{names.players}"})
            yield ctx.ops.notify("; ".join([f"{self.title}: done", *messages]), variant="success")

    # ------------------------------------------------------------------ parameters

    def _specs(self) -> list[type[Stage]]:
        from hoop_plugins import plugins

        return [
            spec for spec in plugins.stages() if self.stages is None or spec.name in self.stages
        ]

    def _profile(self, ctx: Any) -> Profile:
        """The chosen profile with the settings that the form changes."""
        from hoop_plugins import profiles

        info = ctx.dataset.info if ctx.dataset else {}
        profile = profiles.load_profile(
            ctx.params.get("profile") or info.get("profile", "pretrained")
        )
        specs = self._specs()
        for spec in specs:
            given = ctx.params.get(spec.name) or {} if len(specs) > 1 else ctx.params
            changed = {
                field.name: given[field.name]
                for field in dataclasses.fields(spec.Settings)
                if given.get(field.name) not in (None, "")
            }
            profile = profile.with_settings(spec.name, **changed)
        return profile

    def _build(self, ctx: Any, profile: Profile) -> list[Stage]:
        from hoop_plugins.stages.pipeline import build_stages

        device = ctx.params.get("device") or "auto"
        return build_stages(profile, [spec.name for spec in self._specs()], device)

    def _check(self, ctx: Any, profile: Profile) -> None:
        from hoop_plugins.stages.pipeline import check

        check(ctx.target_view(), self._build(ctx, profile), _fields(ctx))


def _at_intervals(steps: Iterator[Progress], messages: dict[str, None]) -> Iterator[Progress]:
    """Thins out progress to what people can see, and collects its messages."""
    last = 0.0
    for step in steps:
        if step.message:
            messages[step.message] = None
        now = time.monotonic()
        if step.done >= step.total or now - last >= UPDATE_SECONDS:
            last = now
            yield step


def _fields(ctx: Any) -> Fields:
    from hoop_plugins.stages.pipeline import job_fields

    return job_fields(**(ctx.params.get("fields") or {}))


def _choose_settings(inputs: types.Object, spec: type[Stage], values: Any) -> None:
    """An input for every setting; one that is left empty has the profile's value."""

    texts = _descriptions(spec.Settings)
    for field in dataclasses.fields(spec.Settings):
        value = getattr(values, field.name)
        about = {
            "label": field.name.replace("_", " ").capitalize(),
            "description": f"{texts.get(field.name, '')} Empty: {value!r}, as in the profile.",
        }
        if isinstance(value, dict):
            continue
        if field.name == "model" and spec.role is not None:
            choose_model(inputs, spec.role, **about)
        elif isinstance(value, bool):
            choices = types.Dropdown()
            for choice in (True, False):
                choices.add_choice(choice, label="yes" if choice else "no")
            inputs.enum(field.name, choices.values(), view=choices, **about)
        elif isinstance(value, int):
            inputs.int(field.name, **about)
        elif isinstance(value, float):
            inputs.float(field.name, **about)
        else:
            inputs.str(field.name, **about)


def _descriptions(settings: type[Any]) -> dict[str, str]:
    """What the docstring of a settings class says about each of its attributes."""
    attributes = (inspect.getdoc(settings) or "").partition("Attributes:")[2]
    entries = re.findall(r"^ {4}(\w+): (.+(?:\n {8}.+)*)", attributes, flags=re.MULTILINE)
    return {name: " ".join(text.split()) for name, text in entries}


def choose_model(inputs: types.Object, role: Role, **about: Any) -> None:
    """An input for a model of a role: those that are known, or a path or hub name."""
    from hoop_plugins import plugins

    choices = types.AutocompleteView(allow_user_input=True)
    for spec in plugins.models(role):
        choices.add_choice(spec.name, label=spec.name, description=spec.description)
    inputs.str("model", view=choices, **about)


def choose_device(inputs: types.Object) -> None:
    """An input for where the networks run."""
    choices = types.AutocompleteView(allow_user_input=True)
    for device in DEVICES:
        choices.add_choice(device, label=device)
    inputs.str(
        "device",
        default="auto",
        label="Device",
        description="Where the networks run; auto takes a GPU where there is one.",
        view=choices,
    )


def _choose_fields(inputs: types.Object, specs: Sequence[type[Stage]], ctx: Any) -> None:
    """The names of the label fields that the stages read or write."""
    roles = dict.fromkeys(role for spec in specs for role in (*spec.reads, *spec.writes))
    names = _fields(ctx)
    group = inputs.obj(
        "fields", label="Fields", description="Names of the label fields, without 'frames.'."
    ).type
    for role in roles:
        readers = [spec.name for spec in specs if role in spec.reads]
        writers = [spec.name for spec in specs if role in spec.writes]
        uses = [
            f"{verb} by {', '.join(found)}"
            for verb, found in (("read", readers), ("written", writers))
            if found
        ]
        group.str(role, default=getattr(names, role), label=role, description="; ".join(uses))
