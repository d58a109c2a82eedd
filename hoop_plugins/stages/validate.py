"""Stage 6: from single reads to a number that stands. Pure: it needs the fields alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from hoop_plugins.data.detections import track_ids
from hoop_plugins.data.store import SampleStore
from hoop_plugins.stages.evidence import LEGIBILITY, TENTATIVE_THRESHOLD, Verdict, validate
from hoop_plugins.stages.stage import Progress, Stage


@dataclass(frozen=True)
class ValidateSettings:
    """Settings of the validation stage.

    Attributes:
        consecutive: Identical consecutive non-empty reads that make a number validated.
        tentative_threshold: The least mean probability of a tentative number; 0 to 1.
        legibility: A read whose best number is less probable says nothing; 0 to 1.
        lock_first: Whether the first validated number stands for ever, as in the original.
    """

    consecutive: int = 3
    tentative_threshold: float = TENTATIVE_THRESHOLD
    legibility: float = LEGIBILITY
    lock_first: bool = False


class ValidateNumbers(Stage):
    """Decides from all reads of a track which number stands; needs no network."""

    name = "validate"
    order = 60
    Settings = ValidateSettings
    reads = ("numbers", "players")
    writes = ("players", "tracks")
    settings: ValidateSettings

    def run(self, clips: Sequence[SampleStore]) -> Generator[Progress, None, None]:
        """See :meth:`Stage.run`."""
        for clip in clips:
            total = clip.video.frame_count
            verdicts = self._verdicts(clip)
            tracks = clip.read_tracks()
            decided = []
            for index, track in tracks.items():
                if track.role == "referee":
                    continue
                verdict = verdicts.get(index, Verdict(None, "unread", 0.0, None, 0))
                track.number, track.number_status = verdict.number, verdict.status
                track.number_confidence, track.reads = verdict.confidence, verdict.reads
                values = {
                    "number": verdict.number,
                    "number_status": verdict.status,
                    "number_confidence": verdict.confidence,
                }
                decided.append((index, None, values))
            clip.assign("players", decided)
            clip.write_tracks(tracks.values())
            clip.record(self.name, self.configuration(), total, complete=True)
            yield Progress(self.name, clip.name, total, total)

    def _verdicts(self, clip: SampleStore) -> dict[int, Verdict]:
        reads: dict[int, list[tuple[int, np.ndarray]]] = defaultdict(list)
        for number, found in clip.read("numbers", masks=False):
            rows = found.data["probabilities"]
            for index, row in zip(track_ids(found).tolist(), rows, strict=True):
                if row is not None:
                    reads[index].append((number, row))
        return {
            index: validate(
                [number for number, _ in rows],
                np.stack([row for _, row in rows]).astype(np.float32),
                **asdict(self.settings),
            )
            for index, rows in reads.items()
        }
