"""The operator that finds errors and opens the views of them."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import fiftyone.core.utils as fou
from fiftyone.operators import types

from hoop_plugins.operators.base import LongOperator

if TYPE_CHECKING:
    from hoop_plugins.mining.views import ErrorCount


class FindErrors(LongOperator):
    """Finds the errors of the whole dataset; a button opens the view of each kind.

    Its parameter, optional: ``kind``, the name of a kind of error. Then nothing is looked for, and
    the App shows what was found of it.
    """

    operator_name = "find_errors"
    title = "find errors"
    explanation = (
        "A clip around every error: with ground truth, what is wrong; without, what is in doubt. "
        "One saved view a kind."
    )

    def about(self, ctx: Any) -> str:
        """What Execute does."""
        return "Execute looks through all videos; what an earlier search found can be opened here."

    def fill(self, inputs: types.Object, ctx: Any) -> None:
        """What was found before."""
        from hoop_plugins.evaluation.runs import last_fields
        from hoop_plugins.mining.views import count_errors

        names = last_fields(ctx.dataset)
        if ctx.dataset.has_sample_field(names.errors):
            self._list(inputs, count_errors(ctx.dataset, names))

    def start(self, ctx: Any) -> Generator[Any, None, Any]:
        """Finds errors in the fields that were evaluated last."""
        from hoop_plugins.api import find_errors
        from hoop_plugins.evaluation.runs import last_fields

        return find_errors.steps(ctx.dataset, fields=last_fields(ctx.dataset))

    def run(self, ctx: Any) -> Iterator[Any]:
        """Finds errors, or opens the view of a kind."""
        if not ctx.params.get("kind"):
            yield from super().run(ctx)
            return
        from hoop_plugins.mining.views import load_errors

        # By its name, the App finds only views that were there when the dataset was opened.
        yield ctx.ops.set_view(view=load_errors(ctx.dataset, ctx.params["kind"]))

    def finish(self, ctx: Any, result: Any, messages: Iterable[str]) -> Iterator[Any]:
        """Lists what was found, with buttons."""
        # What was open may be a view of errors that are gone.
        yield ctx.ops.clear_view()
        changed, _ = super().finish(ctx, result, messages)
        yield changed
        outputs = types.Object()
        self._list(outputs, result)
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
