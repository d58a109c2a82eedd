"""Who is on the court, frame by frame: basketball video to identified players in FiftyOne."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from hoop_plugins.hookspecs import hookimpl

if TYPE_CHECKING:
    from hoop_plugins.api import (
        correct,
        embed,
        evaluate,
        export_labels,
        find_errors,
        import_labels,
        import_videos,
        label_crops,
        open_dataset,
        prelabel,
        recognize,
        render,
        train,
        undo,
    )
    from hoop_plugins.data.fields import Fields, FieldSpec
    from hoop_plugins.data.image import Image, VideoInfo
    from hoop_plugins.data.store import SampleStore
    from hoop_plugins.data.video import read_frames
    from hoop_plugins.data.vocabulary import CLASSES, NUMBERS
    from hoop_plugins.errors import CheckpointError, HoopError
    from hoop_plugins.fiftyone_models import fiftyone_model
    from hoop_plugins.formats.boxes import LabelledVideo, VideoLabels
    from hoop_plugins.formats.names import ClassNames
    from hoop_plugins.models.roles import (
        Detector,
        Embedder,
        NumberReader,
        Tracker,
        TrackerSession,
    )
    from hoop_plugins.plugins import load_model
    from hoop_plugins.specs import (
        CommandSpec,
        FormatSpec,
        ModelSpec,
        ProfileSpec,
        Role,
        TrainerSpec,
    )
    from hoop_plugins.stages.stage import Progress, Stage
    from hoop_plugins.training.job import TrainingFiles, TrainingJob, TrainingProgress

    __version__: str

__all__ = [
    "CLASSES",
    "NUMBERS",
    "CheckpointError",
    "ClassNames",
    "CommandSpec",
    "Detector",
    "Embedder",
    "FieldSpec",
    "Fields",
    "FormatSpec",
    "HoopError",
    "Image",
    "LabelledVideo",
    "ModelSpec",
    "NumberReader",
    "ProfileSpec",
    "Progress",
    "Role",
    "SampleStore",
    "Stage",
    "Tracker",
    "TrackerSession",
    "TrainerSpec",
    "TrainingFiles",
    "TrainingJob",
    "TrainingProgress",
    "VideoInfo",
    "VideoLabels",
    "__version__",
    "correct",
    "embed",
    "evaluate",
    "export_labels",
    "fiftyone_model",
    "find_errors",
    "hookimpl",
    "import_labels",
    "import_videos",
    "label_crops",
    "load_model",
    "open_dataset",
    "prelabel",
    "read_frames",
    "recognize",
    "render",
    "train",
    "undo",
]

_ELSEWHERE = {
    "data.fields": ("Fields", "FieldSpec"),
    "data.image": ("Image", "VideoInfo"),
    "data.store": ("SampleStore",),
    "data.video": ("read_frames",),
    "data.vocabulary": ("CLASSES", "NUMBERS"),
    "errors": ("CheckpointError", "HoopError"),
    "fiftyone_models": ("fiftyone_model",),
    "formats.boxes": ("LabelledVideo", "VideoLabels"),
    "formats.names": ("ClassNames",),
    "models.roles": ("Detector", "Embedder", "NumberReader", "Tracker", "TrackerSession"),
    "plugins": ("load_model",),
    "specs": ("CommandSpec", "FormatSpec", "ModelSpec", "ProfileSpec", "Role", "TrainerSpec"),
    "stages.stage": ("Progress", "Stage"),
    "training.job": ("TrainingFiles", "TrainingJob", "TrainingProgress"),
}
_HOMES = {name: module for module, names in _ELSEWHERE.items() for name in names}
"""The module of every name that is no use case."""


def __getattr__(name: str) -> Any:
    # FiftyOne imports this package whenever it lists operators, so nothing heavy happens here.
    if name == "__version__":
        from importlib.metadata import version

        return version("hoop-plugins")
    if name in __all__:
        return getattr(import_module(f"{__name__}.{_HOMES.get(name, 'api')}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
