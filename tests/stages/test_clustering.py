"""Dividing crops into teams: the easy case, and everything that is none."""

import numpy as np
import pytest

from hoop_plugins.stages import clustering
from hoop_plugins.stages.clustering import central_crop, cluster_teams, lightness


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
    found = cluster_teams(embeddings, light, tracks, seed=3)
    assert {track: one.team for track, one in found.tracks.items()} == {
        **dict.fromkeys(range(1, 6), "light"),
        **dict.fromkeys(range(6, 11), "dark"),
    }
    assert found.messages == ()
    assert found.silhouette > 0.5
    assert all(0.5 < found_team.confidence <= 1 for found_team in found.tracks.values())
    again = cluster_teams(embeddings, light, tracks, seed=3)
    assert again.tracks == found.tracks
    np.testing.assert_array_equal(again.margins, found.margins)
    one = cluster_teams(embeddings[:60], light[:60], tracks[:60])
    assert {each.team for each in one.tracks.values()} == {"light"}
    assert len(one.messages) == 1


def test_a_track_goes_with_its_clear_crops(plain: None) -> None:
    embeddings, light, tracks = game(1, noise=0.05)
    middle = (embeddings[0] + embeddings[-1]) / 2
    near_dark = middle + 0.1 * (embeddings[-1] - embeddings[0])
    # Track 1 keeps 5 clear crops of the light team; 7 blurred ones lean to the dark.
    embeddings[5:12] = near_dark
    found = cluster_teams(embeddings, light, tracks)
    assert found.crops[5] == "dark"
    assert found.tracks[1].team == "light"
    assert found.tracks[1].confidence < found.tracks[2].confidence


@pytest.mark.parametrize("count", [0, 1, 2])
def test_too_few_crops_for_teams(count: int) -> None:
    found = cluster_teams(np.eye(count, 16), np.full(count, 70.0), np.arange(count))
    assert [one.team for one in found.tracks.values()] == ["light"] * count
    assert [one.confidence for one in found.tracks.values()] == [0.0] * count
    assert len(found.messages) == 1


def test_few_crops_are_clustered_without_umap() -> None:
    embeddings, light, tracks = game(2, crops=1, noise=0.1, players=3)
    found = cluster_teams(embeddings, light, tracks)
    assert [one.team for one in found.tracks.values()] == ["light"] * 3 + ["dark"] * 3
    assert "6 crops" in found.messages[0]


def test_identical_crops_are_one_team() -> None:
    found = cluster_teams(np.ones((40, 16)), np.full(40, 20.0), np.arange(40) % 10)
    assert {one.team for one in found.tracks.values()} == {"dark"}
    assert not found.margins.any()
    assert "do not fall into two teams" in found.messages[0]


def test_two_distinct_crops_repeated(plain: None) -> None:
    embeddings = np.repeat(np.eye(2, 16), 20, axis=0)
    found = cluster_teams(embeddings, np.repeat([10.0, 90.0], 20), np.arange(40) // 4)
    assert found.silhouette == pytest.approx(1)
    assert [one.team for one in found.tracks.values()] == ["dark"] * 5 + ["light"] * 5


def test_strangers_are_no_team(plain: None) -> None:
    embeddings, light, tracks = game(3, crops=20)
    some = np.r_[0:100, 100:110]  # five tracks of a team, and ten crops of somebody else
    found = cluster_teams(embeddings[some], light[some], tracks[some])
    assert found.silhouette > 0.5
    assert {one.team for one in found.tracks.values()} == {"light"}


def test_unusable_crops_do_not_vote(plain: None) -> None:
    embeddings, light, tracks = game(4)
    embeddings[:12] = np.nan
    embeddings[12, 3] = np.inf
    found = cluster_teams(embeddings, light, tracks)
    assert 1 not in found.tracks
    assert found.tracks[2].team == "light"
    assert found.crops[:13] == (None,) * 13
    assert "13 of 120 crops" in found.messages[0]
    nothing = cluster_teams(np.full((5, 16), np.nan), np.ones(5), np.arange(5))
    assert nothing.tracks == {}


def test_central_crop_is_the_middle_of_the_box() -> None:
    frame = np.arange(100 * 200 * 3, dtype=np.uint32).reshape(100, 200, 3).astype(np.uint8)
    crop = central_crop(frame, [50, 20, 100, 80])
    np.testing.assert_array_equal(crop, frame[38:62, 65:85])
    for box in ([-40, -40, 10, 10], [190, 90, 260, 170], [30, 30, 30, 30], [-9, -9, -5, -5]):
        assert central_crop(frame, box).size


def test_background_takes_the_persons_colour() -> None:
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
