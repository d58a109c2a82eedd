"""The operators that let a reader label number crops, and people put them right."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import fiftyone.operators as foo
from fiftyone.operators import types

from hoop_plugins.errors import HoopError
from hoop_plugins.operators.showing import show_changes
from hoop_plugins.operators.stage_operator import DEVICES, UPDATE_SECONDS

UNTUNED = "HuggingFaceTB/SmolVLM2-500M-Video-Instruct"


class PrelabelNumbers(foo.Operator):
    """Lets any reader read the crops of an image dataset, or the number boxes of videos."""

    @property
    def config(self) -> foo.OperatorConfig:
        """See FiftyOne's ``Operator.config``."""
        return foo.OperatorConfig(
            name="prelabel_numbers",
            label="Hoop: prelabel numbers",
            description="A reader reads number crops, and a saved view shows the least certain "
            "first, to be corrected. Of videos, the number boxes are cut out into a dataset.",
            dynamic=True,
            execute_as_generator=True,
            allow_immediate_execution=True,
            allow_delegated_execution=True,
        )

    def __call__(self, view: Any, delegate: bool = False, **params: Any) -> Any:
        """Runs the operator from a script, with the parameters of its form.

        Args:
            view: Images that are crops, or videos.
            delegate: Whether to queue it for FiftyOne's delegated execution.
            **params: reader, device, stride, limit, name.

        Returns:
            FiftyOne's ``ExecutionResult``.
        """
        return foo.execute_operator(
            self.uri, view=view.view(), params=params, request_delegation=delegate
        )

    def resolve_input(self, ctx: Any) -> types.Property:
        """See FiftyOne's ``Operator.resolve_input``."""
        from hoop_plugins import plugins
        from hoop_plugins.specs import Role

        inputs = types.Object()
        inputs.view_target(ctx, action_description="Read")
        readers, devices = (types.AutocompleteView(allow_user_input=True) for _ in range(2))
        for spec in plugins.models(Role.READER):
            readers.add_choice(spec.name, label=spec.name, description=spec.description)
        inputs.str(
            "reader",
            default=UNTUNED,
            label="Reader",
            description="Any reader, also an untuned one: a name, a folder, or a hub name.",
            view=readers,
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
        for device in DEVICES:
            devices.add_choice(device, label=device)
        inputs.str("device", default="auto", label="Device", view=devices)
        try:
            plugins.find_model(Role.READER, ctx.params.get("reader") or UNTUNED)
        except HoopError as error:
            refusal = inputs.view("refusal", types.Error(label=str(error)))
            refusal.invalid = True
            refusal.error_message = str(error)
        return types.Property(inputs, view=types.View(label="Prelabel numbers"))

    def execute(self, ctx: Any) -> Iterator[Any]:
        """See FiftyOne's ``Operator.execute``; what has been read when it is stopped, is kept."""
        from hoop_plugins.training.prelabel import VIEW, prelabel_steps

        steps = prelabel_steps(
            ctx.target_view(),
            ctx.params.get("reader") or UNTUNED,
            device=ctx.params.get("device") or "auto",
            stride=ctx.params.get("stride") or 25,
            limit=ctx.params.get("limit"),
            name=ctx.params.get("name") or "",
        )
        shown = 0.0
        while True:
            try:
                done, total = next(steps)
            except StopIteration as end:
                made = end.value
                break
            if time.monotonic() - shown < UPDATE_SECONDS:
                continue
            shown = time.monotonic()
            progress, label = done / max(1, total), f"crop {done} of {total}"
            if ctx.delegated:
                ctx.set_progress(progress=progress, label=label)
            else:
                yield ctx.ops.set_progress(progress=progress, label=label)
        if not ctx.delegated:
            if made.dataset.name == ctx.dataset.name:
                yield from show_changes(ctx)
                yield ctx.ops.set_view(name=VIEW)
            else:
                yield ctx.ops.open_dataset(made.dataset.name)
            yield ctx.ops.notify(
                f"{made.crops} crops read: see the saved view '{VIEW}'", variant="success"
            )


class LabelCrops(foo.Operator):
    """Says what is to be read on the selected crops."""

    @property
    def config(self) -> foo.OperatorConfig:
        """See FiftyOne's ``Operator.config``."""
        return foo.OperatorConfig(
            name="label_crops",
            label="Hoop: label crops",
            description="Writes the number of the selected crops into ground_truth, which "
            "train_reader learns from.",
            dynamic=True,
        )

    def __call__(self, crops: Any, number: str = "") -> Any:
        """Runs the operator from a script.

        Args:
            crops: A view of crops.
            number: As in the form.

        Returns:
            FiftyOne's ``ExecutionResult``.
        """
        ids, params = crops.values("id"), {"number": number}
        return foo.execute_operator(self.uri, view=crops.view(), params=params, selected=ids)

    def resolve_input(self, ctx: Any) -> types.Property:
        """See FiftyOne's ``Operator.resolve_input``."""
        inputs = types.Object()
        count = len(ctx.selected or ())
        inputs.str(
            "number",
            label="Number",
            description="0 to 99, 00, or none where nothing can be read. Empty: what the reader "
            "said of each is right.",
        )
        if not count:
            refusal = inputs.view("refusal", types.Error(label="Select crops in the grid first"))
            refusal.invalid = True
            refusal.error_message = "no crops are selected"
        about = f"{count} crops are selected."
        return types.Property(inputs, view=types.View(label="Label crops", description=about))

    def execute(self, ctx: Any) -> None:
        """See FiftyOne's ``Operator.execute``."""
        from hoop_plugins.training.prelabel import label_crops

        count = label_crops(ctx.dataset.select(ctx.selected or []), ctx.params.get("number") or "")
        ctx.ops.reload_samples()
        ctx.ops.clear_selected_samples()
        ctx.ops.notify(f"{count} crops labelled", variant="success")
