"""Evaluations kept with their dataset, as FiftyOne's custom runs."""

from __future__ import annotations

import json
import platform
from importlib.metadata import version
from typing import Any

import fiftyone as fo

from hoop_plugins.compat.fiftyone import dataset_of, stage_text
from hoop_plugins.data.fields import BUILT_IN, Fields
from hoop_plugins.data.views import content_stages
from hoop_plugins.errors import HoopError
from hoop_plugins.evaluation.counts import ClipCounts, pack, unpack
from hoop_plugins.evaluation.report import EvaluationReport
from hoop_plugins.profiles import remembered

METHOD = "hoop_plugins.evaluate"
"""The ``method`` of these runs' configuration."""

DEFAULT_KEY = "evaluation"
"""Of an evaluation that was given no key: the next one replaces it."""

PACKAGES = ("hoop_plugins", "fiftyone", "supervision", "hotcoco", "torch")
"""Whose versions are kept with a run."""


def save_run(
    view: fo.core.collections.SampleCollection, key: str, names: Fields, report: EvaluationReport
) -> None:
    """Keeps an evaluation on its dataset: view, provenance, every figure, and the counts behind.

    Raises:
        HoopError: If the key cannot be used.
    """
    dataset = dataset_of(view)
    check_key(dataset, key)
    if dataset.has_run(key):
        dataset.delete_run(key)
    config = dataset.init_run(
        method=METHOD,
        fields={spec.role: getattr(names, spec.role) for spec in BUILT_IN},
        profile=remembered(dataset),
        shown=shown_part(view),
        stages=_stages(dataset),
        versions={
            "python": platform.python_version(),
            **{name: version(name) for name in PACKAGES},
        },
    )
    view.register_run(key, config)
    results = view.init_run_results(
        key,
        figures=report.to_json(),
        counts=json.dumps({name: pack(counts) for name, counts in report.clips.items()}),
    )
    view.save_run_results(key, results)


def shown_part(view: fo.core.collections.SampleCollection) -> list[str]:
    """Of which frames and labels alone a view shows, as text; equal for equal ones."""
    return [stage_text(stage) for stage in content_stages(view)]


def about_part(shown: list[str]) -> list[str]:
    """What is to be said of an evaluation of what alone a view shows; nothing of one of all."""
    return ["Evaluated are the frames and labels of the view."] if shown else []


def check_comparable(dataset: fo.Dataset, key: str, shown: list[str]) -> None:
    """Refuses to compare what is shown with an evaluation of other frames or labels.

    Raises:
        HoopError: If there is no evaluation of that key, or it is of others.
    """
    _find(dataset, key)
    if run_shown(dataset, key) != shown:
        raise HoopError(
            f"evaluation {key!r} is of other frames or labels of the videos: evaluate those that "
            f"dataset.load_run_view({key!r}) shows, or compare with another one"
        )


def run_shown(dataset: fo.Dataset, key: str) -> list[str]:
    """The :func:`shown_part` of what was evaluated."""
    return list(getattr(dataset.get_run_info(key).config, "shown", []))


def check_key(dataset: fo.Dataset, key: str) -> None:
    """Refuses a key that no evaluation can have.

    Raises:
        HoopError: If it is no name of letters, digits and "_", or a run of another kind has it.
    """
    if not key.isidentifier():
        raise HoopError(
            f"{key!r} is no key for an evaluation: give letters, digits and '_', a letter first"
        )
    if dataset.has_run(key) and key not in list_runs(dataset):
        raise HoopError(f"the key {key!r} has a run of another kind: choose another key")


def list_runs(dataset: fo.Dataset) -> list[str]:
    """The keys of the evaluations that were kept, the oldest first."""
    keys: list[str] = dataset.list_runs(method=METHOD)
    return sorted(keys, key=lambda key: dataset.get_run_info(key).timestamp)


def run_fields(dataset: fo.Dataset, key: str) -> Fields:
    """The names of the label fields that were evaluated.

    Raises:
        HoopError: If there is no evaluation of that key; the message lists the known ones.
    """
    _find(dataset, key)
    return Fields(**dataset.get_run_info(key).config.fields)


def last_fields(dataset: fo.Dataset) -> Fields:
    """The names of the label fields that were evaluated last; the usual ones before that."""
    known = list_runs(dataset)
    return run_fields(dataset, known[-1]) if known else Fields()


def load_run(dataset: fo.Dataset, key: str) -> EvaluationReport:
    """The figures of an evaluation.

    Raises:
        HoopError: If there is none of that key; the message lists the known ones.
    """
    results = _results(dataset, key)
    counts = json.loads(results.counts)
    clips = {name: unpack(ClipCounts, packed) for name, packed in counts.items()}
    return EvaluationReport(clips, about=about_part(run_shown(dataset, key)))


def load_figures(dataset: fo.Dataset, key: str) -> dict[str, Any]:
    """The figures of an evaluation as its JSON has them, without the counts of the boxes.

    Raises:
        HoopError: If there is none of that key; the message lists the known ones.
    """
    return dict(_results(dataset, key).figures)


def _results(dataset: fo.Dataset, key: str) -> Any:
    _find(dataset, key)
    return dataset.load_run_results(key, load_view=False)


def _find(dataset: fo.Dataset, key: str) -> None:
    known = list_runs(dataset)
    if key not in known:
        raise HoopError(
            f"{dataset.name!r} has no evaluation {key!r}; known: {', '.join(known) or 'none yet'}"
        )


def _stages(dataset: fo.Dataset) -> dict[str, dict[str, Any]]:
    """The settings with which each stage was run last."""
    stages = {}
    for key in dataset.list_runs():
        config = dataset.get_run_info(key).config.serialize()
        method = config.pop("method", None) or ""
        if key == f"hoop_{method.removeprefix('hoop_plugins.')}":
            stages[key.removeprefix("hoop_")] = {
                name: value for name, value in config.items() if name not in ("type", "cls")
            }
    return stages
