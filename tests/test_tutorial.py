"""The tutorial notebook runs as it is written, from top to bottom."""

from __future__ import annotations

from pathlib import Path

import fiftyone as fo
import nbformat
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).resolve().parents[1] / "docs" / "tutorial.ipynb"


def pictures(notebook: nbformat.NotebookNode) -> int:
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return sum("image/png" in output.get("data", {}) for output in outputs)


def test_every_cell_runs_and_figures_are_shown(tmp_path: Path) -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    shown = pictures(notebook)
    about = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(notebook, timeout=600, kernel_name="python3", resources=about).execute()
    assert pictures(notebook) == shown == 3
    assert (tmp_path / "players.csv").is_file()
    fo.delete_dataset("hoop-tutorial")
