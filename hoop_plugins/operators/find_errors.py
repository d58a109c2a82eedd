"""The operator that finds errors and opens the views of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import fiftyone.core.utils as fou
import fiftyone.operators as foo
from fiftyone.operators import types

from hoop_plugins.errors import HoopError
from hoop_plugins.operators.showing import show_changes

if TYPE_CHECKING:
    from hoop_plugins.mining.views import ErrorCount


class FindErrors(foo.Operator):
    """Finds the errors of the whole dataset; a button opens the view of each kind.

    Its parameter, optional: ``kind``, the name of a kind of error. Then nothing is looked for, and
    the App shows what was found of it.
    """

    @property
    def config(self) -> foo.OperatorConfig:
        """See FiftyOne's ``Operator.config``."""
        return foo.OperatorConfig(
            name="find_errors",
            label="Hoop: find errors",
            description="A clip around every error: with ground truth, what is wrong; without, "
            "what is in doubt. One saved view a kind.",
            dynamic=True,
            execute_as_generator=True,
            allow_immediate_execution=True,
            allow_delegated_execution=True,
        )

    def __call__(self, dataset: Any, delegate: bool = False) -> Any:
        """Runs the operator from a script.

        Args:
            dataset: A video dataset.
            delegate: Whether to queue it for FiftyOne's delegated execution.

        Returns:
            FiftyOne's ``ExecutionResult``.
        """
        return foo.execute_operator(self.uri, dataset=dataset, request_delegation=delegate)

    def resolve_input(self, ctx: Any) -> types.Property:
        """See FiftyOne's ``Operator.resolve_input``."""
        from hoop_plugins.mining.views import check_videos, count_errors

        inputs = types.Object()
        try:
            check_videos(ctx.dataset)
            if ctx.dataset.has_sample_field("errors"):
                self._list(inputs, count_errors(ctx.dataset))
        except HoopError as error:
            refusal = inputs.view("refusal", types.Error(label=str(error)))
            refusal.invalid = True
            refusal.error_message = str(error)
        about = "Execute looks through all videos; what an earlier search found can be opened here."
        return types.Property(inputs, view=types.View(label="Find errors", description=about))

    def execute(self, ctx: Any) -> Iterator[Any]:
        """See FiftyOne's ``Operator.execute``."""
        from hoop_plugins.mining.views import count_errors, find_errors, load_errors

        if ctx.params.get("kind"):
            # By its name, the App finds only views that were there when the dataset was opened.
            yield ctx.ops.set_view(view=load_errors(ctx.dataset, ctx.params["kind"]))
            return
        for done, total in find_errors(ctx.dataset):
            progress, label = done / total, f"video {done} of {total}"
            if ctx.delegated:
                ctx.set_progress(progress=progress, label=label)
            else:
                yield ctx.ops.set_progress(progress=progress, label=label)
        if not ctx.delegated:
            # What was open may be a view of errors that are gone.
            yield ctx.ops.clear_view()
            yield from show_changes(ctx)
            outputs = types.Object()
            self._list(outputs, count_errors(ctx.dataset))
            found = types.Property(outputs, view=types.View(label="Errors found"))
            yield ctx.ops.show_output(found.to_json(), {})

    def _list(self, listed: types.Object, counts: list[ErrorCount]) -> None:
        """A button for every kind of error that was found, and a line about the others."""
        others: dict[str, list[str]] = {}
        for count in counts:
            name = count.kind.name
            if count.clips:
                label = f"{name}: {count.text}"
                button = types.Button(label=label, operator=self.uri, params={"kind": name})
                listed.view(fou.to_slug(name).replace("-", "_"), button)
            else:
                others.setdefault(count.text, []).append(name)
        if others:
            text = "; ".join(f"{text}: {', '.join(names)}" for text, names in others.items())
            listed.view("others", types.Notice(label=text))
