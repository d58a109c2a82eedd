"""The operators of crops: laid out in the Embeddings panel, read, and labeled."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, ClassVar

import fiftyone.operators as foo

from hoop_plugins import api
from hoop_plugins.errors import HoopError
from hoop_plugins.operators.base import (
    HoopOperator,
    LongOperator,
    chosen_profile,
    show_changes,
    shown_profile,
)

ROLES = {"players": "players, as teams are told apart", "numbers": "numbers, as they are read"}


def _of_videos(**about: Any) -> Callable[[Any], dict[str, Any] | None]:
    """What is asked only where crops are cut out of videos."""
    return lambda ctx: about if ctx.dataset.media_type == "video" else None


class EmbedCrops(LongOperator):
    """Embeds crops of the target view's videos.

    Its parameters, all optional: ``role`` ("players" or "numbers"), ``profile``, ``interval`` in
    seconds, and ``device``.
    """

    operator_name = "embed_crops"
    title = "embed crops"
    explanation = (
        "Crops that look alike lie together in the Embeddings panel: color them by team or "
        "number, and see who lies with the wrong ones."
    )
    target = "Take crops from"
    use_case = api.embed
    form: ClassVar = {
        "role": {"label": "Crops", "choices": ROLES},
        "profile": lambda ctx: {"default": shown_profile(ctx).name},
        "interval": {},
        "device": {},
    }

    def given(self, ctx: Any) -> dict[str, Any]:
        """The profile is also the dataset's own."""
        return {**super().given(ctx), "profile": chosen_profile(ctx)}

    def finish(self, ctx: Any, result: Any, messages: Iterable[str]) -> Iterator[Any]:
        """Opens the dataset of the crops."""
        yield ctx.ops.open_dataset(result.dataset)
        yield ctx.ops.notify(
            f"Open the Embeddings panel, and choose {result.brain_key}", variant="success"
        )


class PrelabelNumbers(LongOperator):
    """Lets any reader read the crops of an image dataset, or the number boxes of videos.

    Its parameters, all optional: ``reader``, ``device``, ``stride``, ``limit`` and ``name``.
    """

    operator_name = "prelabel_numbers"
    title = "prelabel numbers"
    explanation = (
        "A reader reads number crops, and a saved view shows the least certain first, to be "
        "corrected. Of videos, the number boxes are cut out into a dataset."
    )
    target = "Read"
    use_case = api.prelabel
    form: ClassVar = {
        "reader": {},
        "stride": _of_videos(min=1),
        "limit": _of_videos(min=2),
        "name": _of_videos(label="Dataset of crops"),
        "device": {},
    }

    def finish(self, ctx: Any, result: Any, messages: Iterable[str]) -> Iterator[Any]:
        """Opens the view of the crops."""
        from hoop_plugins.training.prelabel import VIEW

        if result.dataset.name == ctx.dataset.name:
            yield show_changes(ctx)
            yield ctx.ops.set_view(name=VIEW)
        else:
            yield ctx.ops.open_dataset(result.dataset.name)
        yield ctx.ops.notify(
            f"{result.crops} crops read: see the saved view '{VIEW}'", variant="success"
        )


class LabelCrops(HoopOperator):
    """Says what is to be read on the selected crops."""

    operator_name = "label_crops"
    title = "label crops"
    explanation = (
        "Writes the number of the selected crops into ground_truth, which train_reader learns from."
    )
    required = ("number",)
    use_case = staticmethod(api.label_crops)
    form: ClassVar = {"number": {}}

    def __call__(self, view: Any, *values: Any, delegate: bool = False, **params: Any) -> Any:
        """Runs the operator from a script.

        Args:
            view: Crops.
            *values: The number, as in the form.
            delegate: Makes no difference: it is done at once.
            **params: The number by its name, ``number``.

        Returns:
            FiftyOne's ``ExecutionResult``.
        """
        params |= zip(self.required, values, strict=False)
        ids = view.values("id")
        return foo.execute_operator(self.uri, view=view.view(), params=params, selected=ids)

    def about(self, ctx: Any) -> str:
        """How many crops it is about."""
        return f"{len(ctx.selected or ())} crops are selected."

    def check(self, ctx: Any) -> None:
        """Refuses where nothing is selected."""
        if not ctx.selected:
            raise HoopError("no crops are selected: select some in the grid first")

    def execute(self, ctx: Any) -> None:
        """Labels them."""
        count = api.label_crops(ctx.dataset.select(ctx.selected or []), **self.given(ctx))
        ctx.ops.reload_samples()
        ctx.ops.clear_selected_samples()
        ctx.ops.notify(f"{count} crops labeled", variant="success")
