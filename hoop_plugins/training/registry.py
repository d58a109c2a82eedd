"""The models that were trained here: kept with where they came from, chosen by name like any other.

A model is a folder with its weights and a ``model.json``. A folder without that file belongs to a
training that has not ended.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from typing import Any

import hoop_plugins
from hoop_plugins import plugins
from hoop_plugins.data.folders import files_in
from hoop_plugins.data.new_path import new_path
from hoop_plugins.data.plain_name import check_plain_name
from hoop_plugins.errors import HoopError, UnknownModelError
from hoop_plugins.specs import ModelSpec, Role, TrainerSpec

logger = logging.getLogger(__name__)

RECORD = "model.json"


@dataclass(frozen=True)
class TrainedModel:
    """A model that was trained here.

    Attributes:
        name: What people choose it by, and what its folder is called.
        trainer: Who trained it.
        parent: What it was fine-tuned from, as it was named.
        base: Of an adapter: the model that it belongs to, a path, a hub name, or a model's name.
        data: What it learned from: dataset, view or files, and how much of it.
        configuration: The trainer's settings.
        scores: Figures on the validation split, fractions from 0 to 1; those whose names end in
            ``_before`` are the parent's.
        versions: The version of each package that took part.
        created: When it was done, ISO 8601, UTC.
    """

    name: str
    trainer: TrainerSpec
    parent: str
    base: str
    data: dict[str, Any]
    configuration: dict[str, Any]
    scores: dict[str, float]
    versions: dict[str, str] = field(default_factory=dict)
    created: str = ""

    @property
    def role(self) -> Role:
        """What it does."""
        return self.trainer.role

    @property
    def folder(self) -> Path:
        """Where it lies."""
        return models_folder() / self.name

    @property
    def weights(self) -> str:
        """A path, or "BASE+ADAPTER", whose base may be a registered model's name."""
        if self.base:
            return f"{self.base}+{self.folder}"
        files = self.trainer.files
        return str(self.folder / files[0] if len(files) == 1 else self.folder)

    @property
    def description(self) -> str:
        """One line for forms and tables: from what, on what, how good."""
        scores = []
        for name in (name for name in self.scores if "_before" not in name):
            before = self.scores.get(f"{name}_before")
            compared = "" if before is None else f" (before {before:.3f})"
            scores.append(f"{name} {self.scores[name]:.3f}{compared}")
        source = self.data.get("dataset") or self.data.get("train", "")
        told = ", ".join(scores)
        return f"trained {self.created[:10]} from {self.parent} on {source}: {told}"

    @property
    def learned(self) -> bool:
        """Whether validation found it better than its parent, as far as both were measured."""
        both = [(self.scores[name], self.scores.get(f"{name}_before")) for name in self.scores]
        return all(before is None or now > before for now, before in both)

    def spec(self) -> ModelSpec:
        """The model as the plugin manager lists it."""

        def load(source: str, device: str = "auto") -> Any:
            weights = resolved(self.role, self.weights)
            return plugins.load_model(self.role, weights, device=device)

        return ModelSpec(self.name, self.role, load, self.description, weights=self.weights)


def resolved(role: Role, weights: str) -> str:
    """Weights as a loader takes them: "BASE+ADAPTER" with the path of a base that is registered."""
    base, plus, adapter = weights.partition("+")
    known = {spec.name: spec.weights for spec in plugins.models(role)} if plus else {}
    return f"{known.get(base) or base}{plus}{adapter}"


def base_of(role: Role, model: str, base: str) -> str:
    """What the record of an adapter calls its base, given the model that was fine-tuned."""
    for known in trained():
        if (known.role, known.name) == (role, model):
            return known.base
    if any(spec.name == model and spec.weights == base for spec in plugins.models(role)):
        return model
    return str(Path(base).resolve()) if Path(base).is_dir() else base


def models_folder() -> Path:
    """The folder of all trained models, the user's own."""
    from platformdirs import user_data_path

    return user_data_path("hoop_plugins") / "models"


def trained() -> list[TrainedModel]:
    """Every recorded model, by name. One whose record cannot be read is named in a log line."""
    found = []
    for path in files_in(models_folder(), f"*/{RECORD}"):
        try:
            found.append(_read(path))
        except (OSError, ValueError, TypeError, KeyError) as error:
            logger.warning("trained model %r is left out: %s", path.parent.name, error)
    return found


