"""Telling two teams apart: crops, UMAP, KMeans, and a vote for every track. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from hoop_plugins.compat.numba import compiled_once
from hoop_plugins.data.image import Image

TEAMS = ("dark", "light")
"""Names of the teams, in order of their crops' lightness."""

LEAST_CROPS = 8
"""Below this UMAP fails (up to 4) or has nothing to learn; the embeddings are clustered as they
are."""

LEAST_SPREAD = 1e-3
"""Root mean square distance of unit embeddings to their mean, below which they are the same crop:
UMAP would spread identical points over two units and feign structure."""

LEAST_SILHOUETTE = 0.5
"""Measured after UMAP on rendered crops: two teams 0.61 to 0.93, one team 0.29."""

LEAST_SHARE = 0.2
"""Of the crops in the smaller cluster. One team and a few strangers have a high silhouette too."""

LEAST_SHIRTS = 10
"""Frames in which a track's kit was seen, from which it can be told to be of neither team."""

LIKE_TEAM = 0.8
"""How like its team's kit a player's is at least (Bhattacharyya): on the sample game .88 and more;
in a gym two referees, a coach and spectators were .71 to .78 like the nearer team, players of whom
that much was seen .81 and more."""


@dataclass(frozen=True)
class TrackTeam:
    """The team of a track.

    Attributes:
        team: Its name; ``None`` for somebody who belongs to neither.
        team_confidence: The mean margin of the track's crops, those on the other side counted as
            negative: 1 for crops like the team's center, 0 for a draw, or for one team only.
    """

    team: str | None
    team_confidence: float


def central_crop(
    frame: Image, box: ArrayLike, mask_crop: NDArray[np.bool_] | None = None, fraction: float = 0.4
) -> Image:
    """Cuts out the central part of a person, where the jersey is.

    Args:
        frame: uint8 RGB ``(H, W, 3)``.
        box: The person's xyxy in pixels. Parts outside the frame are ignored.
        mask_crop: The person's pixels, bool ``(h, w)``, whose upper left corner is the box's.
            Other pixels take the median color of the person's: a neighbor's jersey or the floor
            must not vote. Where the central part holds nothing of the person, the whole box is
            taken.
        fraction: Share of the box's width and height to keep, in (0, 1]; at least one pixel.
    """
    x1, y1, x2, y2 = np.asarray(box, dtype=float)
    left, right = _span((x1 + x2) / 2, (x2 - x1) * fraction, frame.shape[1])
    top, bottom = _span((y1 + y2) / 2, (y2 - y1) * fraction, frame.shape[0])
    crop = frame[top:bottom, left:right].copy()
    if mask_crop is None:
        return crop
    row, column = max(top - int(y1), 0), max(left - int(x1), 0)
    part = mask_crop[row : row + crop.shape[0], column : column + crop.shape[1]]
    person = np.zeros(crop.shape[:2], dtype=bool)
    person[: part.shape[0], : part.shape[1]] = part
    if person.any():
        crop[~person] = np.median(crop[person], axis=0)
    elif fraction < 1:
        return central_crop(frame, box, mask_crop, 1.0)
    return crop


def _span(center: float, size: float, limit: int) -> tuple[int, int]:
    """First and last-but-one pixel of a length within ``[0, limit]``, at least one pixel long."""
    start = min(max(int(np.floor(center - size / 2)), 0), limit - 1)
    stop = min(max(int(np.ceil(center + size / 2)), start + 1), limit)
    return start, stop


def lightness(crop: Image) -> float:
    """The median CIE lightness of a crop, 0 (black) to 100 (white)."""
    return float(np.median(cv2.cvtColor(crop, cv2.COLOR_RGB2LAB)[..., 0])) * 100 / 255


