"""The operator that imports ground truth."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from fiftyone.operators import types

from hoop_plugins.operators.base import LongOperator
from hoop_plugins.operators.inputs import choose

if TYPE_CHECKING:
    from hoop_plugins.formats.importing import LabelImport


class ImportLabels(LongOperator):
    """Imports labels for the videos of the target view.

    Its parameters: ``path``, and, all optional, ``kind``, ``field``, ``first_frame`` ("0" or "1"),
    ``video``, ``classes`` and ``overwrite``, as of ``hoop import-labels``.
    """

    operator_name = "import_labels"
    title = "import labels"
    explanation = "Ground truth to compare with, of the formats that people have."
    target = "Import for"
    required = ("path",)

    def fill(self, inputs: types.Object, ctx: Any) -> None:
        """Where labels are, what they are, and what would be imported."""
        from hoop_plugins.formats.importing import import_choices

        choose(
            inputs,
            "kind",
            import_choices(),
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
        choose(
            inputs,
            "first_frame",
            ("0", "1"),
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
            from hoop_plugins.api.labels import read_labels

            found = read_labels(ctx.target_view(), **_arguments(ctx), reuse=True)
            for number, line in enumerate(found.notes):
                inputs.view(f"note{number}", types.Notice(label=line))

    def check(self, ctx: Any) -> None:
        """Everything has been looked at for the notes."""

    def start(self, ctx: Any) -> Generator[Any, None, Any]:
        """Imports."""
        from hoop_plugins.api import import_labels

        return import_labels.steps(ctx.target_view(), **_arguments(ctx))

    def summary(self, result: LabelImport) -> str:
        """What was imported."""
        return "; ".join(result.summary())


def _arguments(ctx: Any) -> dict[str, Any]:
    """What the form says, as the use case takes it."""
    from hoop_plugins.formats.names import parse_classes

    given = ctx.params
    return {
        "path": given["path"],
        "kind": given.get("kind") or None,
        "field": given.get("field") or "ground_truth",
        "first_frame": int(given["first_frame"]) if given.get("first_frame") else None,
        "video": given.get("video") or None,
        "classes": parse_classes(given.get("classes") or ""),
        "overwrite": bool(given.get("overwrite")),
    }
