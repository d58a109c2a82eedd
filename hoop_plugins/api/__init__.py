"""The use cases: everything that operators, panels, the command line and scripts do.

A module each; they import what they need when they are called, since torch and FiftyOne take
seconds. Those that take their time are a :class:`~hoop_plugins.api.use_case.UseCase`.
"""

from __future__ import annotations

from hoop_plugins.api.corrections import correct, undo
from hoop_plugins.api.crops import embed, label_crops, prelabel
from hoop_plugins.api.errors import find_errors
from hoop_plugins.api.evaluation import evaluate
from hoop_plugins.api.labels import export_labels, import_labels, render
from hoop_plugins.api.recognition import plan, recognize
from hoop_plugins.api.training import train
from hoop_plugins.api.videos import import_videos, open_dataset

__all__ = [
    "correct",
    "embed",
    "evaluate",
    "export_labels",
    "find_errors",
    "import_labels",
    "import_videos",
    "label_crops",
    "open_dataset",
    "plan",
    "prelabel",
    "recognize",
    "render",
    "train",
    "undo",
]
