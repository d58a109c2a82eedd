"""What people start from the App: a form and a call."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hoop_plugins.hookspecs import hookimpl

if TYPE_CHECKING:
    import fiftyone.operators as foo


@hookimpl
def register_operators(register: Callable[[type[foo.Operator]], None]) -> None:
    """Registers the built-in operators, and one for each stage, other packages' included."""
    from hoop_plugins.operators.correct_track import ConfirmTrack, CorrectTrack, UndoCorrection
    from hoop_plugins.operators.crops import EmbedCrops, LabelCrops, PrelabelNumbers, ScoreReader
    from hoop_plugins.operators.evaluation import METRICS, EvaluateRecognition, FindErrors
    from hoop_plugins.operators.labels import Export, ExportLabels, ImportLabels
    from hoop_plugins.operators.run_card import StopRun
    from hoop_plugins.operators.stage_operators import stage_operators
    from hoop_plugins.operators.track_again import TrackAgain
    from hoop_plugins.operators.train import train_operators
    from hoop_plugins.operators.undo_link import UndoLink
    from hoop_plugins.operators.videos import ImportVideos, NormalizeVideos

    ours: tuple[type[foo.Operator], ...] = (
        *stage_operators(),
        EvaluateRecognition,
        *METRICS,
        ImportLabels,
        ExportLabels,
        Export,
        FindErrors,
        ImportVideos,
        NormalizeVideos,
        CorrectTrack,
        ConfirmTrack,
        TrackAgain,
        StopRun,
        UndoCorrection,
        UndoLink,
        EmbedCrops,
        PrelabelNumbers,
        LabelCrops,
        ScoreReader,
        *train_operators(),
    )
    for operator in ours:
        register(operator)
