"""Profiles: the models and every setting of a job in one TOML file, a table a stage."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tomli_w

from hoop_plugins import plugins
from hoop_plugins.data.folders import files_in
from hoop_plugins.data.options import check_ranges
from hoop_plugins.data.plain_name import check_plain_name
from hoop_plugins.data.vocabulary import read_classes
from hoop_plugins.errors import HoopError, OptionError, ProfileError, UnknownModelError
from hoop_plugins.hookspecs import hookimpl
from hoop_plugins.specs import ProfileSpec, Role

if TYPE_CHECKING:
    import fiftyone as fo

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

USER = Path("~/.config/hoop_plugins/profiles").expanduser()

CLASSES = "classes"
"""The table of our names for others' classes: ``"jersey box" = "number"``."""

JOB = ("detect", "shots", "track", "teams", "pair", "read", "link", "validate")
"""The stages that every profile runs; others run where a profile has their table."""

REMEMBERED = "hoop_profile"
"""Key of a dataset's ``info``."""

MOVED: dict[str, dict[str, Any]] = {
    "track": {"check_every": 10, "drift_iou": 0.5},
    "read": {"adapter": ""},
}
"""By stage: what were its settings before they became options of its network, with the defaults
that files of that time spell out."""


@hookimpl
def register_profiles(register: Callable[[ProfileSpec], None]) -> None:
    """Registers the profiles of networks that the hubs give, and of a detector of one's own."""
    for name in ("pretrained", "nba", "roboflow"):
        register(ProfileSpec(name, Path(__file__).with_name(f"{name}.toml")))


@dataclass(frozen=True)
class Profile:
    """The settings of every stage.

    Attributes:
        name: The profile's name.
        description: One line for people.
        stages: A settings object by stage name, of every stage there is.
        job: The names of the stages that run unless others are asked for.
        source: The name or the path that it was loaded by.
        classes: Our names for classes that the detector, or labels that are there, call otherwise.
    """

    name: str
    description: str
    stages: dict[str, Any]
    job: tuple[str, ...] = JOB
    source: str = ""
    classes: dict[str, str] = dataclasses.field(default_factory=dict)

    def model(self, role: Role) -> str:
        """The network of a role."""
        return str(next(self.stages[stage.name].model for stage in _stages_of(role)))

    def with_models(self, **models: str | None) -> Profile:
        """The same profile with other networks; options that a new one does not know are dropped.

        Args:
            **models: A model by role: ``detector="weights.pth"``; ``None`` keeps the profile's.
        """
        profile = self
        for role, model in models.items():
            for stage in _stages_of(Role(role)) if model else ():
                profile = profile.with_model(stage.name, str(model))
        return profile

    def with_model(self, stage: str, model: str) -> Profile:
        """The same profile with another network of one stage; see :meth:`with_models`."""
        role, known = plugins.find_stage(stage).role, self.stages[stage].options
        options = _known_options(Role(role), model, known)
        return self.with_settings(stage, model=model, options=options)

    def with_settings(self, stage: str, **values: Any) -> Profile:
        """The same profile with other settings of one stage."""
        changed = dataclasses.replace(self.stages[stage], **values)
        return dataclasses.replace(self, stages={**self.stages, stage: changed})


def _stages_of(role: Role) -> list[Any]:
    """The stages of the job whose network has a role."""
    return [stage for stage in plugins.stages() if stage.role == role and stage.name in JOB]


