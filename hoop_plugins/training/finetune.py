"""Fine-tuning under a name: data, training, record. What was stopped goes on where it was."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Generator, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hoop_plugins import plugins
from hoop_plugins.compat.fiftyone import serialize
from hoop_plugins.errors import HoopError
from hoop_plugins.specs import Role
from hoop_plugins.training import registry

if TYPE_CHECKING:
    import fiftyone as fo

BEGUN = "begun.json"
DATA = "data"
ONLY_HOW_LONG = ("minutes", "steps", "patience", "device", "threads")
"""Settings that may change when a training goes on."""


@dataclass(frozen=True)
class Files:
    """Training data on disk.

    Attributes:
        train: COCO annotations for the detector, JSON Lines for the reader.
        valid: The same, of other games.
    """

    train: Path
    valid: Path


@dataclass(frozen=True)
class Step:
    """How a fine-tuning stands.

    Attributes:
        fraction: Share that is done of what the text is about, in [0, 1].
        text: What is being done: with loss and validation score once it trains.
        passing: Whether the text is a count that the next one replaces.
    """

    fraction: float
    text: str
    passing: bool = False


def fine_tune(
    role: Role,
    name: str,
    data: Files | fo.core.collections.SampleCollection,
    *,
    progress: Callable[[Step], Any] | None = None,
    **settings: Any,
) -> registry.TrainedModel:
    """Fine-tunes a model and records it; arguments as for :func:`fine_tune_steps`.

    Returns:
        The new model.
    """
    with closing(fine_tune_steps(role, name, data, **settings)) as steps:
        for step in steps:
            if progress is not None:
                progress(step)
    return registry.find(name)


def fine_tune_steps(
    role: Role,
    name: str,
    data: Files | fo.core.collections.SampleCollection,
    *,
    model: str,
    curation: Mapping[str, Any] | None = None,
    **settings: Any,
) -> Generator[Step, None, None]:
    """Fine-tunes a model, records it, and yields how it stands; closing the iterator stops it.

    The same call goes on where an earlier one of that name was stopped.

    Args:
        role: Detector or reader.
        name: The new model's.
        data: Files, or the view to make them from.
        model: What to fine-tune: a model's name, a path or a hub name.
        curation: Of a view: settings of ``curation.detector_steps`` or ``curation.reader_steps``.
        **settings: Those of ``detector.detector_steps`` or ``reader.reader_steps``, the budget
            (``minutes`` or ``steps``) among them.

    Yields:
        How it stands.

    Raises:
        HoopError: If the name is taken, the data or the model cannot be used, or a training of that
            name was begun otherwise. Nothing is left then of one that had not begun.
    """
    folder = registry.check_name(name)
    weights = registry.resolved(plugins.find_model(role, model).weights or model)
    curation = {} if isinstance(data, Files) else dict(curation or {})
    begun = _begin(folder, _request(role, data, model, curation, settings))
    new = not folder.exists()
    try:
        if "train" not in begun:
            folder.mkdir(parents=True, exist_ok=True)
            begun |= yield from _files(role, data, folder / DATA, curation)
            _write(folder / BEGUN, begun)
        files = Files(Path(begun["train"]), Path(begun["valid"]))
        scores = yield from _train(role, files, folder, weights, settings)
    except HoopError:
        if new and not any(folder.glob("*.pt*")):
            shutil.rmtree(folder)
        raise
    registry.record(
        name,
        role,
        parent=model,
        base=_base(role, model, weights),
        data=begun["source"],
        configuration={key: value for key, value in _plain(settings).items() if value is not None},
        scores=scores,
    )
    for left in (DATA, BEGUN, "training_state.pt", "checkpoint_last.pth"):
        path = folder / left
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def _request(
    role: Role,
    data: Any,
    model: str,
    curation: Mapping[str, Any],
    settings: Mapping[str, Any],
) -> dict[str, Any]:
    """What must be the same when a training goes on."""
    if isinstance(data, Files):
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
    role: Role, data: Any, folder: Path, curation: Mapping[str, Any]
) -> Generator[Step, None, dict[str, Any]]:
    """Yields steps; returns the paths of the files, and where they come from."""
    if isinstance(data, Files):
        counts = {f"{split}_{_UNIT[role]}": _count(path) for split, path in _splits(data)}
        source = {split: str(path) for split, path in _splits(data)}
        return {**source, "source": {**source, **counts}}
    from hoop_plugins.training import curation as curating

    shutil.rmtree(folder, ignore_errors=True)
    prepare = curating.detector_steps if role == Role.DETECTOR else curating.reader_steps
    steps = prepare(data, folder, **curation)
    while True:
        try:
            done, total = next(steps)
        except StopIteration as end:
            made = end.value
            break
        text = f"training data: {done} of {total} {_UNIT[role]}"
        yield Step(done / max(total, 1), text, passing=True)
    if role == Role.DETECTOR:
        from hoop_plugins.training.detector_data import splits

        train, valid = splits(made.folder)
    else:
        train, valid = made.train, made.valid
    return {"train": str(train), "valid": str(valid), "source": _plain(made.source)}


_UNIT = {Role.DETECTOR: "images", Role.READER: "crops"}


def _splits(files: Files) -> list[tuple[str, Path]]:
    return [("train", files.train), ("valid", files.valid)]


def _count(path: Path) -> int:
    """Images of a COCO file, rows of JSON Lines; the trainer says what is wrong with the rest."""
    try:
        text = path.read_text(encoding="utf-8")
        return len(json.loads(text)["images"]) if path.suffix == ".json" else text.count("\n")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise HoopError(f"cannot read the training data {str(path)!r}: {error}") from error


def _train(
    role: Role, files: Files, folder: Path, weights: str, settings: Mapping[str, Any]
) -> Generator[Step, None, dict[str, float]]:
    """Yields steps; returns the scores."""
    steps: Generator[Any, None, None]
    if role == Role.DETECTOR:
        from hoop_plugins.training.detector import detector_steps

        steps = detector_steps((files.train, files.valid), folder, checkpoint=weights, **settings)
    else:
        from hoop_plugins.models.smolvlm import split_source
        from hoop_plugins.training.reader import reader_steps

        base, adapter = split_source(weights)
        steps = reader_steps(
            files.train, files.valid, folder, base=base, adapter=adapter, **settings
        )
    scores: dict[str, float] = {}
    with closing(steps):
        for now in steps:
            scores = now.scores
            yield Step(now.fraction, str(now))
    return scores


def _base(role: Role, model: str, weights: str) -> str:
    """The base that a reader's adapter belongs to, as the registry names it."""
    if role == Role.DETECTOR:
        return ""
    if model == "sample":
        return model
    from hoop_plugins.models.smolvlm import split_source

    parents = {known.name: known.base for known in registry.trained()}
    base = parents.get(model) or split_source(weights)[0]
    return str(Path(base).resolve()) if Path(base).is_dir() else base


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """As JSON gives it back."""
    plain: dict[str, Any] = json.loads(json.dumps(dict(values), default=str))
    return plain


def _write(path: Path, content: Mapping[str, Any]) -> None:
    part = path.with_suffix(".part")
    part.write_text(json.dumps(content, indent=2), encoding="utf-8")
    os.replace(part, path)
