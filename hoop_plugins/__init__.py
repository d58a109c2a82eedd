"""Who is on the court, frame by frame: basketball video to identified players in FiftyOne."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hoop_plugins.hookspecs import hookimpl

if TYPE_CHECKING:
    from hoop_plugins.api import evaluate, recognize
    from hoop_plugins.data.fields import Fields, FieldSpec
    from hoop_plugins.data.image import Image, VideoInfo
    from hoop_plugins.data.store import SampleStore
    from hoop_plugins.data.video import read_frames
    from hoop_plugins.data.videos import import_videos
    from hoop_plugins.data.vocabulary import CLASSES, NUMBERS
    from hoop_plugins.errors import CheckpointError, HoopError
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

__all__ = [
    "CLASSES",
    "NUMBERS",
    "CheckpointError",
    "CommandSpec",
    "Detector",
    "Embedder",
    "FieldSpec",
    "Fields",
    "FormatSpec",
    "HoopError",
    "Image",
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
    "VideoInfo",
    "evaluate",
    "hookimpl",
    "import_videos",
    "load_model",
    "read_frames",
    "recognize",
]

_HOMES = {
    "CLASSES": "hoop_plugins.data.vocabulary",
    "NUMBERS": "hoop_plugins.data.vocabulary",
    "CheckpointError": "hoop_plugins.errors",
    "CommandSpec": "hoop_plugins.specs",
    "Detector": "hoop_plugins.models.roles",
    "Embedder": "hoop_plugins.models.roles",
    "FieldSpec": "hoop_plugins.data.fields",
    "Fields": "hoop_plugins.data.fields",
    "FormatSpec": "hoop_plugins.specs",
    "HoopError": "hoop_plugins.errors",
    "Image": "hoop_plugins.data.image",
    "ModelSpec": "hoop_plugins.specs",
    "NumberReader": "hoop_plugins.models.roles",
    "ProfileSpec": "hoop_plugins.specs",
    "Progress": "hoop_plugins.stages.stage",
    "Role": "hoop_plugins.specs",
    "SampleStore": "hoop_plugins.data.store",
    "Stage": "hoop_plugins.stages.stage",
    "Tracker": "hoop_plugins.models.roles",
    "TrackerSession": "hoop_plugins.models.roles",
    "TrainerSpec": "hoop_plugins.specs",
    "VideoInfo": "hoop_plugins.data.image",
    "evaluate": "hoop_plugins.api",
    "import_videos": "hoop_plugins.data.videos",
    "load_model": "hoop_plugins.plugins",
    "read_frames": "hoop_plugins.data.video",
    "recognize": "hoop_plugins.api",
}


def __getattr__(name: str) -> Any:
    # FiftyOne imports this package whenever it lists operators, so nothing heavy happens here.
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
