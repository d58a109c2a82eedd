"""The operators of crops: laid out in the Embeddings panel, read, labeled, and readers compared."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, ClassVar

import fiftyone as fo
import fiftyone.operators as foo

from hoop_plugins import api
from hoop_plugins.errors import HoopError
from hoop_plugins.operators.base import (
    HoopOperator,
    LongOperator,
    chosen_profile,
    shown_profile,
)
from hoop_plugins.operators.run_card import Action, Ending

if TYPE_CHECKING:
    from hoop_plugins.api.crops import EmbeddedCrops
    from hoop_plugins.training.prelabel import Prelabeled

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
    icon = "scatter_plot"
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

    def ending(self, ctx: Any, result: EmbeddedCrops) -> Ending:
        """Where the crops are."""
        opened = Action("Open the crops", "open_dataset", {"dataset": result.dataset})
        return Ending([self.summary(result)], [opened])

    def summary(self, result: EmbeddedCrops) -> str:
        """How to see them."""
        return f"{result.dataset}: open the Embeddings panel there, and choose {result.brain_key}"


class PrelabelNumbers(LongOperator):
    """Lets any reader read the crops of an image dataset, or the number boxes of videos.

    Its parameters, all optional: ``reader``, ``device``, ``stride``, ``limit`` and ``name``.
    """

    operator_name = "prelabel_numbers"
    title = "prelabel numbers"
    icon = "auto_fix_high"
    explanation = (
        "A reader reads number crops, and a saved view shows the least certain first, to be "
        "labeled. Of videos, the number boxes are cut out into a dataset."
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

    def ending(self, ctx: Any, result: Prelabeled) -> Ending:
        """What is done and what is left, and where the crops are."""
        from hoop_plugins.training.prelabel import VIEW

        if result.dataset.name == ctx.dataset.name:
            following = Action("Least certain first", "set_view", {"name": VIEW})
        else:
            following = Action("Open the crops", "open_dataset", {"dataset": result.dataset.name})
        return Ending([self.summary(result), labeled_line(result.dataset)], [following])

    def summary(self, result: Prelabeled) -> str:
        """How many were read."""
        from hoop_plugins.training.prelabel import VIEW

        return f"{result.crops} crops read: see the saved view '{VIEW}' of {result.dataset.name}"


class ScoreReader(LongOperator):
    """Compares readers on the labeled crops of an image dataset.

    Its parameters, all optional: ``readers``, ``field``, ``limit`` and ``device``.
    """

    operator_name = "score_reader"
    title = "score readers"
    icon = "leaderboard"
    explanation = (
        "Readers read the same labeled crops: what each says is written beside the label, and a "
        "saved view shows where they differ."
    )
    target = "Read"
    use_case = api.score_reader
    form: ClassVar = {
        "readers": lambda ctx: {"choices": _readers()},
        "field": {},
        "limit": {"min": 1},
        "device": {},
    }

    def finish(self, ctx: Any, result: Any, messages: Iterable[str]) -> Iterator[Any]:
        """Opens the view of where they differ, and says how many were read right."""
        from hoop_plugins.training.compare import VIEW

        yield from super().finish(ctx, result, messages)
        if len(result.scores) > 1:
            yield ctx.ops.set_view(name=VIEW)

    def summary(self, result: Any) -> str:
        """The exact match of each."""
        found = [f"{name} {scores.exact:.3f}" for name, scores in result.scores.items()]
        return f"Share of crops read right: {', '.join(found)}"


def _readers() -> dict[str, str]:
    """The readers that can be chosen by name, and what they are."""
    from hoop_plugins import plugins
    from hoop_plugins.specs import Role, accepts_nothing

    specs = plugins.models(Role.READER)
    return {spec.name: spec.name for spec in specs if spec.accepts is accepts_nothing}


class LabelCrops(HoopOperator):
    """Says what is to be read on the selected crops."""

    operator_name = "label_crops"
    title = "label crops"
    icon = "label"
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
        """How many crops it is about, and how many are left."""
        return f"{len(ctx.selected or ())} crops are selected. {labeled_line(ctx.dataset)}."

    def check(self, ctx: Any) -> None:
        """Refuses where nothing is selected."""
        if not ctx.selected:
            raise HoopError("no crops are selected: select some in the grid first")

    def execute(self, ctx: Any) -> None:
        """Labels them."""
        count = api.label_crops(ctx.dataset.select(ctx.selected or []), **self.given(ctx))
        ctx.ops.reload_samples()
        ctx.ops.clear_selected_samples()
        told = f"{count} crops labeled; {labeled_line(ctx.dataset)}"
        ctx.ops.notify(told, variant="success")


def labeled_line(crops: fo.Dataset) -> str:
    """How many crops people have labeled, and how many are left."""
    from hoop_plugins.training.prelabel import count_labeled

    done, total = count_labeled(crops)
    return f"{done} of {total} crops have a label; left: {total - done}"