def _known_options(role: Role, model: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """The options that a model knows too; none of one that is not there, which is refused later."""
    try:
        spec = plugins.find_model(role, model)
    except UnknownModelError:
        return {}
    return {name: value for name, value in options.items() if spec.knows(name)}


def names() -> list[str]:
    """The profiles that can be chosen by name: the user's own and those that packages bring."""
    return sorted(_paths())


def _paths() -> dict[str, Path]:
    known = {spec.name: spec.path for spec in plugins.profiles()}
    return {**known, **{path.stem: path for path in files_in(USER, "*.toml")}}


def load_profile(source: str | Path = "pretrained") -> Profile:
    """Loads a profile.

    Args:
        source: A name (:func:`names`) or the path of a TOML file.

    Raises:
        ProfileError: If there is none of that name, or it holds something unknown.
    """
    path, content = _read(source)
    description = str(content.pop("description", ""))
    try:
        classes = read_classes(content.pop(CLASSES, {}), f"{path}: [{CLASSES}]")
    except HoopError as error:
        raise ProfileError(str(error)) from None
    kinds = {stage.name: stage.Settings for stage in plugins.stages()}
    stages = {name: kind() for name, kind in kinds.items()}
    for table, values in content.items():
        if table not in kinds:
            raise ProfileError(f"{path}: unknown stage [{table}]; known: {', '.join(kinds)}")
        stages[table] = _settings(path, table, kinds[table], with_options(table, values))
    job = tuple(name for name in kinds if name in JOB or name in content)
    source = str(source if Path(source).suffix != ".toml" else path.resolve())
    return Profile(path.stem, description, stages, job, source, classes)


def remembered(dataset: fo.Dataset) -> str:
    """The profile that a dataset was recognized with last: a name, or the path of a file."""
    found = dataset.info.get(REMEMBERED, dataset.info.get("profile"))
    # Versions before 1.0 said "profile", as other people may do.
    return str(found) if REMEMBERED in dataset.info or found in names() else "pretrained"


def remember(dataset: fo.Dataset, profile: Profile) -> None:
    """Keeps a profile as the one that a dataset is recognized with."""
    if profile.source and dataset.info.get(REMEMBERED) != profile.source:
        dataset.info[REMEMBERED] = profile.source
        dataset.save()


def describe(source: str | Path) -> str:
    """What a profile says of itself, in one line; no stage is imported for it.

    Raises:
        ProfileError: If there is none of that name.
    """
    return str(_read(source)[1].get("description", ""))


def _read(source: str | Path) -> tuple[Path, dict[str, Any]]:
    """The file of a profile, and what it holds."""
    path = Path(source)
    if path.suffix != ".toml":
        path = _paths().get(str(source), path)
    if not path.is_file():
        known = ", ".join(names())
        raise ProfileError(f"unknown profile {str(source)!r}: give a .toml file, or one of {known}")
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProfileError(f"{path} is not valid TOML: {error}") from error
    return path, content


def with_options(stage: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Settings of a stage as they are now, of a file or a run of any time.

    Those that became options of the network are in ``options``, unless they say its default.
    """
    kept = dict(values)
    moved = {name: kept.pop(name) for name in MOVED.get(stage, {}) if name in kept}
    told = {name: value for name, value in moved.items() if value != MOVED[stage][name]}
    if told:
        kept["options"] = {**told, **kept.get("options", {})}
    return kept


def _settings(path: Path, table: str, kind: type[Any], values: dict[str, Any]) -> Any:
    known = {field.name: field for field in dataclasses.fields(kind)}
    for name, value in values.items():
        if name not in known:
            raise ProfileError(
                f"{path}: [{table}] has no setting {name!r}; known: {', '.join(known)}"
            )
        default = getattr(kind(), name)
        number = isinstance(default, float) and isinstance(value, (int, float))
        if not (number or type(value) is type(default)):
            wanted = type(default).__name__
            raise ProfileError(f"{path}: [{table}] {name} = {value!r} is not a {wanted}")
    files = [name for name in values if known[name].metadata.get("path") and values[name]]
    beside = {name: str(path.parent / Path(values[name]).expanduser()) for name in files}
    made = kind(**{**values, **beside})
    try:
        check_ranges(made, f"{path}: [{table}] ")
    except OptionError as error:
        raise ProfileError(str(error)) from error
    return made


def new_profile(name: str, **models: str | None) -> Path:
    """Writes a profile of the user's own, to be edited: every setting of the job and its default.

    Args:
        name: The profile's name.
        **models: A model by role (``detector="weights.pth"``).

    Raises:
        HoopError: If it cannot be a name, or there is one of that name already.
    """
    check_plain_name(name, "profile")
    path = USER / f"{name}.toml"
    if name in names() or name.endswith(path.suffix):
        reason = "exists already" if name in names() else "would be taken for a file"
        raise ProfileError(f"profile {name!r} {reason}: choose another name")
    path.parent.mkdir(parents=True, exist_ok=True)
    profile = load_profile().with_models(**models)
    tables = {stage: dict(vars(profile.stages[stage])) for stage in profile.job}
    content = tomli_w.dumps({"description": profile.description, **tables})
    path.write_text(content, encoding="utf-8")
    return path
