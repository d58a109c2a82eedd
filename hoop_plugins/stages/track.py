"""Stage 2: an identity for every person in every frame, and a mask where a network makes one."""

from __future__ import annotations

import pickle
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import supervision as sv
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from hoop_plugins.corrections import forget_tracked
from hoop_plugins.data.classes import missing, unknown_classes
from hoop_plugins.data.detections import compact_masks, objects, track_ids
from hoop_plugins.data.masks import absent, without_lone_pixels
from hoop_plugins.data.options import ranged
from hoop_plugins.data.store import SampleStore
from hoop_plugins.data.tracks import Track
from hoop_plugins.data.vocabulary import PLAYER_ACTIONS
from hoop_plugins.errors import HoopError
from hoop_plugins.models import AUTO, BY_DETECTION, WITH_MASKS, fitting_tracker
from hoop_plugins.models.roles import Tracker, TrackerSession
from hoop_plugins.specs import Role
from hoop_plugins.stages.court import Bystanders, Polygon, drawn_polygons, read_polygon
from hoop_plugins.stages.doubles import without_doubles
from hoop_plugins.stages.stage import Progress, Stage, flushing

CHUNK = 50
"""Frames between two writes; the tracker's memory is saved as often."""

SAME_PERSON = 0.5
"""IoU of a tracked person's box with a detection's, from which they are one."""

NO_GPU = (
    "no GPU: people are tracked by their detections, without masks; SAM2 makes masks, but takes "
    "many seconds a frame here: --tracker sam2.1-hiera-small"
)


@dataclass(frozen=True)
class TrackSettings:
    """Settings of the tracking stage.

    Attributes:
        model: A registered tracker, or a path to SAM2.1 weights ("CHECKPOINT@CONFIG"); "auto":
            SAM2.1 on a GPU, tracking-by-detection without one.
        options: Options of the network itself, by name.
        court: People outside it are no players: x,y of its corners in the first frame, from 0 to 1,
            as "0,0.72 1,0.7 1,1 0,1". A polygon in the sample field "court" comes before it.
        least_height: Where no court is given, and the detector knows no referees, people smaller
            than this share of the clip's tall ones are no players: the crowd; 0 to 1, 0 keeps all.
    """

    model: str = AUTO
    options: dict[str, Any] = field(default_factory=dict)
    court: str = ""
    least_height: float = ranged(0.5, ge=0, le=1)


def people(found: sv.Detections) -> sv.Detections:
    """A frame's players and referees, with ``class_name`` "player" or "referee".

    Args:
        found: Detections of any class; the player-* classes become "player".

    Returns:
        People only; what a player does is in ``data["action"]``: the action that the detection
        stage kept, or else the label.
    """
    labels = np.asarray(found.data.get("class_name", np.empty(0, object)), dtype=object)
    keep = np.array([label in (*PLAYER_ACTIONS, "referee") for label in labels], dtype=bool)
    kept = found.select(keep)
    stored = kept.data.get("action", np.full(len(kept), None, dtype=object))
    actions = np.where(stored == None, labels[keep], stored)  # noqa: E711 - element by element
    kept.data["action"] = actions
    kept.data["row"] = objects(np.flatnonzero(keep).tolist())
    kept.data["class_name"] = np.array(
        ["referee" if label == "referee" else "player" for label in labels[keep]], dtype=object
    )
    return kept


def adopt(tracked: sv.Detections, found: sv.Detections) -> sv.Detections:
    """Gives each tracked person the box of its detection, and in ``data["action"]`` its action.

    Which detection that is, the tracker says in ``data["detection"]``. One that does not has its
    people and those of :func:`people` matched one-to-one where they overlap by half. Without a
    detection the box stays the tracker's, which lacks what its mask does, and the action is
    ``None``.
    """
    tracked = tracked.to_compact_masks()  # others' may fill the frame
    if (masks := compact_masks(tracked)) is not None:
        tracked.mask = without_lone_pixels(masks, tracked.xyxy)
    boxes, actions = tracked.xyxy.copy(), np.full(len(tracked), None, dtype=object)
    if "detection" in tracked.data:
        theirs = np.asarray(tracked.data.pop("detection"), int)
        mine = np.flatnonzero(theirs >= 0)
        theirs = theirs[mine]
    else:
        mine, theirs = overlapping(tracked.xyxy, found.xyxy)
    boxes[mine] = found.xyxy[theirs]
    if len(mine):
        actions[mine] = found.data["action"][theirs]
    tracked.xyxy = boxes
    tracked.data["action"] = actions
    return tracked


