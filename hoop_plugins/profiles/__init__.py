"""Profiles: the four models and every threshold in one TOML file, a table a stage."""

from __future__ import annotations

import dataclasses
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hoop_plugins import plugins
from hoop_plugins.errors import ProfileError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

BUILT_IN = Path(__file__).parent
USER = Path("~/.config/hoop_plugins/profiles").expanduser()

MODEL_SETTINGS = {"detector": "detect", "tracker": "track", "embedder": "teams", "reader": "read"}
"""The stage whose ``model`` setting names the network of a role."""


@dataclass(frozen=True)
class Profile:
    """The settings of every stage.

    Attributes:
        name: The profile's name.
        description: One line for people.
        stages: A settings object by stage name.
    """

    name: str
    description: str
    stages: dict[str, Any]

    def with_models(self, **models: str | None) -> Profile:
        """The same profile with other networks.

        Args:
            **models: A model by role: ``detector="weights.pth"``; ``None`` keeps the profile's.
        """
        stages = dict(self.stages)
        for role, model in models.items():
            if model:
                stage = MODEL_SETTINGS[role]
                stages[stage] = dataclasses.replace(stages[stage], model=model)
        return dataclasses.replace(self, stages=stages)

    def with_settings(self, stage: str, **values: Any) -> Profile:
        """The same profile with other settings of one stage."""
        changed = dataclasses.replace(self.stages[stage], **values)
        return dataclasses.replace(self, stages={**self.stages, stage: changed})


def names() -> list[str]:
    """The profiles that can be chosen by name: the user's own and the built-in ones."""
    return sorted({path.stem for folder in (BUILT_IN, USER) for path in folder.glob("*.toml")})


def load_profile(source: str | Path = "pretrained") -> Profile:
    """Loads a profile.

    Args:
        source: A name (:func:`names`) or the path of a TOML file.

    Raises:
        ProfileError: If there is none of that name, or it holds something unknown.
    """
    path = Path(source)
    if path.suffix != ".toml":
        found = [folder / f"{source}.toml" for folder in (USER, BUILT_IN)]
        path = next((candidate for candidate in found if candidate.is_file()), path)
    if not path.is_file():
        known = ", ".join(names())
        raise ProfileError(f"unknown profile {str(source)!r}: give a .toml file, or one of {known}")
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProfileError(f"{path} is not valid TOML: {error}") from error
    description = str(content.pop("description", ""))
    specs = {spec.name: spec.settings for spec in plugins.stages()}
    stages = {name: kind() for name, kind in specs.items()}
    for table, values in content.items():
        if table not in specs:
            raise ProfileError(f"{path}: unknown stage [{table}]; known: {', '.join(specs)}")
        stages[table] = _settings(path, table, specs[table], values)
    return Profile(path.stem, description, stages)


def _settings(path: Path, table: str, kind: type[Any], values: dict[str, Any]) -> Any:
    known = {field.name: field for field in dataclasses.fields(kind)}
    for name, value in values.items():
        if name not in known:
            raise ProfileError(
                f"{path}: [{table}] has no setting {name!r}; known: {', '.join(known)}"
            )
        default = known[name].default
        number = isinstance(default, float) and isinstance(value, (int, float))
        if not (number or type(value) is type(default)):
            wanted = type(default).__name__
            raise ProfileError(f"{path}: [{table}] {name} = {value!r} is not a {wanted}")
    return kind(**values)


def new_profile(name: str, **models: str | None) -> Path:
    """Writes a profile of the user's own, to be edited.

    Args:
        name: The profile's name.
        **models: A model by role (``detector="weights.pth"``).

    Returns:
        The file, with every setting and its default in it.

    Raises:
        ProfileError: If there is one of that name already.
    """
    path = USER / f"{name}.toml"
    if path.exists() or not name.isidentifier():
        reason = "exists already" if path.exists() else "is no plain name"
        raise ProfileError(f"profile {name!r} {reason}: choose another name")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(to_toml(load_profile().with_models(**models)), encoding="utf-8")
    return path


def to_toml(profile: Profile) -> str:
    """A profile as a TOML file, every setting in it."""
    lines = [f"description = {_literal(profile.description)}"]
    for stage, settings in profile.stages.items():
        lines += ["", f"[{stage}]"]
        for field in dataclasses.fields(settings):
            lines.append(f"{field.name} = {_literal(getattr(settings, field.name))}")
    return "\n".join(lines) + "\n"


def _literal(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return repr(value)
