"""Fine-tuning under a name: data, training, record. What was stopped goes on where it was."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Generator, Mapping
from contextlib import closing
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hoop_plugins import plugins
from hoop_plugins.compat.fiftyone import serialize
from hoop_plugins.errors import HoopError
from hoop_plugins.specs import Role, TrainerSpec
from hoop_plugins.training import registry
from hoop_plugins.training.job import STATE_FILE, TrainingFiles, TrainingJob, TrainingProgress
from hoop_plugins.training.steps import drain

if TYPE_CHECKING:
    import fiftyone as fo

BEGUN = "begun.json"
DATA = "data"
ONLY_HOW_LONG = ("minutes", "steps", "patience", "device", "threads")
"""Settings that may change when a training goes on."""


def fine_tune(
    role: Role,
    name: str,
    data: TrainingFiles | fo.core.collections.SampleCollection,
    *,
    progress: Callable[[TrainingProgress], Any] | None = None,
    **settings: Any,
) -> registry.TrainedModel:
    """Fine-tunes a model and records it; arguments as for :func:`fine_tune_steps`.

    Returns:
        The new model.
    """
    return drain(fine_tune_steps(role, name, data, **settings), progress)


def fine_tune_steps(
    role: Role,
    name: str,
    data: TrainingFiles | fo.core.collections.SampleCollection,
    *,
    model: str,
    curation: Mapping[str, Any] | None = None,
    **settings: Any,
) -> Generator[TrainingProgress, None, registry.TrainedModel]:
    """Fine-tunes a model, records it, and yields how it stands; closing the iterator stops it.

    The same call goes on where an earlier one of that name was stopped.

    Args:
        role: The role of the model.
        name: The new model's.
        data: TrainingFiles, or the view to make them from.
        model: What to fine-tune: a model's name, a path or a hub name.
        curation: Of a view: how the trainer makes data from it.
        **settings: Those of the trainer, the budget (``minutes`` or ``steps``) among them.

    Yields:
        How it stands.

    Returns:
        The new model.

    Raises:
        HoopError: If the name is taken, the data or the model cannot be used, or a training of that
            name was begun otherwise. Nothing is left then of one that had not begun.
    """
    folder = registry.check_name(name)
    weights = _weights(role, model)
    trainer = find_trainer(role, weights)
    curation = {} if isinstance(data, TrainingFiles) else dict(curation or {})
    begun = _begin(folder, _request(role, data, model, curation, settings))
    new = not folder.exists()
    try:
        if "train" not in begun:
            folder.mkdir(parents=True, exist_ok=True)
            begun |= yield from _files(trainer, data, folder / DATA, curation)
            _write(folder / BEGUN, begun)
        files = TrainingFiles(Path(begun["train"]), Path(begun["valid"]))
        scores: Mapping[str, float] = {}
        with closing(train_steps(role, files, folder, model=model, **settings)) as steps:
            for step in steps:
                scores = step.scores
                yield step
    except HoopError:
        if new and not (folder / STATE_FILE).exists():
            shutil.rmtree(folder)
        raise
    recorded = registry.record(
        name,
        trainer,
        parent=model,
        base=registry.base_of(role, model, trainer.base(weights)) if trainer.base else "",
        data=begun["source"],
        configuration={key: value for key, value in _plain(settings).items() if value is not None},
        scores=scores,
    )
    shutil.rmtree(folder / DATA, ignore_errors=True)
    for left in (BEGUN, STATE_FILE):
        (folder / left).unlink(missing_ok=True)
    return recorded


def train_steps(
    role: Role, files: TrainingFiles, folder: Path, *, model: str, **settings: Any
) -> Generator[TrainingProgress, None, None]:
    """Fine-tunes a model into a folder, unrecorded; closing the iterator stops it.

    The same call goes on where an earlier one with that folder was stopped.

    Args:
        role: The role of the model.
        files: What to learn from, and what to measure on.
        folder: Where the weights go.
        model: What to fine-tune: a model's name, a path or a hub name.
        **settings: Those of the trainer.

    Yields:
        How it stands.

    Raises:
        HoopError: If the data or the model cannot be used, or the trainer lacks a setting.
    """
    weights = _weights(role, model)
    trainer = find_trainer(role, weights)
    known = [field.name for field in fields(trainer.settings)]
    if strange := sorted(set(settings) - set(known)):
        raise HoopError(
            f"trainer {trainer.name!r} has no setting {strange[0]!r}; known: {', '.join(known)}"
        )
    yield from trainer.train(TrainingJob(files, folder, weights, trainer.settings(**settings)))


def find_trainer(role: Role, weights: str) -> TrainerSpec:
    """Who can fine-tune a model.

    Raises:
        HoopError: If nobody can.
    """
    trainers = plugins.trainers(role)
    for trainer in reversed(trainers):
        if trainer.accepts(weights):
            return trainer
    known = ", ".join(trainer.name for trainer in trainers) or "none"
    raise HoopError(f"nothing here fine-tunes the {role.value} {weights!r}; trainers: {known}")


def _weights(role: Role, model: str) -> str:
    return registry.resolved(role, plugins.find_model(role, model).weights or model)


def _request(
    role: Role,
    data: Any,
    model: str,
    curation: Mapping[str, Any],
    settings: Mapping[str, Any],
) -> dict[str, Any]:
    """What must be the same when a training goes on."""
    if isinstance(data, TrainingFiles):
        source: dict[str, Any] = asdict(data)
    else:
        view = data.view()
        source = {"dataset": view.dataset_name, "view": serialize(view)}
    kept = {key: value for key, value in settings.items() if key not in ONLY_HOW_LONG}
    request = {"role": role.value, "model": model, **source, **curation, **kept}
    return {key: value for key, value in _plain(request).items() if value is not None}


def _begin(folder: Path, request: dict[str, Any]) -> dict[str, Any]:
    """What is known of a training of that name: of a new one, the request alone."""
    path = folder / BEGUN
    if not path.is_file():
        return {"request": request}
    begun: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    for key in sorted({*request, *begun["request"]}):
        old, new = begun["request"].get(key), request.get(key)
        if old != new:
            raise HoopError(
                f"the training of {folder.name!r} was begun with {key} {old!r}, not {new!r}: give "
                "the same to go on, or another name"
            )
    return begun


def _files(
    trainer: TrainerSpec, data: Any, folder: Path, curation: Mapping[str, Any]
) -> Generator[TrainingProgress, None, dict[str, Any]]:
    """Yields steps; returns the paths of the files, and where they come from."""
    if isinstance(data, TrainingFiles):
        paths = {split: str(path) for split, path in asdict(data).items()}
        counts = {f"{split}_{trainer.example}": _count(Path(path)) for split, path in paths.items()}
        return {**paths, "source": {**paths, **counts}}
    if trainer.curate is None:
        raise HoopError(f"trainer {trainer.name!r} makes no data from a view: give it files")
    shutil.rmtree(folder, ignore_errors=True)
    steps = trainer.curate(data, folder, **curation)
    while True:
        try:
            done, total = next(steps)
        except StopIteration as end:
            made = end.value
            paths = {"train": str(made.train), "valid": str(made.valid)}
            return {**paths, "source": _plain(made.source)}
        text = f"training data: {done} of {total} {trainer.example}"
        yield TrainingProgress(done / max(total, 1), text)


def _count(path: Path) -> int:
    """Images of a COCO file, rows of JSON Lines; the trainer says what is wrong with the rest."""
    try:
        text = path.read_text(encoding="utf-8")
        return len(json.loads(text)["images"]) if path.suffix == ".json" else text.count("\n")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise HoopError(f"cannot read the training data {str(path)!r}: {error}") from error


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """As JSON gives it back."""
    plain: dict[str, Any] = json.loads(json.dumps(dict(values), default=str))
    return plain


def _write(path: Path, content: Mapping[str, Any]) -> None:
    part = path.with_suffix(".part")
    part.write_text(json.dumps(content, indent=2), encoding="utf-8")
    os.replace(part, path)
