"""What a stage is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from hoop_plugins.store import SampleStore


@dataclass(frozen=True)
class Progress:
    """How far a stage has come.

    Attributes:
        stage: The stage's name.
        video: The video's file name.
        done: Frames done.
        total: Frames in all.
        message: Something people should know, as "all crops look like one team".
    """

    stage: str
    video: str
    done: int
    total: int
    message: str = ""


class Stage(ABC):
    """One step of the job: reads some label fields, writes others, knows nothing of the App.

    Attributes:
        name: The stage's name.
        reads: Roles of the fields it needs (attributes of ``Fields``).
        writes: Roles of the fields that it writes.
        whole_game: Whether it looks at all clips of a game together.
    """

    name: ClassVar[str]
    reads: ClassVar[tuple[str, ...]] = ()
    writes: ClassVar[tuple[str, ...]] = ()
    whole_game: ClassVar[bool] = False

    def __init__(self, settings: Any, device: str = "auto") -> None:
        self.settings = settings
        self.device = device

    def configuration(self) -> dict[str, Any]:
        """The settings as plain values, to tell whether what is stored was made with them."""
        return asdict(self.settings)

    @abstractmethod
    def run(self, clips: Sequence[SampleStore]) -> Iterator[Progress]:
        """Does the work, in chunks: what is done stays done when the consumer stops.

        Args:
            clips: One clip, or all clips of a game where ``whole_game`` is set.

        Yields:
            Progress, several times a second where that is possible.
        """
