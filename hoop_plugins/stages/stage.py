"""What a stage is."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any, ClassVar

from hoop_plugins import plugins
from hoop_plugins.data.fields import FieldSpec
from hoop_plugins.data.options import check_ranges
from hoop_plugins.data.store import SampleStore
from hoop_plugins.data.tracks import Track
from hoop_plugins.errors import OvertakenError
from hoop_plugins.specs import Role, Weights


@dataclass(frozen=True)
class Progress:
    """How far a stage, or another use case, has come.

    Attributes:
        stage: The stage's name, or what is being done.
        video: The video's file name; empty where several are meant.
        done: Frames done, or what else is counted.
        total: Frames in all.
        message: Something people should know, as "all crops look like one team".
        unit: What is counted.
        part: Which piece of the whole this is, from 0; of a job, each stage of each clip is one.
        parts: How many there are; 0 where nobody knows.
    """

    stage: str
    video: str
    done: int
    total: int
    message: str = ""
    unit: str = "frame"
    part: int = 0
    parts: int = 0

    @property
    def fraction(self) -> float:
        """The share that is done, from 0 to 1."""
        return self.done / max(1, self.total)

    @property
    def whole(self) -> float | None:
        """The share of the whole that is done, from 0 to 1; ``None`` where nobody knows."""
        return (self.part + min(1.0, self.fraction)) / self.parts if self.parts else None

    @property
    def text(self) -> str:
        """How it stands, in one line."""
        what = f"{self.stage}: {self.video}," if self.video else f"{self.stage}:"
        return f"{what} {self.unit} {self.done} of {self.total}"


@dataclass(frozen=True)
class NoSettings:
    """Of a stage that has none."""


class Stage:
    """One step of the job: reads some label fields, writes others, knows nothing of the App.

    Attributes:
        name: The stage's name, and its table in a profile.
        order: Where it stands in the job; those of the built-in stages are 10 to 60.
        Settings: A frozen dataclass of its settings, all with defaults. What its docstring says of
            each is shown in forms.
        reads: Roles of the fields it needs (attributes of ``Fields``).
        writes: Roles of the fields that it writes.
        uses: Roles of the fields that it reads where they are there.
        spares: Roles of the fields that it writes where there are no labels of others.
        fields: Fields of its own, and attributes that it adds to others' fields.
        role: What its network does. Its settings then have ``model``, the network's name, and
            ``options``, those of the network itself; :meth:`load_model` loads it.
        whole_game: Whether it looks at all clips of a game together.
        classes: Our names for others' classes, as the profile and the network's package give them.
        keeps_model: Whether its network stays loaded for the next run.
    """

    keeps_model = False
    classes: Mapping[str, str] = MappingProxyType({})
    name: ClassVar[str]
    order: ClassVar[int]
    Settings: ClassVar[type[Any]] = NoSettings
    reads: ClassVar[tuple[str, ...]] = ()
    writes: ClassVar[tuple[str, ...]] = ()
    uses: ClassVar[tuple[str, ...]] = ()
    spares: ClassVar[tuple[str, ...]] = ()
    fields: ClassVar[tuple[FieldSpec, ...]] = ()
    role: ClassVar[Role | None] = None
    whole_game: ClassVar[bool] = False
    _ready: Any = None

    def __init__(self, settings: Any = None, device: str = "auto") -> None:
        self.settings = self.Settings() if settings is None else settings
        check_ranges(self.settings, f"{self.name}.")
        self.device = device

    def configuration(self) -> dict[str, Any]:
        """The settings as plain values, to tell whether what is stored was made with them."""
        return asdict(self.settings)

    def accepts(
        self, clip: SampleStore, settings: Mapping[str, Any], found: Mapping[str, Any]
    ) -> bool:
        """Whether what was made of a clip, with these settings or others, need not be made anew.

        Args:
            clip: The clip.
            settings: As :meth:`configuration` gave them then.
            found: What :meth:`record` noted, such as ``complete``.
        """
        return settings == self.configuration()

    def stored_input(self, clip: SampleStore) -> dict[str, Any]:
        """What of a clip besides its labels the work depends on, as plain values: where that has
        changed, what is stored is outdated.
        """
        return {}

    def names_classes(self, classes: Mapping[str, str]) -> dict[str, str]:
        """Those of our names for others' classes on which what it makes depends."""
        used = (*self.reads, *self.uses, *self.writes)
        return dict(classes) if "detections" in used else {}

    def load_model(self) -> Any:
        """Loads the network that the settings name, or gives the one that is ready."""
        assert self.role is not None
        ready, self._ready = self._ready, None
        if ready is None:
            name, options = self.settings.model, self.settings.options
            ready = plugins.load(self.role, name, self.device, options)
        if self.keeps_model:
            self._ready = ready
        return ready

    def weights(self) -> list[Weights]:
        """What the network is loaded from, where there is one, and its package says so."""
        if self.role is None or self._ready is not None:
            return []
        settings = self.settings
        return plugins.weights_of(self.role, settings.model, self.device, settings.options)

    def notes(self) -> list[str]:
        """What people should hear of the settings before it runs: options that are of no effect."""
        if self.role is None:
            return []
        settings = self.settings
        return plugins.find_model(self.role, settings.model).in_vain(settings.options)

    def prepare(self) -> None:
        """Loads the network, if the stage has one, so that it cannot be missing later."""
        if self.role is not None:
            self._ready = self.load_model()

    def run(self, clips: Sequence[SampleStore]) -> Generator[Progress, None, None]:
        """Does the work, in chunks: what is done stays done when the consumer stops.

        Args:
            clips: One clip, or all clips of a game where ``whole_game`` is set.

        Yields:
            Progress, several times a second where that is possible.
        """
        model = None if self.role is None else self.load_model()
        for clip in clips:
            yield from self.run_clip(clip, model)

    def run_clip(self, clip: SampleStore, model: Any) -> Iterator[Progress]:
        """Does the work on one clip, with the loaded model if the stage has one; see :meth:`run`,
        one of which a stage must have.
        """
        raise NotImplementedError(f"stage {self.name!r} has neither run nor run_clip")

    @staticmethod
    def undo(clip: SampleStore) -> None:
        """Takes back what the stage changed of earlier stages' labels, before any of these runs
        again; what the stage wrote itself may stay.
        """

    def progress(self, clip: SampleStore, done: int | None = None, message: str = "") -> Progress:
        """How far the stage has come in a clip: so many frames, or all."""
        total = clip.frame_count
        return Progress(self.name, clip.name, total if done is None else done, total, message)

    def record(self, clip: SampleStore, done: int | None = None, **found: Any) -> None:
        """Notes in a clip's record how many frames are done, or that all are, and what else was
        found out.
        """
        total = clip.frame_count
        done = total if done is None else done
        classes = self.names_classes(clip.vocabulary.classes)
        settings = {**self.configuration(), **({"classes": classes} if classes else {})}
        given = self.stored_input(clip)
        complete = done >= total
        clip.record(self.name, settings, done, complete=complete, input=given, **found)

    def decide(
        self,
        clip: SampleStore,
        tracks: dict[int, Track],
        decided: Mapping[int, dict[str, Any]],
        **found: Any,
    ) -> None:
        """Stores attributes that are decided of some of a clip's tracks, all by id, with the tracks
        and on their labels in all frames; ``found`` is recorded.
        """
        labels = []
        for index, values in decided.items():
            vars(tracks[index]).update(values)
            known = values.keys() & clip.names.attributes("players")
            labels.append((index, None, {name: values[name] for name in known}))
        clip.assign("players", labels)
        clip.write_tracks(tracks.values())
        self.record(clip, **found)


@contextmanager
def flushing(flush: Callable[[], None]) -> Iterator[None]:
    """Stores what is pending at the end of the block, also where it is interrupted.

    Args:
        flush: Stores what is pending.

    Raises:
        OvertakenError: If a later run has the clip now: then nothing is stored any more.
    """
    try:
        yield
    except OvertakenError:
        raise
    except BaseException:
        with suppress(OvertakenError):
            flush()
        raise
    flush()