def overlapping(
    tracked: NDArray[np.number], found: NDArray[np.number]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Which tracked boxes, and which others of the frame, are of one person: each pair once."""
    overlap = sv.box_iou_batch(tracked, found)
    allowed = np.where(overlap >= SAME_PERSON, overlap, 0)
    mine, theirs = linear_sum_assignment(allowed, maximize=True)
    near = allowed[mine, theirs] > 0
    return mine[near], theirs[near]


class TrackPeople(Stage):
    """Gives everybody an identity in each frame: ``frames.players`` and ``tracks``."""

    name = "track"
    order = 20
    Settings = TrackSettings
    role = Role.TRACKER
    reads = ("detections",)
    uses = ("shots",)
    writes = ("players", "tracks")
    settings: TrackSettings

    def __init__(self, settings: TrackSettings | None = None, device: str = "auto") -> None:
        super().__init__(settings, device)
        self.court = read_polygon(self.settings.court) if self.settings.court else None
        self.fitting = self.settings.model == AUTO
        if self.fitting:
            # The record says what was run: on another machine that may be something else.
            self.settings = replace(self.settings, model=fitting_tracker(device))
        self.note = NO_GPU if self.fitting and self.settings.model == BY_DETECTION else ""

    def accepts(
        self, clip: SampleStore, settings: Mapping[str, Any], found: Mapping[str, Any]
    ) -> bool:
        """See :meth:`Stage.accepts`; "auto" leaves alone what was tracked on another machine."""
        known = (BY_DETECTION, WITH_MASKS)
        if self.fitting and found.get("complete") and settings["model"] in known:
            settings = {**settings, "model": self.settings.model}
        drawn = [list(map(list, shape)) for shape in self._polygons(clip)]
        return found.get("court", []) == drawn and super().accepts(clip, settings, found)

    def _polygons(self, clip: SampleStore) -> list[Polygon]:
        """The court of a clip: as people drew it there, or as the settings say."""
        return drawn_polygons(clip) or ([self.court] if self.court else [])

    def run_clip(self, clip: SampleStore, model: Tracker) -> Iterator[Progress]:
        """See :meth:`Stage.run`."""
        from hoop_plugins.data.saving import save  # torch takes seconds; listing stages should not

        field, counts = f"frames.{clip.names.detections}", clip.count_labels("detections")
        if message := missing("player", field, counts, clip.vocabulary):
            raise HoopError(f"{clip.name}: {message}")
        others = unknown_classes(f"{field} of {clip.name}", counts, clip.vocabulary)
        if others and not clip.progress("detect"):  # which says so itself
            yield self.progress(clip, 0, message=others)
        if self.note:
            yield self.progress(clip, 0, message=self.note)
            self.note = ""
        session = model.start(clip.video)
        saved = clip.runs.state_path(self.name)
        saved.parent.mkdir(parents=True, exist_ok=True)
        ids: dict[int, int] = {}
        done = seen = self._restore(clip, session, saved, ids)
        least = 0.0 if counts["referee"] else self.settings.least_height
        bystanders = Bystanders(clip, self._polygons(clip), least, anew=not done)
        if bystanders.note:
            yield self.progress(clip, done, message=bystanders.note)
        if not done and (frames := forget_tracked(clip)):
            yield self.progress(clip, 0, message=tracked_alone(frames))
        tracks = clip.read_tracks() if done else {}
        known = clip.progress(self.name) if done else {}
        tally = {name: known.get(name, 0) for name in ("doubles", "people", "masked")}
        cuts = clip.cuts
        clip.clear("players", after=done)
        pending: dict[int, sv.Detections] = {}

        def flush() -> None:
            if seen != done:
                return  # interrupted within a step: the session is ahead of what can be stored
            clip.write("players", pending)
            bystanders.store()
            clip.write_tracks(tracks.values())
            if done < clip.frame_count:
                clip.runs.sync()  # the state must never be ahead of the labels
                save({"frames": done, "session": session.state(), "ids": ids}, saved)
            else:
                # Trajectories are told apart by label too: a track has one, the verdict at its end.
                clip.assign("players", [(i, None, {"label": t.role}) for i, t in tracks.items()])
            self.record(clip, done, **tally, **bystanders.found)
            pending.clear()

        with flushing(flush):
            for number, image, detections in clip.watch("detections", first=done + 1):
                seen = number
                found = bystanders.leave_out(number, image, people(detections))
                whole = without_doubles(found)
                tally["doubles"] += len(found) - len(whole)
                found = whole
                if any(done < cut <= number for cut in cuts):
                    ids.clear()
                    session = _anew(session, model, clip)
                given = found if session.wants_detections() else None
                tracked = adopt(session.step(image, given), found)
                tally["people"] += len(tracked)
                tally["masked"] += count_masked(tracked)
                make_unique(tracked, ids, tracks)
                tracked.data["track"] = objects(track_ids(tracked).tolist())
                pending[number] = tracked
                remember(tracks, number, tracked)
                done = number
                if len(pending) >= CHUNK:
                    flush()
                yield self.progress(clip, done)
            done = seen = clip.frame_count  # the last pictures may be damaged
        saved.unlink(missing_ok=True)
        if tally["doubles"]:
            told = "detections of a part of somebody who was detected whole are left out"
            yield self.progress(clip, message=f"{tally['doubles']} {told}")
        if self.settings.options.get("masks") == "selective" and tally["people"]:
            share = f"{tally['masked'] / tally['people']:.0%}"
            told = f"{share} of the people, frame by frame, have a mask: where teammates meet"
            yield self.progress(clip, message=told)
        if bystanders.told:
            yield self.progress(clip, message=bystanders.told)

    def _restore(
        self, clip: SampleStore, session: TrackerSession, saved: Path, ids: dict[int, int]
    ) -> int:
        """Brings a session, and the ids that it gave in this shot, to where they were stopped, and
        returns after how many frames that is.
        """
        if not clip.progress(self.name).get("frames") or not saved.is_file():
            return 0
        import torch

        # What is stored may be a chunk behind the state, which is written after the labels.
        try:
            state = torch.load(saved, map_location="cpu", weights_only=True)
            frames, given = int(state["frames"]), dict(state["ids"])
        except (pickle.UnpicklingError, KeyError):
            return 0  # of an earlier version, which did not say all of it
        session.restore(state["session"])
        ids.update(given)
        return frames


def _anew(session: TrackerSession, model: Tracker, clip: SampleStore) -> TrackerSession:
    """A session that knows nobody."""
    if not hasattr(session, "reset"):
        return model.start(clip.video)
    session.reset()
    return session


def tracked_alone(frames: Sequence[int]) -> str:
    """What people should know where what was tracked from their corrections, which they gave in
    these frames, is replaced.
    """
    where = f"frame{'s' * (len(frames) > 1)} {', '.join(map(str, frames))}"
    return (
        f"what was tracked again from corrections in {where} is tracked without them now: they "
        "stay, and hoop track-again tracks from them anew"
    )


def count_masked(tracked: sv.Detections) -> int:
    """How many of the people tracked in a frame have a mask."""
    masks = tracked.mask
    return int(np.sum(~absent(masks))) if isinstance(masks, sv.CompactMask) else 0


def make_unique(tracked: sv.Detections, ids: dict[int, int], tracks: Collection[int]) -> None:
    """Gives people of this shot other ids than those of earlier shots, whatever the tracker does.

    Args:
        tracked: People with the tracker's ids, which are replaced.
        ids: Our ids of those whom this shot has shown so far, by the tracker's; is extended.
        tracks: All ids of the clip so far.
    """
    if tracked.tracker_id is None:
        return
    for given in tracked.tracker_id.tolist():
        if given not in ids:
            known = {*tracks, *ids.values()}
            ids[given] = max(known) + 1 if given in known else given
    tracked.tracker_id = np.array([ids[given] for given in tracked.tracker_id.tolist()], int)


def remember(tracks: dict[int, Track], frame: int, tracked: sv.Detections) -> None:
    """Extends a clip's tracks, by id, by the people tracked in one frame."""
    if tracked.tracker_id is None:
        return
    for index, label in zip(tracked.tracker_id.tolist(), tracked.data["class_name"], strict=True):
        track = tracks.setdefault(index, Track(index, first=frame, last=frame, role=str(label)))
        track.last, track.role = frame, str(label)
