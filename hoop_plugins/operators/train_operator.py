"""What the operators that fine-tune share: the form, the checks, the progress, the record."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Any, ClassVar

import fiftyone.operators as foo
from fiftyone.operators import types

from hoop_plugins.errors import HoopError
from hoop_plugins.operators.stage_operator import UPDATE_SECONDS, choose_device, choose_model
from hoop_plugins.specs import Role

if TYPE_CHECKING:
    from hoop_plugins.training.finetune import Step

CURATION = ("stride", "limit", "valid_share", "within_clips", "drop_duplicates")
TRAINING = (
    "minutes",
    "batch_size",
    "accumulate",
    "learning_rate",
    "replay",
    "replay_share",
    "patience",
    "device",
)
"""Parameters that go on as they are: to the curation, to the trainer. Empty ones have defaults."""


class TrainOperator(foo.Operator):
    """Fine-tunes a model on the target view, and records it under a name.

    Attributes:
        operator_name: The operator's name.
        title: Its label.
        explanation: What it does, for its form.
        role: What is trained.
        curation: Names of parameters that go to the curation.
        training: Names of parameters that go to the trainer.
    """

    operator_name: ClassVar[str]
    title: ClassVar[str]
    explanation: ClassVar[str]
    role: ClassVar[Role]
    curation: ClassVar[tuple[str, ...]] = CURATION
    training: ClassVar[tuple[str, ...]] = TRAINING

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

    def __call__(self, view: Any, name: str, delegate: bool = False, **params: Any) -> Any:
        """Runs the operator from a script, with the parameters of its form.

        Args:
            view: A dataset or view.
            name: The new model's.
            delegate: Whether to queue it for FiftyOne's delegated execution.
            **params: Parameters by name.

        Returns:
            FiftyOne's ``ExecutionResult``.
        """
        return foo.execute_operator(
            self.uri,
            view=view.view(),
            params={"name": name, **params},
            request_delegation=delegate,
        )

    # ------------------------------------------------------------------ the form

    def resolve_input(self, ctx: Any) -> types.Property:
        """See FiftyOne's ``Operator.resolve_input``."""
        inputs = types.Object()
        inputs.view_target(ctx, action_description="Train on")
        inputs.str(
            "name",
            required=True,
            label="Name",
            description="What the new model is called, and chosen by. The name of a training that "
            "was stopped goes on with it.",
        )
        choose_model(
            inputs,
            self.role,
            default=self._model(ctx),
            label="Start from",
            description="The model to fine-tune.",
        )
        inputs.float(
            "minutes",
            default=10,
            min=0.01,
            label="Minutes",
            description="Budget of time, what was spent before a stop included.",
        )
        self.choose_training(inputs)
        group = inputs.obj("data", label="Training data").type
        self.choose_data(group)
        group = inputs.obj("more", label="Against forgetting, and for the machine").type
        _choose_rest(group, "COCO annotations" if self.role == Role.DETECTOR else "JSON Lines")
        try:
            self._check(ctx)
        except HoopError as error:
            refusal = inputs.view("refusal", types.Error(label=str(error)))
            refusal.invalid = True
            refusal.error_message = str(error)
        return types.Property(
            inputs, view=types.View(label=self.title, description=self.explanation)
        )

    def choose_training(self, inputs: types.Object) -> None:
        """Inputs for what only this role's trainer knows."""

    def choose_data(self, inputs: types.Object) -> None:
        """Inputs for how a view becomes training data."""
        inputs.int("stride", min=1, label="Stride", description="Every how many frames of a video.")
        inputs.int("limit", min=2, label="Limit", description="Images or crops at most.")
        inputs.float(
            "valid_share",
            default=0.2,
            label="Validation share",
            description="Share of games or clips that are validated on, where samples have no "
            "split.",
        )
        inputs.bool(
            "within_clips",
            default=False,
            label="Validate within clips",
            description="On the end of each clip: for views of one game; scores are too good then.",
        )
        inputs.bool(
            "drop_duplicates",
            default=False,
            label="Drop near-duplicates",
            description="Leave out images that look like one that is kept.",
        )

    def _check(self, ctx: Any) -> None:
        from hoop_plugins import plugins
        from hoop_plugins.models.device import resolve_device
        from hoop_plugins.training.registry import check_name

        params = _flat(ctx.params)
        if params.get("name"):
            check_name(params["name"])
        plugins.find_model(self.role, params.get("model") or self._model(ctx))
        resolve_device(params.get("device"))
        if not len(ctx.target_view()):
            raise HoopError("the view is empty: choose one with labelled samples")

    def _model(self, ctx: Any) -> str:
        """What the dataset's profile, or the pretrained one, uses."""
        from hoop_plugins import profiles

        info = ctx.dataset.info if ctx.dataset else {}
        profile = profiles.load_profile(info.get("profile", "pretrained"))
        return profile.model(self.role)

    # ------------------------------------------------------------------ the run

    def execute(self, ctx: Any) -> Iterator[Any]:
        """See FiftyOne's ``Operator.execute``; a training that is stopped can go on."""
        from hoop_plugins.training.finetune import fine_tune_steps
        from hoop_plugins.training.registry import find

        params = _flat(ctx.params)
        if not params.get("name"):
            raise HoopError("the new model has no name: give one, as street-1")
        settings = {key: params[key] for key in self.training if key in params}
        steps = fine_tune_steps(
            self.role,
            params["name"],
            ctx.target_view(),
            model=params.get("model") or self._model(ctx),
            curation={key: params[key] for key in self.curation if key in params},
            **{"minutes": 10, **settings},
        )
        with closing(steps):
            for step in _at_intervals(steps):
                if ctx.delegated:
                    ctx.set_progress(progress=step.fraction, label=step.text)
                else:
                    yield ctx.ops.set_progress(progress=step.fraction, label=step.text)
        model = find(params["name"])
        if not ctx.delegated:
            yield ctx.ops.notify(f"{model.name}: {model.description}", variant="success")


def _flat(params: dict[str, Any]) -> dict[str, Any]:
    """The form's parameters without their groups and without the empty ones."""
    groups = (params.get("data") or {}, params.get("more") or {})
    merged = {**params, **groups[0], **groups[1]}
    return {key: value for key, value in merged.items() if value not in (None, "")}


def _at_intervals(steps: Iterator[Step]) -> Iterator[Step]:
    last = 0.0
    for step in steps:
        now = time.monotonic()
        if step.fraction >= 1 or now - last >= UPDATE_SECONDS:
            last = now
            yield step


def _choose_rest(inputs: types.Object, kind: str) -> None:
    inputs.str(
        "replay",
        label="Replay",
        description=f"Path of {kind} of the old domain, mixed in so that it is not forgotten.",
    )
    inputs.float("replay_share", default=0.25, label="Replay share", description="Of all draws.")
    inputs.int(
        "patience",
        min=1,
        label="Patience",
        description="Stop after so many validations without a better score. Empty: never.",
    )
    inputs.int("batch_size", min=1, label="Batch size", description="Lower it on a small GPU …")
    inputs.int(
        "accumulate",
        min=1,
        label="Accumulate",
        description="… and raise this by the same factor: batches a step.",
    )
    inputs.float("learning_rate", label="Learning rate", description="The highest.")
    choose_device(inputs)
