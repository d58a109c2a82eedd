"""What is true, beside what was predicted wrong."""

from __future__ import annotations

import fiftyone as fo
import pytest
from fiftyone import ViewField as F
from planted_errors import ALL, Game, find

from hoop_plugins.data.store import SampleStore


def errors(store: SampleStore, role: str) -> dict[tuple[int, int], str]:
    """What labels say of their error, by frame and index."""
    found = store.find(role, F("error").exists(), ("index", "error"))
    return {(frame, one["index"]): one["error"] for frame, labels in found for one in labels}


@pytest.fixture
def game(dataset: fo.Dataset, make_video) -> Game:
    path = make_video(frames=len(ALL), width=400)
    dataset.add_sample(fo.Sample(filepath=str(path)))
    return Game(SampleStore(dataset, dataset.first().id))


def test_a_wrong_read_says_what_stands_on_the_shirt(game: Game) -> None:
    game.set("numbers", 4, [20], text="17")
    game.set("numbers", 3, [5], text="")
    game.write()
    find(game.store.dataset)
    assert errors(game.store, "numbers") == {(20, 4): "expected 11", (5, 3): "expected 00"}
    assert errors(game.store, "players") == {}


def test_a_wrong_number_and_a_wrong_team_say_what_is_true(game: Game) -> None:
    game.set("players", 4, [7], number="17")
    game.set("players", 1, [8, 9], team="light")
    game.set("players", 1, [9], number="3")
    game.write()
    find(game.store.dataset)
    assert errors(game.store, "players") == {
        (7, 4): "expected 11",
        (8, 1): "expected dark",
        (9, 1): "expected dark 23",
    }


def test_a_number_of_somebody_else_says_whose_it_is(game: Game) -> None:
    game.set("numbers", 4, [21], text="17")
    for frame in (20, 21):
        owners = game.numbers[frame].tracker_id
        owners[owners == 4] = 1
    game.write()
    find(game.store.dataset)
    assert errors(game.store, "numbers") == {
        (20, 1): "expected on light 11",
        (21, 1): "expected 11 on light 11",
    }
    assert errors(game.store, "players") == {}


def test_a_player_where_nobody_is_says_so(game: Game) -> None:
    found = game.players[12]
    found.xyxy[found.tracker_id == 2] += (0, 90, 0, 90)
    game.write()
    find(game.store.dataset)
    assert errors(game.store, "players") == {(12, 2): "expected nobody"}


def test_what_was_put_right_says_nothing_any_more(game: Game) -> None:
    game.set("numbers", 2, [3], text="71")
    game.write()
    find(game.store.dataset)
    game.set("numbers", 2, [3], text="7")
    game.write()
    find(game.store.dataset)
    assert errors(game.store, "numbers") == {}
