"""The ``hoop`` command: a file a group of commands, imported when one of them runs."""

from __future__ import annotations

from collections.abc import Callable

from hoop_plugins.hookspecs import hookimpl
from hoop_plugins.specs import CommandSpec

COMMANDS = {
    "import": ("run:import_", "Add videos to a dataset, as they are or as the App plays them."),
    "new": ("new:new", "Start with a video: see what is detected, answer, and run the job."),
    "run": ("run:run", "Recognize the players in videos, or in the videos of a dataset."),
    "evaluate": ("evaluate:evaluate", "Compare what was recognized with the truth."),
    "errors": ("evaluate:errors", "Find every error, save a view of each kind, and count them."),
    "correct": ("labels:correct", "Correct a track; list or undo corrections."),
    "track-again": ("labels:track_again", "Track a stretch again from what was put right."),
    "import-labels": ("labels:import_labels", "Import ground truth."),
    "export-labels": ("labels:export_labels", "Write labels to files that others read."),
    "export": ("labels:export", "Write tables, labels or annotated videos of what was recognized."),
    "embed": ("labels:embed", "Lay crops out for the App's Embeddings panel."),
    "frames": ("labels:frames", "Say where the images of patches are, or remove them."),
    "render": ("labels:render", "Write videos with masks in team colors and number tags."),
    "train": ("train:app", "Fine-tune the detector and the reader."),
    "score": ("score:app", "Compare readers on labeled crops."),
    "dataset": ("dataset:app", "Training data: import, fetch, prelabel, look."),
    "models": ("models:app", "The models that can be chosen."),
    "stages": ("models:stages", "The stages that can be run."),
    "profile": ("models:profile_app", "Profiles: models and thresholds in a file."),
    "app": ("app:launch", "Open the FiftyOne App on a dataset."),
    "plugin": ("app:plugin_app", "The plugin in the FiftyOne App."),
    "doctor": ("app:doctor", "Check the installation, and say how to fix it."),
}
"""By name: where in this package it is, and the line that ``hoop --help`` shows."""


@hookimpl
def register_commands(register: Callable[[CommandSpec], None]) -> None:
    """Registers the built-in commands."""
    for name, (target, line) in COMMANDS.items():
        register(CommandSpec(name, f"{__name__}.{target}", line))
