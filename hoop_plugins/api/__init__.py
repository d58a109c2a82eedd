"""The use cases: everything that operators, panels, the command line and scripts do.

A module each; they import what they need when they are called, since torch and FiftyOne take
seconds. Those that take their time are a :class:`~hoop_plugins.api.use_case.UseCase`.
"""

from __future__ import annotations

from hoop_plugins.api.again import track_again
from hoop_plugins.api.corrections import (
    LinkAnswers,
    correct,
    link_answers,
    list_corrections,
    take_over_edits,
    tracks,
    tracks_of_game,
    undo,
)
from hoop_plugins.api.crops import embed, label_crops, prelabel, score_reader
from hoop_plugins.api.evaluation import count_errors, evaluate, find_errors
from hoop_plugins.api.labels import (
    export,
    export_kinds,
    export_labels,
    import_labels,
    read_labels,
    render,
    table,
)
from hoop_plugins.api.planning import plan, preview, weights_line
from hoop_plugins.api.recognition import (
    added,
    dataset_profile,
    import_videos,
    named_fields,
    normalize_videos,
    open_dataset,
    recognize,
    relocate,
    video_notes,
)
from hoop_plugins.api.training import train, train_into, training_options

__all__ = [
    "LinkAnswers",
    "added",
    "correct",
    "count_errors",
    "dataset_profile",
    "embed",
    "evaluate",
    "export",
    "export_kinds",
    "export_labels",
    "find_errors",
    "import_labels",
    "import_videos",
    "label_crops",
    "link_answers",
    "list_corrections",
    "named_fields",
    "normalize_videos",
    "open_dataset",
    "plan",
    "prelabel",
    "preview",
    "read_labels",
    "recognize",
    "relocate",
    "render",
    "score_reader",
    "table",
    "take_over_edits",
    "track_again",
    "tracks",
    "tracks_of_game",
    "train",
    "train_into",
    "training_options",
    "undo",
    "video_notes",
    "weights_line",
]