def reduce(
    embeddings: NDArray[np.floating], seed: int = 0, dimensions: int = 3
) -> tuple[NDArray[np.float64], str | None]:
    """Lays embeddings out in few dimensions with UMAP (McInnes et al. 2018, arXiv 1802.03426).

    Args:
        embeddings: ``(N, D)``, finite.
        seed: The same seed gives the same numbers on the same machine.
        dimensions: Of the result.

    Returns:
        float64 ``(N, dimensions)`` and ``None``; or the embeddings themselves and why.
    """
    count = len(embeddings)
    points = np.asarray(embeddings, dtype=np.float64)
    if count < LEAST_CROPS:
        return points, f"{count} crops are too few for UMAP; clustered as they are"
    if np.sqrt(points.var(axis=0).sum()) < LEAST_SPREAD:
        return points, f"all {count} crops look the same; clustered as they are"
    from hoop_plugins.compat.torch import threads_kept  # torch takes seconds

    with compiled_once():
        from umap import UMAP  # compiles for seconds when first used

    # A track's crops resemble each other: with UMAP's 15 neighbors each track is an island, and
    # where the islands lie says nothing. A quarter of the crops reaches the team-mates.
    neighbors = min(max(15, count // 4), 100, count - 1)
    mapper = UMAP(n_components=dimensions, n_neighbors=neighbors, random_state=seed, n_jobs=1)
    with threads_kept():
        return np.asarray(mapper.fit_transform(points), dtype=np.float64), None


def cluster_teams(
    embeddings: NDArray[np.floating],
    lightness: ArrayLike,
    tracks: ArrayLike,
    seed: int = 0,
    kits: NDArray[np.floating] | None = None,
    examples: Mapping[int, str] | None = None,
) -> tuple[dict[int, TrackTeam], list[str]]:
    """Divides crops of players into two teams and decides the team of each track.

    SigLIP's embeddings go through UMAP and KMeans; a track takes the side of the majority of its
    crops, weighted with their margins: ``1 - d1 / d2`` with the distances to the nearer and the
    farther center. Where they are no clusters, the colors of kits are tried; where these are none,
    everybody is of one team, and a message says why. Nothing here fails for few, equal or unusable
    crops.

    Args:
        embeddings: float ``(N, D)``. Rows that are not finite are left out.
        lightness: ``(N,)``, 0 to 100, of the crops: :data:`TEAMS` names the darker team first.
        tracks: int ``(N,)``, the track of each crop.
        seed: Of UMAP and KMeans.
        kits: float ``(N, B)`` of :func:`~hoop_plugins.models.kit_colors.torso_histograms`.
        examples: The teams of some tracks, two in all: then the kits are divided by those of these
            players, whatever else is in the crops.

    Returns:
        The team of each track with a usable crop, and lines for people.
    """
    usable = np.isfinite(embeddings).all(axis=1)
    vectors = np.asarray(embeddings, dtype=np.float64)[usable]
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    light = np.asarray(lightness, dtype=np.float64)[usable]
    track = np.asarray(tracks, dtype=np.int64)[usable]
    colors = None if kits is None else np.asarray(kits, dtype=np.float64)[usable]
    messages: list[str] = []
    names: tuple[str, ...] = TEAMS
    if not usable.all():
        lost = len(usable) - len(vectors)
        messages.append(f"{lost} of {len(usable)} crops cannot be used and do not vote")
    lead = None if colors is None else _by_example(colors, track, examples or {})
    reason = ""
    if lead is None:
        lead, reason, message = _divide(vectors, seed)
        messages += [message] if message else []
        if lead is None and colors is not None:
            lead, _, _ = _divide(colors, seed)
            if lead is not None:
                messages.append(f"teams are told apart by kit colors: of the crops, {reason}")
    if lead is not None:
        first, second = (np.median(light[side]) for side in (lead <= 0, lead > 0))
        names = names if first <= second else names[::-1]
    elif len(vectors):
        names = (TEAMS[int(np.median(light) >= 50)],)
        lead = np.zeros(len(vectors))
        messages.append(
            f"the {len(vectors)} crops do not fall into two teams: {reason}; every track is of "
            f"team {names[0]!r}; name a player of each (hoop correct, or correct_track: team "
            f"{TEAMS[0]}, team {TEAMS[1]}), and run again"
        )
    else:
        return {}, [*messages, "no crops of players: no teams"]
    votes = {int(index): float(lead[track == index].mean()) for index in np.unique(track)}
    teams = {index: TrackTeam(names[vote > 0], abs(vote)) for index, vote in votes.items()}
    return teams, messages


def _by_example(
    colors: NDArray[np.float64], track: NDArray[np.int64], examples: Mapping[int, str]
) -> NDArray[np.float64] | None:
    """The margins of kits, ``(N, B)``, negative on the side of the first example's team; ``None``
    where no two teams have an example among the tracks.
    """
    from sklearn.cluster import KMeans

    named = sorted(set(examples.values()))
    sides = [np.isin(track, [i for i, team in examples.items() if team == n]) for n in named]
    if len(named) != 2 or not all(side.any() for side in sides):
        return None
    begin = np.stack([colors[side].mean(axis=0) for side in sides])
    distances = KMeans(2, init=begin, n_init=1).fit(colors).transform(colors)
    near, far = np.sort(distances, axis=1).T
    margin = 1 - near / np.maximum(far, 1e-12)
    lead: NDArray[np.float64] = np.where(distances[:, 1] < distances[:, 0], margin, -margin)
    return lead


def outsiders(
    shirts: Mapping[int, NDArray[np.floating]], teams: Mapping[int, TrackTeam]
) -> list[int]:
    """Finds who wears the kit of neither team: referees, coaches, spectators.

    Args:
        shirts: By track, the sum of its kits,
            :func:`~hoop_plugins.models.kit_colors.torso_histograms` of at least
            ``LEAST_SHIRTS`` frames.
        teams: By track, its team.

    Returns:
        The tracks whose mean kit is less than ``LIKE_TEAM`` like that of their team: the mean of
        the two thirds of the team that are most alike.
    """
    found: list[int] = []
    for team in {each.team for each in teams.values()}:
        tracks = [i for i in shirts if i in teams and teams[i].team == team]
        if not tracks:
            continue
        sums = np.array([shirts[i] for i in tracks], np.float64)
        kits = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-12)
        members = np.arange(len(tracks))
        for _ in range(3):
            center = sums[members].sum(axis=0)
            alike = kits @ (center / max(float(np.linalg.norm(center)), 1e-12))
            members = np.argsort(-alike, kind="stable")[: max(1, round(len(tracks) * 2 / 3))]
        found += [tracks[i] for i in np.flatnonzero(alike < LIKE_TEAM)]
    return sorted(found)


def _divide(
    vectors: NDArray[np.float64], seed: int
) -> tuple[NDArray[np.float64] | None, str, str | None]:
    """The vectors' margins, negative on side 0 (``None`` for one team), why, and a message."""
    # Two points always make two clusters: they say nothing.
    if len(vectors) < 3:
        return None, "they are too few", None
    if np.sqrt(vectors.var(axis=0).sum()) < LEAST_SPREAD:
        return None, "they all look the same", None
    from sklearn.cluster import KMeans
    from sklearn.metrics import silhouette_score

    points, message = reduce(vectors, seed)
    means = KMeans(2, n_init=10, random_state=seed).fit(points)
    side = means.labels_.astype(np.int64)
    silhouette = float(silhouette_score(points, side))
    smaller = min(side.mean(), 1 - side.mean())
    if silhouette < LEAST_SILHOUETTE:
        return None, f"their silhouette {silhouette:.2f} is below {LEAST_SILHOUETTE}", message
    if smaller < LEAST_SHARE:
        return None, f"the smaller group has {smaller:.0%}, below {LEAST_SHARE:.0%}", message
    near, far = np.sort(means.transform(points), axis=1).T
    return np.where(side == 1, 1 - near / far, near / far - 1), "", message
