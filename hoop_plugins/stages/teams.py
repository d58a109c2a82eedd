"""Stage 3: two teams, without a single label."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hoop_plugins import corrections
from hoop_plugins.corrections.anchors import NoTrackError, find_track
from hoop_plugins.data.detections import compact_masks, track_ids
from hoop_plugins.data.image import Image
from hoop_plugins.data.label_codec import to_value
from hoop_plugins.data.masks import mask_of
from hoop_plugins.data.options import ranged
from hoop_plugins.data.store import SampleStore
from hoop_plugins.data.tracks import Track
from hoop_plugins.models.appearance import part_colors
from hoop_plugins.models.kit_colors import torso_histograms
from hoop_plugins.models.roles import Embedder
from hoop_plugins.specs import Role
from hoop_plugins.stages.clustering import (
    LEAST_SHIRTS,
    TrackTeam,
    central_crop,
    cluster_teams,
    lightness,
    outsiders,
)
from hoop_plugins.stages.read import choose
from hoop_plugins.stages.stage import Progress, Stage

KIT_STRIDE = 3
"""Every so many frames the colors of shirts, heads and arms are kept."""

KITS = 1000
"""Shirts that are stored together."""


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
    central: float = ranged(0.4, gt=0, le=1)
    stride: int = ranged(15, ge=1)
    crops_per_track: int = ranged(30, ge=1)
    batch: int = ranged(64, ge=1)
    seed: int = ranged(0, ge=0)


class ClusterTeams(Stage):
    """Clusters crops of the jerseys into two teams; writes the team of every track."""

    name = "teams"
    order = 30
    Settings = TeamSettings
    role = Role.EMBEDDER
    reads = ("players", "tracks")
    writes = ("players", "tracks")
    whole_game = True
    settings: TeamSettings

    def run(self, clips: Sequence[SampleStore]) -> Generator[Progress, None, None]:
        """See :meth:`Stage.run`."""
        embedder: Embedder = self.load_model()
        tracks = [clip.read_tracks() for clip in clips]
        # Tracks of different clips are different people until the numbers say otherwise.
        owners: list[tuple[int, int]] = []
        light: list[float] = []
        kits: list[NDArray[np.float32]] = []
        shirts: dict[tuple[int, int], NDArray[np.float32]] = {}
        shown: Counter[tuple[int, int]] = Counter()

        def see(owner: tuple[int, int], shirt: NDArray[np.float32]) -> None:
            shirts[owner] = shirts.get(owner, 0) + shirt
            shown[owner] += 1

        embeddings: list[NDArray[np.float32]] = []
        for position, clip in enumerate(clips):
            crops: list[Image] = []
            for number, found in self._crops(clip, position, tracks[position], see):
                crops += [crop for crop, _ in found.values()]
                kits += [kit for _, kit in found.values()]
                owners += [(position, index) for index in found]
                light += [lightness(crop) for crop, _ in found.values()]
                if len(crops) >= self.settings.batch:
                    embeddings.append(embedder.embed(crops))
                    crops = []
                yield self.progress(clip, number)
            if crops:
                embeddings.append(embedder.embed(crops))
        vectors = np.concatenate(embeddings) if embeddings else np.zeros((0, 1), np.float32)
        keys = {owner: key for key, owner in enumerate(sorted(set(owners)))}
        examples = {
            keys[position, index]: team
            for position, clip in enumerate(clips)
            for index, team in self._examples(clip, tracks[position]).items()
            if (position, index) in keys
        }
        teams, messages = cluster_teams(
            vectors,
            light,
            [keys[owner] for owner in owners],
            self.settings.seed,
            np.array(kits, np.float32).reshape(len(kits), -1),
            examples,
        )
        names = {found.team for found in teams.values()}
        if len(names) == 2:
            neither = outsiders(
                {
                    key: shirts[owner]
                    for owner, key in keys.items()
                    if shown[owner] >= LEAST_SHIRTS and key not in examples
                },
                teams,
            )
            teams |= dict.fromkeys(neither, TrackTeam(None, 0.0))
            if neither:
                messages.append(
                    f"{len(neither)} of {len(teams)} tracks wear neither team's kit: they have no "
                    "team and no number (players, team_confidence 0)"
                )
        for position, clip in enumerate(clips):
            decided = {
                index: asdict(teams[key])
                for (place, index), key in keys.items()
                if place == position and key in teams
            }
            self.decide(clip, tracks[position], decided, teams=len(names))
            for message in messages or [""]:
                yield self.progress(clip, message=message)

    def accepts(
        self, clip: SampleStore, settings: Mapping[str, Any], found: Mapping[str, Any]
    ) -> bool:
        """See :meth:`Stage.accepts`; where no two teams were found, examples are worth a try."""
        named = {said.value for said in corrections.listed(clip) if said.attribute == "team"}
        failed = found.get("teams", 2) < 2 and len(named) == 2
        return not failed and super().accepts(clip, settings, found)

    @staticmethod
    def _examples(clip: SampleStore, tracks: Mapping[int, Track]) -> dict[int, str]:
        """By track, the team that a person said."""
        found = {}
        for said in corrections.listed(clip):
            if said.attribute == "team":
                with suppress(NoTrackError):
                    found[find_track(clip, said.anchor, tracks)] = said.value
        return found

    def _crops(
        self,
        clip: SampleStore,
        position: int,
        tracks: dict[int, Track],
        see: Callable[[tuple[int, int], NDArray[np.float32]], None],
    ) -> Iterator[tuple[int, dict[int, tuple[Image, NDArray[np.float32]]]]]:
        """The frames of a clip, with crops and kits of players by track; referees are left out by
        class.

        On the way, everybody's colors are kept: whoever links tracks needs no video then.
        """
        most = max(1, self.settings.crops_per_track)
        gaps = {
            index: max(self.settings.stride, (track.last - track.first) // most)
            for index, track in tracks.items()
            if track.role == "player"
        }
        attributes = tuple(clip.names.attributes("players"))
        chosen = choose(clip.read("players", masks=False, without=attributes), gaps.get)
        kits: list[tuple[str, int, int, dict[str, Any]]] = []
        kitted = range(1, clip.frame_count + 1, KIT_STRIDE)
        looked_at = {*kitted, *chosen}
        for number, image, players in clip.watch("players", masks=looked_at, without=attributes):
            boxes, masks = players.xyxy.astype(np.float32), compact_masks(players)
            if number in looked_at:
                shirts = torso_histograms(image, boxes, masks)
            if number in kitted:
                colors = shirts.astype(np.float16)
                for index, shirt in zip(track_ids(players).tolist(), shirts, strict=True):
                    see((position, index), shirt)
                bodies = part_colors(image, boxes, masks).astype(np.float16)
                for i, (kit, body) in enumerate(zip(colors, bodies, strict=True)):
                    seen = to_value(body) if body.any() else None
                    kept = {"kit": to_value(kit), "appearance": seen}
                    kits.append(("players", number, i, kept))
            if len(kits) >= KITS:
                clip.assign_by_position(kits)
                kits.clear()
            crops = {}
            if number in chosen:
                for i, index in enumerate(track_ids(players).tolist()):
                    if index in chosen[number]:
                        box, mask = players.xyxy[i], mask_of(masks, i)
                        crop = central_crop(image, box, mask, self.settings.central)
                        crops[index] = crop, shirts[i]
            yield number, crops
        clip.assign_by_position(kits)
