"""The operator that fine-tunes the number reader."""

from __future__ import annotations

from fiftyone.operators import types

from hoop_plugins.operators.inputs import choose, choose_several
from hoop_plugins.operators.train_operator import CURATION, TRAINING, TrainOperator
from hoop_plugins.specs import Role

SOURCES = ("ground_truth", "corrections", "validated")


class TrainReader(TrainOperator):
    """Fine-tunes SmolVLM2 with a LoRA adapter."""

    operator_name = "train_reader"
    title = "train the reader"
    explanation = (
        "Fine-tunes the number reader on the number boxes of a view, as a LoRA adapter, and keeps "
        "the best one under a name that every form and command knows."
    )
    role = Role.READER
    curation = (*CURATION, "sources")
    training = (*TRAINING, "rank", "targets", "negative_share")

    def choose_training(self, inputs: types.Object) -> None:
        """Rank and targets of the adapter, and how much it sees of crops without a number."""
        inputs.int(
            "rank",
            min=1,
            label="Rank",
            description="Of a new adapter, 16 where empty; a model that has one keeps its rank.",
        )
        choose(
            inputs,
            "targets",
            {"text": "text: the language model alone", "text+vision": "text and vision"},
            label="Targets",
            description="What the adapter changes; text and vision where empty.",
        )
        inputs.float(
            "negative_share",
            default=0.15,
            label="Negatives",
            description="Share of draws that go to crops without a number.",
        )

    def choose_data(self, inputs: types.Object) -> None:
        """Where the numbers come from, too."""
        choose_several(
            inputs,
            "sources",
            SOURCES,
            default=["ground_truth", "corrections"],
            label="Sources",
            description="Where numbers come from; what two say of one box, the first one says.",
        )
        super().choose_data(inputs)
