"""The operator that writes labels to files."""

from __future__ import annotations

from typing import Any

import fiftyone as fo
import fiftyone.operators as foo
from fiftyone.operators import types

from hoop_plugins.errors import HoopError


class ExportLabels(foo.Operator):
    """Writes the labels of the target view's videos to files.

    Its parameters: ``path``, ``kind``, and, optional, ``field``, as of
    :func:`hoop_plugins.formats.exporting.export_labels`.
    """

    @property
    def config(self) -> foo.OperatorConfig:
        """See FiftyOne's ``Operator.config``."""
        return foo.OperatorConfig(
            name="export_labels",
            label="Hoop: export labels",
            description="Ground truth, or what was recognized, as files that others read.",
            dynamic=True,
            allow_immediate_execution=True,
            allow_delegated_execution=True,
        )

    def __call__(
        self, view: Any, path: str, kind: str, delegate: bool = False, **params: Any
    ) -> Any:
        """Runs the operator from a script, with the parameters of its form.

        Args:
            view: A video dataset or view.
            path: The file or folder to write.
            kind: The format.
            delegate: Whether to queue it for FiftyOne's delegated execution.
            **params: Parameters by name.

        Returns:
            FiftyOne's ``ExecutionResult``.
        """
        return foo.execute_operator(
            self.uri,
            view=view.view(),
            params={"path": path, "kind": kind, **params},
            request_delegation=delegate,
        )

    def resolve_input(self, ctx: Any) -> types.Property:
        """See FiftyOne's ``Operator.resolve_input``."""
        from hoop_plugins.formats.exporting import export_choices

        inputs = types.Object()
        inputs.view_target(ctx, action_description="Export from")
        kinds = types.Dropdown()
        for kind, label in export_choices().items():
            kinds.add_choice(kind, label=label)
        inputs.enum("kind", kinds.values(), view=kinds, label="Format", required=True)
        fields = types.AutocompleteView()
        for name in ctx.dataset.get_frame_field_schema(embedded_doc_type=fo.Detections) or {}:
            fields.add_choice(name, label=name)
        inputs.str("field", default="ground_truth", view=fields, label="Field")
        inputs.str(
            "path",
            required=True,
            label="Path",
            description="A new file (COCO) or folder, where the App's server runs.",
        )
        return types.Property(inputs, view=types.View(label="Export labels"))

    def execute(self, ctx: Any) -> dict[str, list[str]]:
        """See FiftyOne's ``Operator.execute``."""
        from hoop_plugins.formats.exporting import export_labels

        given = ctx.params
        field = given.get("field") or "ground_truth"
        try:
            lines = export_labels(ctx.target_view(), given["path"], given["kind"], field)
        except HoopError as error:
            ctx.ops.notify(str(error), variant="error")
            raise
        if not ctx.delegated:
            ctx.ops.notify("; ".join(lines), variant="success")
        return {"lines": lines}
