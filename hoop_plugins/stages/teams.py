"""Stage 3: two teams, without a single label."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hoop_plugins.data.detections import compact_masks, track_ids
from hoop_plugins.data.image import Image
from hoop_plugins.data.store import SampleStore
from hoop_plugins.data.tracks import Track
from hoop_plugins.data.video import read_frames
from hoop_plugins.models.roles import Embedder
from hoop_plugins.specs import Role
from hoop_plugins.stages.clustering import central_crop, cluster_teams, lightness
from hoop_plugins.stages.stage import Progress, Stage


@dataclass(frozen=True)
class TeamSettings:
    """Settings of the team stage.

    Attributes:
        model: A registered embedder, a folder, or a hub name.
        options: Options of the network itself, by name.
        central: Share of a player's box, in width and height, that is looked at; 0 to 1.
        stride: Every so many frames crops are taken.
        crops_per_track: At most so many crops of one track, spread over its frames.
        batch: Crops that go through the network together.
        seed: Of UMAP and KMeans.
    """

    model: str = "google/siglip-base-patch16-224"
    options: dict[str, Any] = field(default_factory=dict)
    central: float = 0.4
    stride: int = 15
    crops_per_track: int = 30
    batch: int = 64
    seed: int = 0


@dataclass
class Sampled:
    """Embedded crops of a game: which clip and track each is of, and how light it is."""

    clips: list[int]
    tracks: list[int]
    lightness: list[float]
    embeddings: list[np.ndarray]


class ClusterTeams(Stage):
    """Clusters crops of the jerseys into two teams; writes the team of every track."""

    name = "teams"
    order = 30
    Settings = TeamSettings
    role = Role.EMBEDDER
    reads = ("players",)
    writes = ("players", "tracks")
    whole_game = True
    settings: TeamSettings

    def run(self, clips: Sequence[SampleStore]) -> Generator[Progress, None, None]:
        """See :meth:`Stage.run`."""
        embedder: Embedder = self.load_model()
        sampled = Sampled([], [], [], [])
        tracks = [clip.read_tracks() for clip in clips]
        for position, clip in enumerate(clips):
            yield from self._sample(position, clip, tracks[position], embedder, sampled)
        # Tracks of different clips are different people until the numbers say otherwise.
        owners = list(zip(sampled.clips, sampled.tracks, strict=True))
        keys = {owner: key for key, owner in enumerate(sorted(set(owners)))}
        vectors = np.concatenate(sampled.embeddings) if keys else np.zeros((0, 1), np.float32)
        assignment = cluster_teams(
            vectors,
            sampled.lightness,
            [keys[owner] for owner in owners],
            seed=self.settings.seed,
        )
        for position, clip in enumerate(clips):
            decided = []
            for index, track in tracks[position].items():
                found = assignment.tracks.get(keys.get((position, index), -1))
                if track.role == "referee" or found is None:
                    continue
                track.team, track.team_confidence = found.team, found.confidence
                values = {"team": found.team, "team_confidence": found.confidence}
                decided.append((index, None, values))
            clip.assign("players", decided)
            clip.write_tracks(tracks[position].values())
            total = clip.video.frame_count
            clip.record(self.name, self.configuration(), total, complete=True)
            for message in assignment.messages or ("",):
                yield Progress(self.name, clip.name, total, total, message)

    def _sample(
        self,
        position: int,
        clip: SampleStore,
        tracks: dict[int, Track],
        embedder: Embedder,
        sampled: Sampled,
    ) -> Iterator[Progress]:
        """Embeds crops of a clip's players, at a stride; referees are left out by class."""
        chosen = self._choose(clip, tracks)
        crops: list[Image] = []

        def flush() -> None:
            if crops:
                sampled.embeddings.append(embedder.embed(crops))
                crops.clear()

        for number, image in read_frames(clip.video.path, stop=max(chosen, default=0)):
            if number in chosen:
                # In every frame, decoding masks would cost more than the network.
                ((_, players),) = clip.read("players", number, number)
                masks = compact_masks(players)
                for i, index in enumerate(track_ids(players).tolist()):
                    if index in chosen[number]:
                        mask = None if masks is None else masks.crop(i)
                        crop = central_crop(image, players.xyxy[i], mask, self.settings.central)
                        crops.append(crop)
                        sampled.clips.append(position)
                        sampled.tracks.append(index)
                        sampled.lightness.append(lightness(crop))
            if len(crops) >= self.settings.batch:
                flush()
            yield Progress(self.name, clip.name, number, clip.video.frame_count)
        flush()

    def _choose(self, clip: SampleStore, tracks: dict[int, Track]) -> dict[int, set[int]]:
        """Which players' crops are taken in which frame."""
        most = max(1, self.settings.crops_per_track)
        gaps = {
            index: max(self.settings.stride, (track.last - track.first) // most)
            for index, track in tracks.items()
            if track.role == "player"
        }
        due = dict.fromkeys(gaps, 0)
        chosen: dict[int, set[int]] = defaultdict(set)
        attributes = tuple(clip.names.attributes("players"))
        for number, players in clip.read("players", masks=False, without=attributes):
            for index in track_ids(players).tolist():
                if number >= due.get(index, np.inf):
                    due[index] = number + gaps[index]
                    chosen[number].add(index)
        return chosen
