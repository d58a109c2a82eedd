"""The operators that let a reader label number crops, and people correct them."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from typing import Any

import fiftyone.operators as foo
from fiftyone.operators import types

from hoop_plugins.errors import HoopError
from hoop_plugins.operators.base import HoopOperator, LongOperator, show_changes
from hoop_plugins.operators.inputs import choose_device, choose_model


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

    def fill(self, inputs: types.Object, ctx: Any) -> None:
        """A reader; of videos, which crops."""
        from hoop_plugins.api.crops import UNTUNED
        from hoop_plugins.specs import Role

        choose_model(
            inputs,
            Role.READER,
            "reader",
            default=UNTUNED,
            label="Reader",
            description="Any reader, also an untuned one: a name, a folder, or a hub name.",
        )
        if ctx.dataset.media_type == "video":
            inputs.int(
                "stride",
                default=25,
                label="Stride",
                min=1,
                description="The least number of frames between two crops of one track.",
            )
            inputs.int("limit", label="Limit", min=2, description="Crops at most; empty: all.")
            inputs.str(
                "name",
                label="Dataset of crops",
                description=f"Empty: {ctx.dataset.name}-crops.",
            )
        choose_device(inputs)

    def start(self, ctx: Any) -> Generator[Any, None, Any]:
        """Reads."""
        from hoop_plugins.api import prelabel

        given = {name: value for name, value in ctx.params.items() if value not in (None, "")}
        names = ("reader", "device", "stride", "limit", "name")
        return prelabel.steps(
            ctx.target_view(), **{name: given[name] for name in names if name in given}
        )

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

    def fill(self, inputs: types.Object, ctx: Any) -> None:
        """The number."""
        inputs.str(
            "number",
            label="Number",
            description="0 to 99, 00, or none where nothing can be read. Empty: what the reader "
            "said of each is right.",
        )

    def check(self, ctx: Any) -> None:
        """Refuses where nothing is selected."""
        if not ctx.selected:
            raise HoopError("no crops are selected: select some in the grid first")

    def run(self, ctx: Any) -> None:
        """Labels them."""
        from hoop_plugins.api import label_crops

        count = label_crops(ctx.dataset.select(ctx.selected or []), ctx.params.get("number") or "")
        ctx.ops.reload_samples()
        ctx.ops.clear_selected_samples()
        ctx.ops.notify(f"{count} crops labelled", variant="success")
