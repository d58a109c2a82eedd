"""Who is on the court, frame by frame: basketball video to identified players in FiftyOne."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from hoop_plugins.hookspecs import hookimpl as hookimpl

if TYPE_CHECKING:
    from hoop_plugins.api import correct as correct
    from hoop_plugins.api import embed as embed
    from hoop_plugins.api import evaluate as evaluate
    from hoop_plugins.api import export as export
    from hoop_plugins.api import export_labels as export_labels
    from hoop_plugins.api import find_errors as find_errors
    from hoop_plugins.api import import_labels as import_labels
    from hoop_plugins.api import import_videos as import_videos
    from hoop_plugins.api import label_crops as label_crops
    from hoop_plugins.api import open_dataset as open_dataset
    from hoop_plugins.api import prelabel as prelabel
    from hoop_plugins.api import recognize as recognize
    from hoop_plugins.api import render as render
    from hoop_plugins.api import score_reader as score_reader
    from hoop_plugins.api import table as table
    from hoop_plugins.api import take_over_edits as take_over_edits
    from hoop_plugins.api import track_again as track_again
    from hoop_plugins.api import train as train
    from hoop_plugins.api import train_into as train_into
    from hoop_plugins.api import undo as undo
    from hoop_plugins.data.editing import offer_editing as offer_editing
    from hoop_plugins.data.fields import Fields as Fields
    from hoop_plugins.data.fields import FieldSpec as FieldSpec
    from hoop_plugins.data.image import Image as Image
    from hoop_plugins.data.image import VideoInfo as VideoInfo
    from hoop_plugins.data.options import ranged as ranged
    from hoop_plugins.data.store import SampleStore as SampleStore
    from hoop_plugins.data.video import read_frames as read_frames
    from hoop_plugins.data.vocabulary import CLASSES as CLASSES
    from hoop_plugins.data.vocabulary import NUMBERS as NUMBERS
    from hoop_plugins.errors import CheckpointError as CheckpointError
    from hoop_plugins.errors import HoopError as HoopError
    from hoop_plugins.fiftyone_models import fiftyone_model as fiftyone_model
    from hoop_plugins.formats.boxes import LabelledVideo as LabelledVideo
    from hoop_plugins.formats.boxes import VideoLabels as VideoLabels
    from hoop_plugins.formats.names import ClassNames as ClassNames
    from hoop_plugins.models.roles import Detector as Detector
    from hoop_plugins.models.roles import Embedder as Embedder
    from hoop_plugins.models.roles import NumberReader as NumberReader
    from hoop_plugins.models.roles import Tracker as Tracker
    from hoop_plugins.models.roles import TrackerSession as TrackerSession
    from hoop_plugins.plugins import load_model as load_model
    from hoop_plugins.profiles import Profile as Profile
    from hoop_plugins.profiles import load_profile as load_profile
    from hoop_plugins.specs import CommandSpec as CommandSpec
    from hoop_plugins.specs import FormatSpec as FormatSpec
    from hoop_plugins.specs import ModelSpec as ModelSpec
    from hoop_plugins.specs import ProfileSpec as ProfileSpec
    from hoop_plugins.specs import Role as Role
    from hoop_plugins.specs import TrainerSpec as TrainerSpec
    from hoop_plugins.specs import Weights as Weights
    from hoop_plugins.stages.stage import Progress as Progress
    from hoop_plugins.stages.stage import Stage as Stage
    from hoop_plugins.training.job import TrainingFiles as TrainingFiles
    from hoop_plugins.training.job import TrainingJob as TrainingJob
    from hoop_plugins.training.job import TrainingProgress as TrainingProgress

_NAMES = {
    "api": "correct embed evaluate export export_labels find_errors import_labels import_videos "
    "label_crops normalize_videos open_dataset prelabel recognize relocate render score_reader "
    "table take_over_edits track_again train train_into undo",
    "data.editing": "offer_editing",
    "data.fields": "Fields FieldSpec",
    "data.image": "Image VideoInfo",
    "data.options": "ranged",
    "data.store": "SampleStore",
    "data.video": "read_frames",
    "data.vocabulary": "CLASSES NUMBERS",
    "errors": "CheckpointError HoopError",
    "fiftyone_models": "fiftyone_model",
    "formats.boxes": "LabelledVideo VideoLabels",
    "formats.names": "ClassNames",
    "models.roles": "Detector Embedder NumberReader Tracker TrackerSession",
    "plugins": "load_model",
    "profiles": "Profile load_profile",
    "specs": "CommandSpec FormatSpec ModelSpec ProfileSpec Role TrainerSpec Weights",
    "stages.stage": "Progress Stage",
    "training.job": "TrainingFiles TrainingJob TrainingProgress",
}
_HOMES = {name: module for module, names in _NAMES.items() for name in names.split()}
"""The module of every name that is not loaded at once."""

__version__ = "1.0.0"

__all__ = sorted([*_HOMES, "__version__", "hookimpl"])


def __getattr__(name: str) -> Any:
    # FiftyOne imports this package whenever it lists operators, so nothing heavy happens here.
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
