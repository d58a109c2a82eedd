"""The operators that import ground truth, and that write labels to files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import fiftyone as fo
from fiftyone.operators import types

from hoop_plugins import api
from hoop_plugins.operators.base import DELEGATED, HoopOperator, LongOperator

if TYPE_CHECKING:
    from hoop_plugins.formats.importing import LabelImport


def _formats(ctx: Any) -> dict[str, Any]:
    from hoop_plugins.formats.importing import import_choices

    return {"label": "Format", "choices": import_choices()}


def _writable_formats(ctx: Any) -> dict[str, Any]:
    from hoop_plugins.formats.exporting import export_choices

    return {"label": "Format", "choices": export_choices()}


def _kinds(ctx: Any) -> dict[str, Any]:
    return {"label": "What", "choices": api.export_kinds()}


def _fields(ctx: Any) -> dict[str, Any]:
    known = ctx.dataset.get_frame_field_schema(embedded_doc_type=fo.Detections)
    return {"suggestions": list(known or ())}


class ImportLabels(LongOperator):
    """Imports labels for the videos of the target view.

    Its parameters: ``path``, and, all optional, ``kind``, ``field``, ``first_frame`` ("0" or "1"),
    ``video``, ``classes`` and ``overwrite``, as of ``hoop import-labels``.
    """

    operator_name = "import_labels"
    title = "import labels"
    icon = "file_upload"
    explanation = "Ground truth to compare with, of the formats that people have."
    target = "Import for"
    required = ("path",)
    use_case = api.import_labels
    form: ClassVar = {
        "kind": _formats,
        "path": {},
        "field": {},
        "first_frame": {"choices": ("0", "1")},
        "video": {},
        "classes": {},
        "overwrite": {"label": "Replace labels that are there"},
    }

    def fill(self, inputs: types.Object, ctx: Any) -> None:
        """Where labels are, what they are, and what would be imported."""
        super().fill(inputs, ctx)
        path = ctx.params.get("path") or ""
        # A folder is searched only when it is imported: every letter of a path may be one.
        if path and not Path(path).is_dir():
            found = api.read_labels(ctx.target_view(), **self.given(ctx), reuse=True)
            for number, line in enumerate(found.notes):
                inputs.view(f"note{number}", types.Notice(label=line))

    def check(self, ctx: Any) -> None:
        """Everything has been looked at for the notes."""

    def written(self, ctx: Any, result: LabelImport) -> list[str]:
        """The field that holds them."""
        return [result.videos[0][0].names.path("ground_truth")]

    def summary(self, result: LabelImport) -> str:
        """What was imported."""
        return "; ".join(result.summary())


class ExportLabels(HoopOperator):
    """Writes the labels of the target view's videos to files.

    Its parameters: ``path``, ``kind``, and, optional, ``field``, as of
    :func:`hoop_plugins.export_labels`.
    """

    operator_name = "export_labels"
    title = "export labels"
    icon = "file_download"
    explanation = "Ground truth, or what was recognized, as files that others read."
    target = "Export from"
    required = ("path", "kind")
    modes = DELEGATED
    use_case: ClassVar[Any] = staticmethod(api.export_labels)
    form: ClassVar = {
        "kind": _writable_formats,
        "field": _fields,
        "path": {},
    }

    def execute(self, ctx: Any) -> dict[str, list[str]]:
        """Writes them."""
        lines = self.use_case(ctx.target_view(), **self.given(ctx))
        if not ctx.delegated:
            ctx.ops.notify("; ".join(lines), variant="success")
        return {"lines": lines}


class Export(ExportLabels):
    """Writes what was recognized in the target view: tables, labels or annotated videos.

    Its parameters: ``path``, and, optional, ``kind`` and ``field``, as of
    :func:`hoop_plugins.export`.
    """

    operator_name = "export"
    title = "export what was recognized"
    icon = "table_view"
    explanation = "Tables of players or frames (CSV, Parquet), label files, or annotated videos."
    required = ("path", "kind")
    use_case = staticmethod(api.export)
    form: ClassVar = {"kind": _kinds, "field": _fields, "path": {}}
