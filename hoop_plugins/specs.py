"""What can be registered through the hooks, besides classes of stages, operators and panels."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any


class Role(str, Enum):
    """What a network does for the job."""

    DETECTOR = "detector"
    TRACKER = "tracker"
    EMBEDDER = "embedder"
    READER = "reader"


def accepts_nothing(source: str) -> bool:
    """Of a model that is chosen by its name alone."""
    return False


@dataclass(frozen=True)
class Weights:
    """Weights that a model is loaded from.

    Attributes:
        name: What people know them by: a name of the hub, or a path.
        path: Where they are, or will be; ``None`` where that is not known while they are not here.
        megabytes: About how much is downloaded; 0 where nobody knows.
        license: Their license, where it is known.
        fetched: Whether loading the model downloads them where they are not here.
    """

    name: str
    path: Path | None = None
    megabytes: int = 0
    license: str = ""
    fetched: bool = True

    @property
    def here(self) -> bool:
        """Whether they are on this machine."""
        return self.path is not None and self.path.exists()

    @property
    def text(self) -> str:
        """Their name, size and license, for people."""
        size = f"about {self.megabytes} MB" if self.megabytes else "size not known"
        about = ", ".join(filter(None, [size, self.license]))
        return f"{self.name} ({about})" if self.fetched else self.name


def needs_nothing(source: str, device: str = "auto") -> Iterable[Weights]:
    """Of a model without weights, or that does not say which."""
    return ()


@dataclass(frozen=True)
class ModelSpec:
    """A model, or a family of models, that can play a role.

    Attributes:
        name: What people type, and what forms list.
        role: The role it plays.
        load: ``load(source, device=..., ...)``; ``source`` is the name, or the path or hub name
            that ``accepts`` took. Its other parameters, all with defaults, are the model's options:
            people set them in the table ``[stage.options]`` of a profile, and in forms. One that is
            annotated ``Literal[...]``, or that ``| None``, takes those values only.
        description: One line for forms and ``hoop models``.
        accepts: Whether a path or hub name that is nobody's name belongs to this family.
        weights: The path (of a reader also "BASE+ADAPTER") of the weights, where the name stands
            for files on this machine: what a training starts from.
        classes: Our names for a detector's classes, by its own: for those that are not called as
            everybody calls them (``hoop_plugins.data.vocabulary.SPELLINGS``); "" leaves one out.
        needs: ``needs(source, device)`` tells which :class:`Weights` loading a source takes, in
            milliseconds: people hear what will be downloaded before it is. It is given those
            options that it has parameters for.
        counts_if: Options that count only with some values of others, which people hear who set
            them in vain: ``{"check_every": {"masks": ("every frame",)}}``.
    """

    name: str
    role: Role
    load: Callable[..., Any]
    description: str = ""
    accepts: Callable[[str], bool] = accepts_nothing
    weights: str = ""
    classes: Mapping[str, str] = field(default_factory=dict, hash=False)
    needs: Callable[..., Iterable[Weights]] = needs_nothing
    counts_if: Mapping[str, Mapping[str, Sequence[Any]]] = field(default_factory=dict, hash=False)

    def options(self) -> dict[str, inspect.Parameter]:
        """The parameters of ``load`` that a person may set, by name."""
        _, *parameters = inspect.signature(self.load).parameters.values()
        return {
            parameter.name: parameter
            for parameter in parameters
            if parameter.name != "device" and parameter.kind is not parameter.VAR_KEYWORD
        }

    def knows(self, option: str) -> bool:
        """Whether ``load`` takes an option."""
        parameters = inspect.signature(self.load).parameters.values()
        return option in self.options() or any(p.kind is p.VAR_KEYWORD for p in parameters)

    def needed(self, source: str, device: str, options: Mapping[str, Any]) -> list[Weights]:
        """What loading a source with some options takes."""
        known = list(inspect.signature(self.needs).parameters)[2:]
        given = {name: value for name, value in options.items() if name in known}
        return list(self.needs(source, device, **given))

    def in_vain(self, options: Mapping[str, Any]) -> list[str]:
        """What is said of options that are set, and do not count with the others."""
        usual = {name: each.default for name, each in self.options().items()}
        values = {**usual, **options}
        return [
            f"{name} {options[name]!r} is of no effect: {other} is {values[other]!r}"
            for name, others in self.counts_if.items()
            if name in options and options[name] != usual.get(name)
            for other, counted in others.items()
            if other in values and values[other] not in counted
        ]


@dataclass(frozen=True)
class FormatSpec:
    """A file format for labels of videos, read or written or both.

    Attributes:
        name: What people type ("coco").
        description: One line for forms and ``hoop --help``.
        suffixes: Endings of the files that hold it, by which it is recognized (".xml").
        read: ``read(path, names)`` gives the labels of one file, a
            :class:`~hoop_plugins.formats.boxes.VideoLabels` for each video; ``names`` is a
            :class:`~hoop_plugins.formats.names.ClassNames`. What cannot be read is a ``HoopError``
            that names file and line. ``None`` where the format is written only.
        write: ``write(path, videos)`` writes a file or a folder at ``path``, where nothing is yet,
            from an iterable of :class:`~hoop_plugins.formats.boxes.LabelledVideo`, and gives lines
            for people about what the format has no place for. ``None`` where it is read only.
        find: ``find(folder)`` gives the files to read in a folder; by default all with a suffix.
            Hidden ones are passed over.
        classes: Our names for the format's classes, as of a :class:`ModelSpec`: what ``names``
            begins with.
    """

    name: str
    description: str
    suffixes: tuple[str, ...] = ()
    read: Callable[[Path, Any], Sequence[Any]] | None = None
    write: Callable[[Path, Any], Sequence[str]] | None = None
    find: Callable[[Path], Sequence[Path]] | None = None
    classes: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class CommandSpec:
    """A command, or a group of commands, of ``hoop``.

    Attributes:
        name: What people type after ``hoop``.
        target: Where it is: "package.module:attribute" of a ``typer.Typer``, or of a function with
            Typer's annotations. Imported when the command runs.
        help: One line for ``hoop --help``.
    """

    name: str
    target: str
    help: str


@dataclass(frozen=True)
class ProfileSpec:
    """A profile that a package brings.

    Attributes:
        name: What people type.
        path: The TOML file.
    """

    name: str
    path: Path


@dataclass(frozen=True)
class TrainerSpec:
    """A way to fine-tune models of one role.

    Attributes:
        name: What the record of a model names it by.
        role: The role of its models.
        settings: A frozen dataclass, all of whose fields have defaults and stand under
            "Attributes:" of its docstring: they are inputs of the form and options of ``hoop
            train``. ``minutes``, ``steps``, ``patience``, ``device`` and ``threads`` may change
            when a training goes on.
        train: ``train(job)``, a generator: takes a ``TrainingJob``, yields ``TrainingProgress``
            (both in :mod:`hoop_plugins.training.job`), and stops when it is closed.
        accepts: Whether it can start from a model, given the path or hub name of its weights. The
            trainer of that role that came in last is asked first.
        files: Names of the files that a trained model consists of. One alone is the path that the
            model is loaded by; otherwise that is the folder.
        example: What its training data has many of ("images").
        curate: ``curate(view, folder, **curation)``, a generator: makes training data of a view,
            yields (done, total), and returns what has the paths ``train`` and ``valid``, and
            ``source``, a dictionary for the record. ``None``: it learns from files only.
        curation: A frozen dataclass of what ``curate`` can be told, as ``settings``.
        base: Of what trains adapters: tells the base model, given weights. A trained model is
            loaded by "BASE+FOLDER" then.
        merge: ``merge(weights, folder)`` writes "BASE+ADAPTER" as one model.
        packages: Names of packages whose versions are recorded.
        start: What is fine-tuned where nobody says it and the profile's model cannot be: a name,
            path or hub name.
    """

    name: str
    role: Role
    settings: type[Any]
    train: Callable[..., Any]
    accepts: Callable[[str], bool]
    files: tuple[str, ...]
    example: str = "images"
    curate: Callable[..., Any] | None = None
    curation: type[Any] | None = None
    base: Callable[[str], str] | None = None
    merge: Callable[[str, Path], Any] | None = None
    packages: tuple[str, ...] = ()
    start: str = ""