def find(name: str) -> TrainedModel:
    """One recorded model; ``UnknownModelError`` lists those there are."""
    models = {model.name: model for model in trained()}
    if name not in models:
        known = ", ".join(models) or "none yet"
        raise UnknownModelError(f"no trained model {name!r}; known: {known}")
    return models[name]


def check_name(name: str) -> Path:
    """Looks whether a training may have a name.

    Returns:
        The model's folder. It exists where a training of that name was stopped.

    Raises:
        HoopError: If it cannot be a name, or is taken.
    """
    check_plain_name(name, "model")
    if name in {spec.name for spec in plugins.models()}:
        raise HoopError(f"a model {name!r} exists already: choose another name, or remove it")
    return models_folder() / name


def record(model: TrainedModel) -> TrainedModel:
    """Makes a model whose weights lie in its folder one that can be chosen; it is dated."""
    for file in model.trainer.files:
        if not (model.folder / file).is_file():
            raise HoopError(
                f"the training of {model.name!r} left no {file} in {model.folder}: train it again"
            )
    # FiftyOne may have downloaded us as a folder, which pip knows nothing of.
    versions = {"hoop-plugins": hoop_plugins.__version__}
    versions |= {name: version(name) for name in model.trainer.packages}
    now = datetime.now(timezone.utc).isoformat(timespec="seconds")
    model = replace(model, versions=versions, created=now)
    stored = {field.name: getattr(model, field.name) for field in fields(model)[2:]}
    named = {"role": model.role.value, "trainer": model.trainer.name}
    write_json(model.folder / RECORD, named | stored)
    return model


def remove(name: str) -> None:
    """Deletes a recorded model."""
    shutil.rmtree(find(name).folder)


def rename(name: str, new_name: str) -> None:
    """Gives a recorded model another name."""
    folder = find(name).folder
    target = check_name(new_name)
    if target.exists():
        raise HoopError(f"a training of {new_name!r} was stopped: choose another name")
    folder.rename(target)


def export(name: str, out: str | Path, *, merged: bool = False) -> list[Path]:
    """Writes a model for use elsewhere.

    Args:
        name: A recorded model.
        out: A new or empty folder to write into: an RF-DETR checkpoint as
            ``rfdetr.from_checkpoint`` reads it, an adapter and its processor as
            ``PeftModel.from_pretrained`` reads them.
        merged: Of an adapter: write the whole model, merged into a copy of its base, as
            ``from_pretrained`` reads it.

    Returns:
        The files written.

    Raises:
        HoopError: If there is no such model, one without an adapter is to be merged, or something
            is in ``out``: files of two models in one folder are neither.
    """
    model = find(name)
    trainer = model.trainer
    if merged and trainer.merge is None:
        raise HoopError(
            f"{name!r} is a {model.role.value}, which has no adapter: export it as it is"
        )
    with new_path(out) as folder:
        folder.mkdir()
        if merged and trainer.merge is not None:
            trainer.merge(resolved(model.role, model.weights), folder)
        elif len(trainer.files) == 1:
            weights = model.folder / trainer.files[0]
            shutil.copyfile(weights, folder / f"{name}{weights.suffix}")
        else:
            for path in files_in(model.folder, "*"):
                if path.is_file() and path.name != RECORD:
                    shutil.copyfile(path, folder / path.name)
    return sorted(Path(out).iterdir())


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Writes a file of JSON, all or nothing."""
    part = path.with_suffix(".part")
    part.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    os.replace(part, path)


def _read(path: Path) -> TrainedModel:
    stored = json.loads(path.read_text(encoding="utf-8"))
    trainers = {spec.name: spec for spec in plugins.trainers(Role(stored["role"]))}
    # The first version recorded no trainer: there was one a role, ours.
    name = stored.get("trainer", next(iter(trainers), ""))
    if name not in trainers:
        raise ValueError(f"its trainer {name!r} is not installed")
    values = {key.name: stored[key.name] for key in fields(TrainedModel)[2:]}
    return TrainedModel(path.parent.name, trainers[name], **values)
