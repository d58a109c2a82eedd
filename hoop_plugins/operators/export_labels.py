"""The operator that writes labels to files."""

from __future__ import annotations

from typing import Any

import fiftyone as fo
from fiftyone.operators import types

from hoop_plugins.operators.base import HoopOperator
from hoop_plugins.operators.inputs import choose, suggest


class ExportLabels(HoopOperator):
    """Writes the labels of the target view's videos to files.

    Its parameters: ``path``, ``kind``, and, optional, ``field``, as of
    :func:`hoop_plugins.export_labels`.
    """

    operator_name = "export_labels"
    title = "export labels"
    explanation = "Ground truth, or what was recognized, as files that others read."
    target = "Export from"
    required = ("path", "kind")

    def options(self) -> dict[str, bool]:
        """It can be delegated."""
        return {"allow_immediate_execution": True, "allow_delegated_execution": True}

    def fill(self, inputs: types.Object, ctx: Any) -> None:
        """Format, field and path."""
        from hoop_plugins.formats.exporting import export_choices

        choose(inputs, "kind", export_choices(), label="Format", required=True)
        known = ctx.dataset.get_frame_field_schema(embedded_doc_type=fo.Detections) or {}
        suggest(inputs, "field", list(known), default="ground_truth", label="Field")
        inputs.str(
            "path",
            required=True,
            label="Path",
            description="A new file (COCO) or folder, where the App's server runs.",
        )

    def run(self, ctx: Any) -> dict[str, list[str]]:
        """Writes them."""
        from hoop_plugins.api import export_labels

        given = ctx.params
        field = given.get("field") or "ground_truth"
        lines = export_labels(ctx.target_view(), given["path"], given["kind"], field)
        if not ctx.delegated:
            ctx.ops.notify("; ".join(lines), variant="success")
        return {"lines": lines}
