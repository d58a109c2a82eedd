"""What people start from the App: one file an operator, a form and a call."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hoop_plugins.hookspecs import hookimpl

if TYPE_CHECKING:
    import fiftyone.operators as foo


@hookimpl
def register_operators(register: Callable[[type[foo.Operator]], None]) -> None:
    """Registers the built-in operators."""
    from hoop_plugins.operators.cluster_teams import ClusterTeams
    from hoop_plugins.operators.correct_track import CorrectTrack, UndoCorrection
    from hoop_plugins.operators.detect import Detect
    from hoop_plugins.operators.embed_crops import EmbedCrops
    from hoop_plugins.operators.evaluate_recognition import EvaluateRecognition
    from hoop_plugins.operators.export_labels import ExportLabels
    from hoop_plugins.operators.figure_metrics import METRICS
    from hoop_plugins.operators.find_errors import FindErrors
    from hoop_plugins.operators.import_labels import ImportLabels
    from hoop_plugins.operators.pair_numbers import PairNumbers
    from hoop_plugins.operators.prelabel_numbers import LabelCrops, PrelabelNumbers
    from hoop_plugins.operators.read_numbers import ReadNumbers
    from hoop_plugins.operators.recognize_players import RecognizePlayers
    from hoop_plugins.operators.track import Track
    from hoop_plugins.operators.train_detector import TrainDetector
    from hoop_plugins.operators.train_reader import TrainReader
    from hoop_plugins.operators.validate_numbers import ValidateNumbers

    operators: tuple[type[foo.Operator], ...] = (
        Detect,
        Track,
        ClusterTeams,
        PairNumbers,
        ReadNumbers,
        ValidateNumbers,
        RecognizePlayers,
        EvaluateRecognition,
        *METRICS,
        ImportLabels,
        ExportLabels,
        FindErrors,
        CorrectTrack,
        UndoCorrection,
        EmbedCrops,
        PrelabelNumbers,
        LabelCrops,
        TrainDetector,
        TrainReader,
    )
    for operator in operators:
        register(operator)
