"""The operator that imports ground truth."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import fiftyone.operators as foo
from fiftyone.operators import types

from hoop_plugins.errors import HoopError
from hoop_plugins.operators.showing import show_changes

if TYPE_CHECKING:
    from hoop_plugins.formats.importing import LabelImport


class ImportLabels(foo.Operator):
    """Imports labels for the videos of the target view.

    Its parameters: ``path``, and, all optional, ``kind``, ``field``, ``first_frame`` ("0" or "1"),
    ``video``, ``classes`` and ``overwrite``, as of ``hoop import-labels``.
    """

    @property
    def config(self) -> foo.OperatorConfig:
        """See FiftyOne's ``Operator.config``."""
        return foo.OperatorConfig(
            name="import_labels",
            label="Hoop: import labels",
            description="Ground truth to compare with, of the formats that people have.",
            dynamic=True,
            execute_as_generator=True,
            allow_immediate_execution=True,
            allow_delegated_execution=True,
        )

    def __call__(self, view: Any, path: str, delegate: bool = False, **params: Any) -> Any:
        """Runs the operator from a script, with the parameters of its form.

        Args:
            view: A video dataset or view.
            path: A file or folder with labels.
            delegate: Whether to queue it for FiftyOne's delegated execution.
            **params: Parameters by name.

        Returns:
            FiftyOne's ``ExecutionResult``.
        """
        return foo.execute_operator(
            self.uri,
            view=view.view(),
            params={"path": path, **params},
            request_delegation=delegate,
        )

    def resolve_input(self, ctx: Any) -> types.Property:
        """See FiftyOne's ``Operator.resolve_input``."""
        from hoop_plugins.formats.importing import import_choices

        inputs = types.Object()
        inputs.view_target(ctx, action_description="Import for")
        kinds = types.Dropdown()
        for kind, label in import_choices().items():
            kinds.add_choice(kind, label=label)
        inputs.enum(
            "kind",
            kinds.values(),
            view=kinds,
            label="Format",
            description="Empty: by the files' names.",
        )
        inputs.str(
            "path",
            required=True,
            label="Path",
            description="A file or folder where the App's server runs; of a field, its name. "
            "Files belong to the videos that they name.",
        )
        inputs.str(
            "field",
            default="ground_truth",
            label="Field",
            description="The frame field to write.",
        )
        first = types.Dropdown()
        for number in ("0", "1"):
            first.add_choice(number, label=number)
        inputs.enum(
            "first_frame",
            first.values(),
            view=first,
            label="First frame",
            description="The number of a video's first frame in the files. Empty: found out.",
        )
        inputs.str("video", label="Video", description="Where one file does not name its video.")
        inputs.str(
            "classes",
            label="Classes",
            description="Our names for the files' classes: athlete=player,crowd=. "
            "A class without a name is left out.",
        )
        inputs.bool("overwrite", default=False, label="Replace labels that are there")
        if ctx.params.get("path"):
            self._announce(inputs, ctx)
        return types.Property(inputs, view=types.View(label="Import labels"))

    def execute(self, ctx: Any) -> Iterator[Any]:
        """See FiftyOne's ``Operator.execute``."""
        found = _read(ctx)
        for done in found.write():
            progress, label = done / max(1, found.frames), f"frame {done} of {found.frames}"
            if ctx.delegated:
                ctx.set_progress(progress=progress, label=label)
            else:
                yield ctx.ops.set_progress(progress=progress, label=label)
        if not ctx.delegated:
            yield from show_changes(ctx)
            yield ctx.ops.notify("; ".join(found.summary()), variant="success")

    def _announce(self, inputs: types.Object, ctx: Any) -> None:
        """Says in the form what would be imported, or why nothing can be."""
        try:
            found = _read(ctx, reuse=True)
        except HoopError as error:
            refusal = inputs.view("refusal", types.Error(label=str(error)))
            refusal.invalid = True
            refusal.error_message = str(error)
        else:
            for number, line in enumerate(found.notes):
                inputs.view(f"note{number}", types.Notice(label=line))


def _read(ctx: Any, reuse: bool = False) -> LabelImport:
    from hoop_plugins.formats.importing import read_labels
    from hoop_plugins.formats.names import parse_classes

    given = ctx.params
    return read_labels(
        ctx.target_view(),
        given["path"],
        given.get("kind") or None,
        into=given.get("field") or "ground_truth",
        numbered_from=int(given["first_frame"]) if given.get("first_frame") else None,
        video=given.get("video") or None,
        classes=parse_classes(given.get("classes") or ""),
        overwrite=bool(given.get("overwrite")),
        reuse=reuse,
    )
