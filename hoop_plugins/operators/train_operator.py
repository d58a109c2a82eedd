"""What the operators that fine-tune share: the form, and how it becomes a training."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any, ClassVar

from fiftyone.operators import types

from hoop_plugins.errors import HoopError
from hoop_plugins.operators.base import LongOperator, chosen_profile
from hoop_plugins.operators.inputs import choose_device, choose_model
from hoop_plugins.specs import Role

if TYPE_CHECKING:
    from hoop_plugins.training.registry import TrainedModel

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


class TrainOperator(LongOperator):
    """Fine-tunes a model on the target view, and records it under a name.

    Attributes:
        role: What is trained.
        curation: Names of parameters that go to the curation.
        training: Names of parameters that go to the trainer.
    """

    target = "Train on"
    required = ("name",)
    role: ClassVar[Role]
    curation: ClassVar[tuple[str, ...]] = CURATION
    training: ClassVar[tuple[str, ...]] = TRAINING

    def fill(self, inputs: types.Object, ctx: Any) -> None:
        """Name, model, budget, data, and the rest."""
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
            default=chosen_profile(ctx).model(self.role),
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

    def check(self, ctx: Any) -> None:
        """Refuses what cannot be trained; a name may still be missing."""
        self._start(ctx, "unnamed").close()

    def start(self, ctx: Any) -> Generator[Any, None, Any]:
        """Fine-tunes; a training that is stopped can go on."""
        if not ctx.params.get("name"):
            raise HoopError("the new model has no name: give one, as street-1")
        return self._start(ctx)

    def _start(self, ctx: Any, name: str = "") -> Generator[Any, None, Any]:
        from hoop_plugins.api import train

        params = _flat(ctx.params)
        settings = {key: params[key] for key in self.training if key in params}
        return train.steps(
            self.role,
            params.get("name") or name,
            ctx.target_view(),
            model=params.get("model") or chosen_profile(ctx).model(self.role),
            curation={key: params[key] for key in self.curation if key in params},
            **{"minutes": 10, **settings},
        )

    def summary(self, result: TrainedModel) -> str:
        """The model, with its scores."""
        return f"{result.name}: {result.description}"


def _flat(params: dict[str, Any]) -> dict[str, Any]:
    """The form's parameters without their groups and without the empty ones."""
    groups = (params.get("data") or {}, params.get("more") or {})
    merged = {**params, **groups[0], **groups[1]}
    return {key: value for key, value in merged.items() if value not in (None, "")}


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
