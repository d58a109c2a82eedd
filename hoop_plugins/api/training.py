"""Fine-tuning, under a name or into a folder."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hoop_plugins.api.use_case import UseCase
from hoop_plugins.data.options import Option, options_of
from hoop_plugins.specs import Role

if TYPE_CHECKING:
    import fiftyone as fo

    from hoop_plugins.training.job import TrainingFiles, TrainingProgress
    from hoop_plugins.training.registry import TrainedModel


@UseCase
def train(
    role: Role | str,
    name: str,
    data: TrainingFiles | fo.core.collections.SampleCollection,
    *,
    model: str | None = None,
    curation: Mapping[str, Any] | None = None,
    progress: Callable[[TrainingProgress], Any] | None = None,
    **settings: Any,
) -> Generator[TrainingProgress, None, TrainedModel]:
    """Fine-tunes a model, and keeps the best one under a name that can be chosen everywhere.

    The same call goes on where an earlier one of that name was stopped.

    Args:
        role: "detector" or "reader", or another that something trains.
        name: The new model's.
        data: TrainingFiles, or the view to make them from.
        model: What to fine-tune: a name, path or hub name; by default that of the profile
            that the view's dataset was recognized with, or of "pretrained"; where nothing trains
            that, as PP-OCR, what the trainer starts from: SmolVLM2 for readers.
        curation: Of a view: how it becomes training data.
        progress: Called with how it stands.
        **settings: The trainer's, the budget (``minutes`` or ``steps``) among them; both as
            :func:`training_options` lists them.

    Returns:
        The new model.

    Raises:
        HoopError: If the name is taken, the data, the model, a setting or the device cannot be
            used, or a training of that name was begun otherwise.
    """
    from hoop_plugins.training.finetune import fine_tune_steps

    return fine_tune_steps(Role(role), name, data, model, curation or {}, settings)


@UseCase
def train_into(
    folder: str | Path,
    role: Role | str,
    files: TrainingFiles,
    *,
    model: str | None = None,
    progress: Callable[[TrainingProgress], Any] | None = None,
    **settings: Any,
) -> Generator[TrainingProgress, None, None]:
    """Fine-tunes a model into a folder, without keeping it among the models.

    The same call goes on where an earlier one into that folder was stopped.

    Args:
        folder: Where the weights and the training's state go.
        role: As of :func:`train`.
        files: The training data.
        model: As of :func:`train`.
        progress: Called with how it stands.
        **settings: The trainer's, as of :func:`train`.

    Raises:
        HoopError: As :func:`train`.
    """
    from hoop_plugins.training.finetune import prepare

    trainer, job = prepare(Role(role), model, files, Path(folder), settings)
    steps: Generator[TrainingProgress, None, None] = trainer.train(job)
    return steps


def training_options(role: Role | str, model: str = "") -> tuple[list[Option], list[Option]]:
    """What a training can be told.

    Args:
        role: What is trained.
        model: What is fine-tuned; by default what all trainers of the role can be told.

    Returns:
        The trainer's settings, and how a view becomes training data.

    Raises:
        HoopError: If nothing trains the model.
    """
    from hoop_plugins import plugins

    trainers = plugins.trainers(Role(role))
    if model:
        from hoop_plugins.training.finetune import find_trainer

        trainers = [find_trainer(Role(role), model)[0]]
    settings: dict[str, Option] = {}
    curation: dict[str, Option] = {}
    for trainer in trainers:
        settings = {option.name: option for option in options_of(trainer.settings)} | settings
        if trainer.curation is not None:
            curation = {option.name: option for option in options_of(trainer.curation)} | curation
    # A seed is one of the training.
    return list(settings.values()), [o for o in curation.values() if o.name not in settings]
