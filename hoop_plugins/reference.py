"""Reference pages made of the code: ``python -m hoop_plugins.reference docs/reference``."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterable
from pathlib import Path

from hoop_plugins import hookspecs, plugins
from hoop_plugins.data.fields import BUILT_IN, Fields
from hoop_plugins.data.options import explanations, options_of
from hoop_plugins.profiles import load_profile

NOTE = "*Made of the code by `python -m hoop_plugins.reference docs/reference`: edit that.*"


def pages() -> dict[str, str]:
    """The pages' texts by file name, of what this package brings itself."""
    made = {"fields": _fields, "hooks": _hooks, "operators": _operators, "profiles": _profiles}
    return {
        f"{name}.md": f"# {name.capitalize()}\n\n{NOTE}\n{make()}" for name, make in made.items()
    }


def _fields() -> str:
    about, text = explanations(Fields), ""
    for spec in BUILT_IN:
        place = f"frames.{spec.role}" if spec.level == "frame" else spec.role
        text += f"\n## `{place}`\n\n{about[spec.role]}\n"
        kinds = [(f"`{name}`", kind.__name__) for name, kind in spec.attributes.items()]
        if kinds:
            text += _table("attribute,type", kinds)
    return text


def _hooks() -> str:
    text = ""
    for name, hook in vars(hookspecs).items():
        if name.startswith("register_"):
            given = inspect.signature(hook).parameters["register"].annotation
            text += (
                f"\n## `{name}`\n\n{inspect.getdoc(hook)}\n\nIts argument: `register: {given}`.\n"
            )
    return text


def _operators() -> str:
    text = "\nTheir URIs begin with `@hoop/hoop_plugins/`; panels are listed below.\n"
    for kind in (*plugins.operators(), *plugins.panels()):
        config = kind().config
        hidden = config.unlisted and kind not in plugins.panels()
        if not hidden and kind.__module__.startswith("hoop_plugins."):
            about = getattr(config, "description", None) or (inspect.getdoc(kind) or "")
            text += f"\n## `{config.name}`\n\n**{config.label}.** {about}\n"
            if form := getattr(kind, "form", None):
                text += f"\nIts form: {', '.join(f'`{name}`' for name in form)}.\n"
    return text


def _profiles() -> str:
    text = ""
    ours = Path(__file__).parent
    for path in (each.path for each in plugins.profiles() if each.path.is_relative_to(ours)):
        profile = load_profile(path)
        models = [
            (f"`{stage}`", f"`{settings.model}`")
            for stage, settings in profile.stages.items()
            if stage in profile.job and getattr(settings, "model", None)
        ]
        text += f"\n## `{profile.name}`\n\n{profile.description}\n{_table('stage,model', models)}"
    text += "\n## Settings\n\nA table each in a profile's file; what is left out has its default.\n"
    for stage in plugins.stages():
        rows = [(f"`{o.name}`", f"`{o.default!r}`", o.help) for o in options_of(stage.Settings)]
        if rows and stage.__module__.startswith("hoop_plugins."):
            text += f"\n### `[{stage.name}]`\n{_table('setting,default,what it does', rows)}"
    return text


def _table(columns: str, rows: Iterable[Iterable[str]]) -> str:
    titles = columns.split(",")
    lines = [titles, ["---"] * len(titles), *rows]
    cells = [" | ".join(str(cell).replace("|", "\\|") for cell in line) for line in lines]
    return "\n" + "".join(f"| {line} |\n" for line in cells)


def main() -> None:
    """Writes the pages into the folder that the command line names."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
