"""Where evaluation takes its clips from: the label fields of a view."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import fiftyone as fo
import supervision as sv

from hoop_plugins.errors import HoopError, MissingFieldError
from hoop_plugins.evaluation.clip import Frame
from hoop_plugins.fields import Fields
from hoop_plugins.store import SampleStore


@dataclass(frozen=True)
class StoredClip:
    """A clip whose labels are read frame by frame, so that its length does not matter.

    Attributes:
        name: The clip's name in the report.
        store: Its labels.
        masks: Whether masks are read; mask overlap needs them, and nothing else does.
    """

    name: str
    store: SampleStore
    masks: bool = True

    def frames(self) -> Iterator[Frame]:
        """Yields the frames with ground truth in order, with what was predicted in them."""
        roles = ("detections", "players", "numbers")
        readers = {role: self._read(role) for role in roles}
        ahead = {role: next(reader, None) for role, reader in readers.items()}
        for number, truth in self.store.read("ground_truth", masks=self.masks):
            here = {}
            for role, reader in readers.items():
                while (label := ahead[role]) is not None and label[0] < number:
                    ahead[role] = next(reader, None)
                found = label is not None and label[0] == number
                here[role] = label[1] if label and found else sv.Detections.empty()
            yield Frame(number, here["detections"], here["players"], here["numbers"], truth)

    def _read(self, role: str) -> Iterator[tuple[int, sv.Detections]]:
        return self.store.read(role, masks=self.masks) if self.store.has(role) else iter(())


def clips_of(
    view: fo.core.collections.SampleCollection, names: Fields, masks: bool = True
) -> Iterator[StoredClip]:
    """The clips of a view, to be evaluated one after the other.

    Args:
        view: A video dataset or view.
        names: The names of the label fields.
        masks: Whether masks are read.

    Yields:
        Clips; fields that are not there yet are empty.

    Raises:
        MissingFieldError: If there is no ground truth.
        HoopError: If the view holds no videos.
    """
    dataset = view._dataset
    if view.media_type != fo.core.media.VIDEO:
        raise HoopError(f"{dataset.name!r} holds no videos: only videos can be evaluated")
    if not dataset.has_frame_field(names.ground_truth):
        raise MissingFieldError(
            f"{dataset.name!r} has no frame field {names.ground_truth!r} to compare with: "
            "import ground truth first"
        )
    # Clips of different games may have the same file name; a clip's own must not change with the
    # view, as runs are compared by it.
    files = Counter(Path(path).name for path in dataset.values("filepath"))
    for sample_id, path in zip(*view.values(["id", "filepath"]), strict=True):
        file = Path(path).name
        name = file if files[file] == 1 else f"{file} ({sample_id})"
        yield StoredClip(name, SampleStore(dataset, sample_id, names), masks)
