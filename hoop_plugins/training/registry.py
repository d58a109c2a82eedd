"""The models that were trained here: kept with where they came from, chosen by name like any other.

A model is a folder with its weights and a ``model.json``. A folder without that file belongs to a
training that has not ended.
"""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from typing import Any

from platformdirs import user_data_path

from hoop_plugins import plugins
from hoop_plugins.errors import HoopError, UnknownModelError
from hoop_plugins.specs import ModelSpec, Role

logger = logging.getLogger(__name__)

RECORD = "model.json"
DETECTOR_WEIGHTS = "checkpoint_best_total.pth"
READER_WEIGHTS = ("adapter_config.json", "adapter_model.safetensors")
LIBRARIES = {
    Role.DETECTOR: ("hoop-plugins", "torch", "rfdetr"),
    Role.READER: ("hoop-plugins", "torch", "transformers", "peft"),
}
"""By role: the packages whose versions are recorded."""


@dataclass(frozen=True)
class TrainedModel:
    """A model that was trained here.

    Attributes:
        name: What people choose it by.
        role: Detector or reader.
        parent: What it was fine-tuned from, as it was named.
        base: Of a reader: the model that its adapter belongs to, a path, a hub name or "sample".
        data: What it learnt from: dataset, view or files, and how much of it.
        configuration: The trainer's settings.
        versions: The version of each package that took part.
        scores: Figures on the validation split, fractions from 0 to 1; those whose names end in
            ``_before`` are the parent's.
        created: When it was done, ISO 8601, UTC.
    """

    name: str
    role: Role
    parent: str
    base: str
    data: dict[str, Any]
    configuration: dict[str, Any]
    versions: dict[str, str]
    scores: dict[str, float]
    created: str

    @property
    def folder(self) -> Path:
        """Where it lies."""
        return models_folder() / self.name

    @property
    def weights(self) -> str:
        """A checkpoint's path, or "BASE+ADAPTER", whose base may be a registered model's name."""
        if self.role == Role.DETECTOR:
            return str(self.folder / DETECTOR_WEIGHTS)
        return f"{self.base}+{self.folder}"

    @property
    def description(self) -> str:
        """One line for forms and tables: from what, on what, how good."""
        scores = ", ".join(self._score(name) for name in self.scores if "_before" not in name)
        source = self.data.get("dataset") or self.data.get("train", "")
        return f"trained {self.created[:10]} from {self.parent} on {source}: {scores}"

    def _score(self, name: str) -> str:
        before = self.scores.get(f"{name}_before")
        return f"{name} {self.scores[name]:.3f}" + (
            f" (before {before:.3f})" if before is not None else ""
        )

    def spec(self) -> ModelSpec:
        """The model as the plugin manager lists it."""

        def load(source: str, device: str = "auto") -> Any:
            return plugins.load_model(self.role, resolved(self.weights), device=device)

        return ModelSpec(self.name, self.role, load, self.description, weights=self.weights)


def resolved(weights: str) -> str:
    """Weights as a loader takes them: "BASE+ADAPTER" with the path of a base that is registered."""
    base, plus, adapter = weights.partition("+")
    known = {spec.name: spec.weights for spec in plugins.models(Role.READER)} if plus else {}
    return f"{known.get(base) or base}{plus}{adapter}"


def models_folder() -> Path:
    """The folder of all trained models, the user's own."""
    return user_data_path("hoop_plugins") / "models"


def trained() -> list[TrainedModel]:
    """Every recorded model, by name. One whose record cannot be read is named in a log line."""
    found = []
    for path in sorted(models_folder().glob(f"*/{RECORD}")):
        try:
            found.append(_read(path))
        except (OSError, ValueError, TypeError, KeyError) as error:
            logger.warning("trained model %r is left out: %s", path.parent.name, error)
    return found


def find(name: str) -> TrainedModel:
    """One recorded model.

    Raises:
        UnknownModelError: If there is none of that name; the message lists those there are.
    """
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
    if not re.fullmatch(r"[A-Za-z0-9][\w.-]*", name):
        raise HoopError(
            f"{name!r} is no name for a model: use letters, digits, '-', '_' and '.', as street-1"
        )
    if name in {spec.name for spec in plugins.models()}:
        raise HoopError(f"a model {name!r} exists already: choose another name, or remove it")
    return models_folder() / name


