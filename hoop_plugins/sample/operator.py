"""The operator that opens the sample game."""

from __future__ import annotations

from typing import Any

import fiftyone as fo
import fiftyone.core.utils as fou
import fiftyone.operators as foo
from fiftyone.operators import types

DATASET = "hoop-sample"


class LoadSampleGame(foo.Operator):
    """Loads the sample game's clips into a dataset and opens it."""

    @property
    def config(self) -> foo.OperatorConfig:
        """See FiftyOne's ``Operator.config``."""
        return foo.OperatorConfig(
            name="load_sample_game",
            label="Hoop: load the sample game",
            description="A short rendered game with its ground truth, to try everything on.",
            icon="sports_esports",
            dynamic=True,
        )

    def __call__(self, dataset_name: str = DATASET) -> Any:
        """Runs the operator from a script.

        Args:
            dataset_name: The dataset to make.

        Returns:
            FiftyOne's ``ExecutionResult``.
        """
        return foo.execute_operator(self.uri, {"params": {"dataset_name": dataset_name}})

    def resolve_input(self, ctx: Any) -> types.Property:
        """See FiftyOne's ``Operator.resolve_input``."""
        inputs = types.Object()
        name = ctx.params.get("dataset_name") or DATASET
        prop = inputs.str(
            "dataset_name",
            default=DATASET,
            required=True,
            label="Dataset",
            description="The name of the dataset that the clips come into.",
        )
        try:
            fou.to_slug(name)
        except ValueError as error:
            prop.invalid = True
            prop.error_message = f"{name!r} is no name for a dataset: {error}"
        if fo.dataset_exists(name):
            notice = (
                f"Dataset {name!r} exists already: clips that are in it already are left alone."
            )
            inputs.view("notice", types.Notice(label=notice))
        return types.Property(inputs, view=types.View(label="Load the sample game"))

    def execute(self, ctx: Any) -> dict[str, Any]:
        """See FiftyOne's ``Operator.execute``."""
        from hoop_plugins.sample.loading import load_sample

        dataset = load_sample(ctx.params["dataset_name"])
        ctx.ops.open_dataset(dataset.name)
        return {"dataset": dataset.name}
