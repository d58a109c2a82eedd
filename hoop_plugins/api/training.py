"""Fine-tuning under a name."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from typing import TYPE_CHECKING, Any

from hoop_plugins.api.use_case import UseCase
from hoop_plugins.errors import HoopError
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
        role: "detector" or "reader".
        name: The new model's.
        data: TrainingFiles, or the view to make them from.
        model: What to fine-tune: a name, path or hub name; by default that of "pretrained".
        curation: Of a view: how it becomes training data.
        progress: Called with how it stands.
        **settings: The trainer's, the budget (``minutes`` or ``steps``) among them.

    Returns:
        The new model.

    Raises:
        HoopError: If the name is taken, or the data, the model or the device cannot be used.
    """
    from hoop_plugins import plugins
    from hoop_plugins.models.loading import resolve_device
    from hoop_plugins.profiles import load_profile
    from hoop_plugins.training.finetune import fine_tune_steps
    from hoop_plugins.training.job import TrainingFiles
    from hoop_plugins.training.registry import check_name

    role = Role(role)
    check_name(name)
    model = model or load_profile().model(role)
    plugins.find_model(role, model)
    resolve_device(settings.get("device") or "auto")
    if not isinstance(data, TrainingFiles) and not len(data):
        raise HoopError("the view is empty: choose one with labelled samples")
    return fine_tune_steps(role, name, data, model=model, curation=curation, **settings)