def record(
    name: str,
    role: Role,
    *,
    parent: str,
    data: Mapping[str, Any],
    configuration: Mapping[str, Any],
    scores: Mapping[str, float],
    base: str = "",
) -> TrainedModel:
    """Records the model whose weights lie in its folder; from now on it can be chosen.

    Args:
        name: Its name, that of its folder.
        role: Detector or reader.
        parent: What it was fine-tuned from.
        data: What it learnt from.
        configuration: The trainer's settings.
        scores: Figures on the validation split.
        base: Of a reader: the model that the adapter belongs to.

    Raises:
        HoopError: If the weights are not there.
    """
    folder = models_folder() / name
    needed = (DETECTOR_WEIGHTS,) if role == Role.DETECTOR else READER_WEIGHTS
    for file in needed:
        if not (folder / file).is_file():
            raise HoopError(f"the training of {name!r} left no {file} in {folder}: train it again")
    model = TrainedModel(
        name=name,
        role=role,
        parent=parent,
        base=base,
        data=dict(data),
        configuration=dict(configuration),
        versions={package: version(package) for package in LIBRARIES[role]},
        scores=dict(scores),
        created=datetime.now(timezone.utc).isoformat(timespec="seconds"),
    )
    _write(folder / RECORD, model)
    return model


def remove(name: str) -> None:
    """Deletes a recorded model.

    Raises:
        UnknownModelError: If there is none of that name.
    """
    shutil.rmtree(find(name).folder)


def rename(name: str, new_name: str) -> None:
    """Gives a recorded model another name.

    Raises:
        HoopError: If there is no such model, or the new name cannot be had.
    """
    folder = find(name).folder
    target = check_name(new_name)
    if target.exists():
        raise HoopError(f"a training of {new_name!r} was stopped: choose another name")
    folder.rename(target)


def export(name: str, out: str | Path, *, merged: bool = False) -> list[Path]:
    """Writes a model for use elsewhere.

    Args:
        name: A recorded model.
        out: A new or empty folder to write into: a detector's checkpoint as
            ``rfdetr.from_checkpoint`` reads it, a reader's adapter and processor as
            ``PeftModel.from_pretrained`` reads them.
        merged: Of a reader: write the whole model, the adapter merged into a copy of its base, as
            ``from_pretrained`` reads it.

    Returns:
        The files written.

    Raises:
        HoopError: If there is no such model, a detector is to be merged, or something is in
            ``out``: files of two models in one folder are neither.
    """
    model, out = find(name), Path(out)
    if merged and model.role == Role.DETECTOR:
        raise HoopError(f"{name!r} is a detector, which has no adapter: export it as it is")
    if out.exists() and not (out.is_dir() and not any(out.iterdir())):
        raise HoopError(f"{out} is there already: give a new folder, or an empty one")
    if model.role == Role.DETECTOR:
        return [_copy(model.folder / DETECTOR_WEIGHTS, out / f"{name}.pth")]
    if merged:
        from hoop_plugins.training.reader_weights import merge_adapter

        merge_adapter(resolved(model.weights).partition("+")[0], str(model.folder), out)
        return sorted(out.iterdir())
    files = [path for path in sorted(model.folder.iterdir()) if path.name != RECORD]
    return [_copy(path, out / path.name) for path in files if path.is_file()]


def _copy(source: Path, target: Path) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.part")
    shutil.copyfile(source, part)
    os.replace(part, target)
    return target


def _read(path: Path) -> TrainedModel:
    stored = json.loads(path.read_text(encoding="utf-8"))
    known = {field.name for field in fields(TrainedModel)} - {"name"}
    values = {name: stored[name] for name in known}
    return TrainedModel(name=path.parent.name, **{**values, "role": Role(values["role"])})


def _write(path: Path, model: TrainedModel) -> None:
    stored = {name: value for name, value in asdict(model).items() if name != "name"}
    part = path.with_suffix(".part")
    text = json.dumps({**stored, "role": model.role.value}, indent=2)
    part.write_text(text + "\n", encoding="utf-8")
    os.replace(part, path)
