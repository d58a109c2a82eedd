"""Fine-tuning under a name: data, training, record. What was stopped goes on where it was."""

from __future__ import annotations

import json
import shutil
from collections.abc import Generator, Mapping
from contextlib import closing
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hoop_plugins import plugins
from hoop_plugins.compat.fiftyone import root_dataset, serialize
from hoop_plugins.data.options import check_ranges
from hoop_plugins.data.steps import mapped
from hoop_plugins.errors import HoopError, UnknownModelError
from hoop_plugins.models.loading import resolve_device
from hoop_plugins.profiles import Profile, load_profile, remembered
from hoop_plugins.specs import Role, TrainerSpec
from hoop_plugins.training import registry
from hoop_plugins.training.job import STATE_FILE, TrainingFiles, TrainingJob, TrainingProgress

if TYPE_CHECKING:
    import fiftyone as fo

BEGUN = "begun.json"
DATA = "data"
ONLY_HOW_LONG = ("minutes", "steps", "patience", "device", "threads")
"""Settings that may change when a training goes on."""


def fine_tune_steps(
    role: Role,
    name: str,
    data: TrainingFiles | fo.core.collections.SampleCollection,
    model: str | None,
    curation: Mapping[str, Any],
    settings: Mapping[str, Any],
) -> Generator[TrainingProgress, None, registry.TrainedModel]:
    """Fine-tunes a model and records it, as :func:`hoop_plugins.api.train`, which says more.

    Raises:
        HoopError: At once, if it cannot work. Nothing is left of a training that had not begun.
    """
    folder = registry.check_name(name)
    of_view = "pretrained" if isinstance(data, TrainingFiles) else remembered(root_dataset(data))
    model = model or starting_model(role, load_profile(of_view))
    trainer, job = prepare(role, model, TrainingFiles(folder, folder), folder, settings)
    if trainer.base is not None and getattr(job.settings, "full", False):
        raise HoopError("a model trained in full has no adapter to be recorded: give --out")
    if isinstance(data, TrainingFiles):
        curation, source = {}, asdict(data)
    elif trainer.curate is None:
        raise HoopError(f"trainer {trainer.name!r} makes no data from a view: give it files")
    elif not len(data):
        raise HoopError("the view is empty: choose one with labeled samples")
    else:
        source = {"dataset": data.view().dataset_name, "view": serialize(data.view())}
    kept = {key: value for key, value in settings.items() if key not in ONLY_HOW_LONG}
    request = _plain({"role": role.value, "model": model, **source, **curation, **kept})
    begun = _begin(folder, request, trainer)
    return _fine_tuned(trainer, job, data, model, curation, begun)


def find_trainer(role: Role, model: str) -> tuple[TrainerSpec, str]:
    """Who can fine-tune a model, and the path or hub name of its weights."""
    weights = _weights_of(role, model)
    trainers = plugins.trainers(role)
    for trainer in reversed(trainers):
        if trainer.accepts(weights):
            return trainer, weights
    known = ", ".join(trainer.name for trainer in trainers) or "none"
    raise HoopError(f"nothing here fine-tunes the {role.value} {weights!r}; trainers: {known}")


def starting_model(role: Role, profile: Profile) -> str:
    """What is fine-tuned where nobody says it: the profile's model, or where nothing here trains
    that, what the trainers of the role start from.
    """
    model, trainers = profile.model(role), plugins.trainers(role)
    starts = [trainer.start for trainer in trainers if trainer.start]
    try:
        weights = _weights_of(role, model)
    except UnknownModelError:
        return model  # which is refused where it is used
    return model if not starts or any(t.accepts(weights) for t in trainers) else starts[-1]


def _weights_of(role: Role, model: str) -> str:
    return registry.resolved(role, plugins.find_model(role, model).weights or model)


def prepare(
    role: Role,
    model: str | None,
    files: TrainingFiles,
    folder: Path,
    settings: Mapping[str, Any],
) -> tuple[TrainerSpec, TrainingJob]:
    """Who trains a model (by default what "pretrained" leads to), and what is asked of him.

    Raises:
        HoopError: If nobody can, or not with these settings or on this device.
    """
    trainer, weights = find_trainer(role, model or starting_model(role, load_profile()))
    known = [field.name for field in fields(trainer.settings)]
    if strange := sorted(set(settings) - set(known)):
        raise HoopError(
            f"trainer {trainer.name!r} has no setting {strange[0]!r}; known: {', '.join(known)}"
        )
    resolve_device(settings.get("device") or "auto")
    made = trainer.settings(**settings)
    check_ranges(made)
    return trainer, TrainingJob(files, folder, weights, made)


def _fine_tuned(
    trainer: TrainerSpec,
    job: TrainingJob,
    data: Any,
    model: str,
    curation: Mapping[str, Any],
    begun: dict[str, Any],
) -> Generator[TrainingProgress, None, registry.TrainedModel]:
    folder = job.folder
    new = not folder.exists()
    try:
        if "train" not in begun:
            folder.mkdir(parents=True, exist_ok=True)
            begun |= yield from _files(trainer, data, folder / DATA, curation)
            registry.write_json(folder / BEGUN, begun)
        job = replace(job, files=TrainingFiles(Path(begun["train"]), Path(begun["valid"])))
        scores: Mapping[str, float] = {}
        with closing(trainer.train(job)) as steps:
            for step in steps:
                scores = step.scores
                yield step
    except HoopError:
        if new and not (folder / STATE_FILE).exists():
            shutil.rmtree(folder)
        raise
    base = trainer.base(job.weights) if trainer.base else ""
    recorded = registry.record(
        registry.TrainedModel(
            folder.name,
            trainer,
            parent=model,
            base=registry.base_of(trainer.role, model, base) if base else "",
            data=begun["source"],
            configuration=_plain(asdict(job.settings)),
            scores=dict(scores),
        )
    )
    shutil.rmtree(folder / DATA, ignore_errors=True)
    for left in (BEGUN, STATE_FILE):
        (folder / left).unlink(missing_ok=True)
    return recorded


def _begin(folder: Path, request: dict[str, Any], trainer: TrainerSpec) -> dict[str, Any]:
    """What is known of a training of that name: of a new one, the request alone."""
    path = folder / BEGUN
    if not path.is_file():
        return {"request": request}
    begun: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    declared = [*fields(trainer.curation or trainer.settings), *fields(trainer.settings)]
    # To say nothing is to say the default.
    defaults = _plain({field.name: field.default for field in declared})
    for key in sorted({*request, *begun["request"]}):
        old, new = ({**defaults, **given}.get(key) for given in (begun["request"], request))
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
    assert trainer.curate is not None
    shutil.rmtree(folder, ignore_errors=True)

    def told(counts: tuple[int, int]) -> TrainingProgress:
        done, total = counts
        text = f"training data: {done} of {total} {trainer.example}"
        return TrainingProgress(done / max(total, 1), text)

    made = yield from mapped(trainer.curate(data, folder, **curation), told)
    return {"train": str(made.train), "valid": str(made.valid), "source": _plain(made.source)}


def _count(path: Path) -> int:
    """Images of a COCO file, rows of JSON Lines; the trainer says what is wrong with the rest."""
    try:
        text = path.read_text(encoding="utf-8")
        return len(json.loads(text)["images"]) if path.suffix == ".json" else text.count("\n")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise HoopError(f"cannot read the training data {str(path)!r}: {error}") from error


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """As JSON gives it back, without what is empty."""
    plain: dict[str, Any] = json.loads(json.dumps(dict(values), default=str))
    return {key: value for key, value in plain.items() if value is not None}
