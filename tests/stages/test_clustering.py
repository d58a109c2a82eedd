"""Dividing crops into teams: the easy case, and everything that is none."""

import numpy as np
import pytest

from hoop_plugins.stages import clustering
from hoop_plugins.stages.clustering import (
    TrackTeam,
    central_crop,
    cluster_teams,
    lightness,
    outsiders,
)


def game(
    seed: int, crops: int = 12, noise: float = 0.25, players: int = 5
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Embeddings, lightness and tracks of two teams; the kits are the same for every seed."""
    kits = np.random.default_rng(99).normal(size=(2, 16))
    rng = np.random.default_rng(seed)
    tracks = np.repeat(np.arange(1, 2 * players + 1), crops)
    team = (tracks > players).astype(int)
    embeddings = kits[team] + rng.normal(scale=noise, size=(len(tracks), 16))
    return embeddings, np.where(team == 0, 80.0, 30.0) + rng.normal(size=len(tracks)), tracks


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spares the tests UMAP's compilation: the embeddings are clustered as they are."""
    monkeypatch.setattr(clustering, "LEAST_CROPS", 10_000)


def test_two_teams_through_umap_and_the_same_again() -> None:
    embeddings, light, tracks = game(0)
    teams, messages = cluster_teams(embeddings, light, tracks, seed=3)
    assert {track: found.team for track, found in teams.items()} == {
        **dict.fromkeys(range(1, 6), "light"),
        **dict.fromkeys(range(6, 11), "dark"),
    }
    assert messages == []
    assert all(0.5 < found.team_confidence <= 1 for found in teams.values())
    assert cluster_teams(embeddings, light, tracks, seed=3) == (teams, messages)
    teams, messages = cluster_teams(embeddings[:60], light[:60], tracks[:60])
    assert {found.team for found in teams.values()} == {"light"}
    assert len(messages) == 1


def test_a_track_goes_with_its_clear_crops(plain: None) -> None:
    embeddings, light, tracks = game(1, noise=0.05)
    middle = (embeddings[0] + embeddings[-1]) / 2
    near_dark = middle + 0.1 * (embeddings[-1] - embeddings[0])
    # Track 1 keeps 5 clear crops of the light team; 7 blurred ones lean to the dark.
    embeddings[5:12] = near_dark
    teams, _ = cluster_teams(embeddings, light, tracks)
    assert teams[1].team == "light"
    assert teams[1].team_confidence < teams[2].team_confidence
    blurred = np.arange(len(tracks)) // 5  # each of their own: crops 5 to 9 lean to the dark
    assert cluster_teams(embeddings, light, blurred)[0][1].team == "dark"


@pytest.mark.parametrize("count", [0, 1, 2])
def test_too_few_crops_for_teams(count: int) -> None:
    teams, messages = cluster_teams(np.eye(count, 16), np.full(count, 70.0), np.arange(count))
    assert list(teams.values()) == [TrackTeam("light", 0.0)] * count
    assert len(messages) == 1


def test_few_crops_are_clustered_without_umap() -> None:
    embeddings, light, tracks = game(2, crops=1, noise=0.1, players=3)
    teams, messages = cluster_teams(embeddings, light, tracks)
    assert [found.team for found in teams.values()] == ["light"] * 3 + ["dark"] * 3
    assert "6 crops" in messages[0]


def test_identical_crops_are_one_team() -> None:
    teams, messages = cluster_teams(np.ones((40, 16)), np.full(40, 20.0), np.arange(40) % 10)
    assert set(teams.values()) == {TrackTeam("dark", 0.0)}
    assert "do not fall into two teams" in messages[0]


def test_two_distinct_crops_repeated(plain: None) -> None:
    embeddings = np.repeat(np.eye(2, 16), 20, axis=0)
    teams, _ = cluster_teams(embeddings, np.repeat([10.0, 90.0], 20), np.arange(40) // 4)
    assert [found.team for found in teams.values()] == ["dark"] * 5 + ["light"] * 5
    assert all(found.team_confidence == pytest.approx(1) for found in teams.values())


def test_strangers_are_no_team(plain: None) -> None:
    embeddings, light, tracks = game(3, crops=20)
    some = np.r_[0:100, 100:110]  # five tracks of a team, and ten crops of somebody else
    teams, messages = cluster_teams(embeddings[some], light[some], tracks[some])
    assert "the smaller group has 9%, below 20%" in messages[-1]
    assert {found.team for found in teams.values()} == {"light"}


def test_what_has_no_clusters_is_named_with_its_silhouette(plain: None) -> None:
    noise = np.random.default_rng(0).normal(size=(60, 16))
    _, messages = cluster_teams(noise, np.full(60, 20.0), np.arange(60) // 6)
    silhouette = float(messages[-1].partition("their silhouette ")[2][:4])
    assert silhouette < clustering.LEAST_SILHOUETTE
    assert "is below 0.5" in messages[-1]
    assert "hoop correct" in messages[-1]


def shirts(sides: np.ndarray, seed: int = 0) -> np.ndarray:
    """Kits of two teams and, side 2, of somebody else: as ``torso_histograms`` gives them."""
    rng = np.random.default_rng(seed)
    counts = np.full((len(sides), 12), 0.02) + rng.random((len(sides), 12)) * 0.02
    counts[np.arange(len(sides)), np.asarray(sides) * 4] += 1
    return np.sqrt(counts / counts.sum(axis=1, keepdims=True)).astype(np.float32)


def test_kits_tell_teams_apart_where_crops_do_not(plain: None) -> None:
    embeddings = np.random.default_rng(0).normal(size=(80, 16))
    tracks = np.arange(80) // 8
    sides = (tracks >= 5).astype(int)
    light = np.where(sides == 0, 80.0, 20.0)
    teams, messages = cluster_teams(embeddings, light, tracks, kits=shirts(sides))
    assert [teams[i].team for i in range(10)] == ["light"] * 5 + ["dark"] * 5
    assert messages[-1].startswith("teams are told apart by kit colors: of the crops, their silh")


def test_kits_of_one_team_tell_nothing(plain: None) -> None:
    embeddings = np.random.default_rng(0).normal(size=(80, 16))
    sides = np.zeros(80, int)
    teams, messages = cluster_teams(
        embeddings, np.full(80, 20.0), np.arange(80) // 8, kits=shirts(sides)
    )
    assert {found.team for found in teams.values()} == {"dark"}
    assert "do not fall into two teams" in messages[-1]


def test_two_players_named_by_a_person_are_enough(plain: None) -> None:
    """Nine tracks of one team, one of the other: no gate would let them pass."""
    embeddings = np.random.default_rng(0).normal(size=(80, 16))
    tracks = np.arange(80) // 8
    sides = (tracks == 9).astype(int)
    light = np.where(sides == 0, 80.0, 20.0)
    known = {3: "light", 9: "dark"}
    teams, messages = cluster_teams(embeddings, light, tracks, kits=shirts(sides), examples=known)
    assert [teams[i].team for i in range(10)] == ["light"] * 9 + ["dark"]
    assert messages == []


@pytest.mark.parametrize(
    "known", [{3: "light"}, {3: "light", 4: "light"}, {3: "light", 77: "dark"}, {}]
)
def test_examples_of_one_team_change_nothing(plain: None, known: dict[int, str]) -> None:
    embeddings, light, tracks = game(1)
    kits = shirts((tracks > 5).astype(int))
    assert cluster_teams(embeddings, light, tracks, kits=kits, examples=known) == cluster_teams(
        embeddings, light, tracks, kits=kits
    )


def test_who_wears_neither_kit_belongs_to_neither_team() -> None:
    sides = np.array([0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2])
    kits = dict(enumerate(shirts(sides) * 12))
    teams = {i: TrackTeam("dark" if i < 5 else "light", 0.7) for i in kits}
    assert outsiders(kits, teams) == [9, 10]
    among_dark = {**teams, 9: TrackTeam("dark", 0.1)}
    assert outsiders(kits, among_dark) == [9, 10]


def test_a_kit_half_seen_still_belongs_to_its_team() -> None:
    kits = dict(enumerate(shirts(np.array([0, 0, 0, 1, 1, 1]))))
    kits[0] = kits[0] + 0.3 * kits[4]  # somebody of the other team stood before him at times
    teams = {i: TrackTeam("dark" if i < 3 else "light", 0.7) for i in kits}
    assert outsiders(kits, teams) == []


def test_without_kits_nobody_is_an_outsider() -> None:
    assert outsiders({}, {1: TrackTeam("dark", 0.5)}) == []


def test_unusable_crops_do_not_vote(plain: None) -> None:
    embeddings, light, tracks = game(4)
    embeddings[:12] = np.nan
    embeddings[12, 3] = np.inf
    teams, messages = cluster_teams(embeddings, light, tracks)
    assert 1 not in teams
    assert teams[2].team == "light"
    assert "13 of 120 crops" in messages[0]
    teams, messages = cluster_teams(np.full((5, 16), np.nan), np.ones(5), np.arange(5))
    assert teams == {}
    assert messages[-1] == "no crops of players: no teams"


def test_central_crop_is_the_middle_of_the_box() -> None:
    frame = np.arange(100 * 200 * 3, dtype=np.uint32).reshape(100, 200, 3).astype(np.uint8)
    crop = central_crop(frame, [50, 20, 100, 80])
    np.testing.assert_array_equal(crop, frame[38:62, 65:85])
    for box in ([-40, -40, 10, 10], [190, 90, 260, 170], [30, 30, 30, 30], [-9, -9, -5, -5]):
        assert central_crop(frame, box).size


def test_background_takes_the_persons_color() -> None:
    frame = np.zeros((100, 100, 3), dtype=np.uint8)
    frame[20:80, 40:50] = (200, 30, 30)
    mask = np.zeros((60, 20), dtype=bool)
    mask[:, :10] = True
    assert (central_crop(frame, [40, 20, 60, 80], mask) == (200, 30, 30)).all()
    assert central_crop(frame, [40, 20, 60, 80]).min() == 0


def test_a_hidden_middle_gives_the_rest_of_the_person() -> None:
    frame = np.zeros((100, 100, 3), dtype=np.uint8)
    frame[20:40] = (10, 200, 10)
    mask = np.zeros((60, 20), dtype=bool)
    mask[:20] = True
    assert (central_crop(frame, [40, 20, 60, 80], mask) == (10, 200, 10)).all()
    nobody = central_crop(frame, [40, 20, 60, 80], np.zeros((60, 20), dtype=bool))
    assert nobody.size


def test_lightness() -> None:
    assert lightness(np.full((4, 5, 3), 255, dtype=np.uint8)) == pytest.approx(100)
    assert lightness(np.zeros((4, 5, 3), dtype=np.uint8)) == 0
    assert lightness(np.full((4, 5, 3), 119, dtype=np.uint8)) == pytest.approx(50, abs=1)
