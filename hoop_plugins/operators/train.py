"""The operators that fine-tune: their forms are made of what the trainers declare."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from fiftyone.operators import types

from hoop_plugins import plugins
from hoop_plugins.errors import HoopError
from hoop_plugins.operators.base import LongOperator, chosen_profile, shown_profile
from hoop_plugins.operators.inputs import MORE, choose_model, choose_option, filled, flat, fold
from hoop_plugins.specs import Role

if TYPE_CHECKING:
    from hoop_plugins.training.registry import TrainedModel

MINUTES = 10
"""The budget of a form that says none."""


class TrainOperator(LongOperator):
    """Fine-tunes a model on the target view, and records it under a name.

    Its parameters: ``name``, ``model``, the trainer's settings, and below ``data`` how the view
    becomes training data. Those below ``data`` and ``more`` may also stand beside the others.

    Attributes:
        role: What is trained.
    """

    target = "Train on"
    icon = "model_training"
    required = ("name",)
    role: ClassVar[Role]

    def fill(self, inputs: types.Object, ctx: Any) -> None:
        """Name, model, budget, what this trainer alone can be told, data, and the rest."""
        from hoop_plugins.api import training_options
        from hoop_plugins.training.finetune import starting_model
        from hoop_plugins.training.settings import TrainingSettings

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
            default=starting_model(self.role, shown_profile(ctx)),
            label="Start from",
            description="The model to fine-tune.",
        )
        try:
            settings, curation = training_options(self.role, self._model(ctx))
        except HoopError:  # a model that is half typed, which the form as a whole refuses
            settings, curation = training_options(self.role)
        shared = set(TrainingSettings.__dataclass_fields__)
        for option in settings:
            if option.name == "minutes":
                choose_option(inputs, replace(option, default=MINUTES))
            elif option.name not in {*shared, "full"}:  # what is trained in full has no name
                choose_option(inputs, option)
        data = fold(inputs, "data", "Training data")
        for option in curation:
            choose_option(data, option)
        more = fold(inputs, MORE, "Against forgetting, and for the machine")
        for option in settings:
            if option.name in shared - {"minutes"}:
                choose_option(more, option)

    def check(self, ctx: Any) -> None:
        """Refuses what cannot be trained; a name may still be missing."""
        self._start(ctx, ctx.params.get("name") or "unnamed").close()

    def start(self, ctx: Any) -> Generator[Any, None, Any]:
        """Fine-tunes; a training that is stopped can go on."""
        if not ctx.params.get("name"):
            raise HoopError("the new model has no name: give one, as street-1")
        return self._start(ctx, ctx.params["name"])

    def _start(self, ctx: Any, name: str) -> Generator[Any, None, Any]:
        from hoop_plugins.api import train, training_options

        params = flat(ctx.params | (ctx.params.get("data") or {}))
        options, curation = training_options(self.role, self._model(ctx))
        settings = filled(options, params)
        if not {"minutes", "steps"} & set(settings):
            settings |= {o.name: MINUTES for o in options if o.name == "minutes"}
        return train.steps(
            self.role,
            name,
            ctx.target_view(),
            model=self._model(ctx),
            curation=filled(curation, params),
            **settings,
        )

    def _model(self, ctx: Any) -> str:
        from hoop_plugins.training.finetune import starting_model

        return ctx.params.get("model") or starting_model(self.role, chosen_profile(ctx))

    def summary(self, result: TrainedModel) -> str:
        """The model, with its scores."""
        return f"{result.name}: {result.description}"


EXPLANATIONS = {
    Role.DETECTOR: "Fine-tunes the detector on the boxes of a view",
    Role.READER: "Fine-tunes the number reader on the number boxes of a view, as a LoRA adapter",
}


def train_operators() -> list[type[TrainOperator]]:
    """An operator for each role that a registered trainer trains: ``train_detector`` and so on."""
    return [_operator(role) for role in Role if plugins.trainers(role)]


def _operator(role: Role) -> type[TrainOperator]:
    what = EXPLANATIONS.get(role, f"Fine-tunes the {role.value} on a view")
    attributes = {
        "operator_name": f"train_{role.value}",
        "title": f"train the {role.value}",
        "explanation": f"{what}, and keeps the best one under a name that every form and command "
        "knows.",
        "role": role,
        "__doc__": f"Fine-tunes a model that is a {role.value}.",
        "__module__": __name__,
    }
    return type(f"Train_{role.value}", (TrainOperator,), attributes)
