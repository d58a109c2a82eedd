"""The operator that fine-tunes the detector."""

from __future__ import annotations

from fiftyone.operators import types

from hoop_plugins.operators.train_operator import CURATION, TRAINING, TrainOperator
from hoop_plugins.specs import Role


class TrainDetector(TrainOperator):
    """Fine-tunes RF-DETR."""

    operator_name = "train_detector"
    title = "train the detector"
    explanation = (
        "Fine-tunes the detector on the boxes of a view, and keeps the best one under a name that "
        "every form and command knows."
    )
    role = Role.DETECTOR
    curation = (*CURATION, "field")
    training = (*TRAINING, "new_classes")

    def choose_training(self, inputs: types.Object) -> None:
        """What becomes of the checkpoint's classes."""
        inputs.bool(
            "new_classes",
            default=False,
            label="Take the data's classes",
            description="Where they differ from the model's: with a new head, so that it forgets "
            "its own. COCO's are always replaced.",
        )

    def choose_data(self, inputs: types.Object) -> None:
        """The field with the boxes, too."""
        inputs.str(
            "field",
            default="ground_truth",
            label="Field",
            description="The boxes to learn, without 'frames.'.",
        )
        super().choose_data(inputs)
