"""Distributions of third parties: the examples of docs/plugins.md, and modules that tests write."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

from hoop_plugins import plugins

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "plugins.md"

BLOCK = re.compile(r"^```(?:python|toml)\n# (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
"""A fenced block that begins with the name of the file it belongs to."""


def examples() -> dict[str, str]:
    """The files of docs/plugins.md by name; blocks of one file follow each other."""
    files: dict[str, str] = {}
    for name, code in BLOCK.findall(DOCUMENT.read_text(encoding="utf-8")):
        files[name] = files.get(name, "") + code + "\n\n"
    return files


def documented_modules() -> list[str]:
    """The modules in the table of docs/plugins.md, without ``hoop_plugins.``."""
    rows = re.findall(r"^\|(.*)\|.*\|$", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE)
    return [name for row in rows for name in re.findall(r"`hoop_plugins\.([\w.]+)`", row)]


def imports(code: str, package: str = "") -> Iterator[str]:
    """Every name that code imports, wherever it does so, with its module."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: package.count(".") + 2 - node.level] if node.level else []
            module = ".".join(filter(None, [*above, node.module]))
            yield from (f"{module}.{alias.name}" for alias in node.names)


def pip_install(files: dict[str, str], source: Path, target: Path) -> None:
    """Builds a distribution and installs it as pip does, without the network."""
    for name, content in files.items():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text(content, encoding="utf-8")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps"]
    command += ["--no-build-isolation", "--disable-pip-version-check", "--target", str(target)]
    subprocess.run([*command, str(source)], check=True)


def lay_out(folder: Path, name: str, code: str) -> None:
    """Lays a distribution of one module out as pip would, with its entry point."""
    (folder / f"{name}.py").write_text(textwrap.dedent(code), encoding="utf-8")
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[hoop_plugins]\n{name} = {name}\n")


def forget_plugins() -> None:
    """Lets the plugin manager look for plugins anew."""
    plugins.manager.cache_clear()
    plugins.failures.cache_clear()
