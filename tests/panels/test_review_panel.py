"""What the review queue's panel tells the browser, without the App."""

from __future__ import annotations

from typing import Any

import editor_edits
import fiftyone.operators as foo
import people
import pytest

from hoop_plugins import corrections
from hoop_plugins.data.store import SampleStore


def ask(clip: SampleStore, method: str, **params: Any) -> dict[str, Any]:
    event = {"panel_id": "p", "__method__": method, "panel_state": {}, **params}
    uri = "@hoop/hoop_plugins/review_queue"
    return foo.execute_operator(uri, dataset=clip.dataset, params=event).result


@pytest.fixture
def doubtful(clip: SampleStore) -> SampleStore:
    people.doubt(clip)
    return clip


def test_tracks_come_with_their_pictures_the_worst_first(doubtful: SampleStore) -> None:
    ids = ask(doubtful, "clips")["ids"]
    (found,) = ask(doubtful, "look", ids=ids)["clips"].values()
    assert [item["index"] for item in found["items"]] == [1, 4, 2, 3]
    pictures = ask(doubtful, "pictures", items=found["items"])["pictures"]
    assert [len(one["crops"]) for one in pictures] == [4, 4, 4, 4]


def test_an_answer_is_stored_and_the_newest_taken_back(doubtful: SampleStore) -> None:
    where = {"sample_id": doubtful.sample_id}
    for index, said in ((1, {"confirm": True}), (4, {"not_a_person": True})):
        found = ask(doubtful, "answer", index=index, said=said, **where)
    clip = found["clips"][doubtful.sample_id]
    assert (clip["looked"], [item["index"] for item in clip["items"]]) == (2, [2, 3])
    assert ask(doubtful, "take_back")["key"] == f"{doubtful.sample_id}:4"
    back = ask(doubtful, "take_back")
    assert back["told"] == "taken back: number 23, team dark, role player (clip.mp4)"
    assert [item["index"] for item in back["clips"][doubtful.sample_id]["items"]] == [1, 4, 2, 3]
    assert corrections.listed(doubtful) == []
    assert ask(doubtful, "take_back") == {"error": "there is nothing to undo"}


def test_what_cannot_be_is_said_in_one_line(doubtful: SampleStore) -> None:
    said = {"number": "100"}
    found = ask(doubtful, "answer", sample_id=doubtful.sample_id, index=1, said=said)
    assert found == {"error": "'100' is not a jersey number: give 0 to 99, or 00"}
    found = ask(doubtful, "answer", sample_id="none", index=1, said=said)
    assert "no longer in the view" in found["error"]


def test_what_was_changed_in_the_editor_is_an_answer(doubtful: SampleStore) -> None:
    with corrections.lifted([doubtful]):
        pass
    editor_edits.edit(doubtful, 1, {"$gt": 0}, number="28")
    editor_edits.edit(doubtful, 4, {"$gt": 0}, team="")
    found = ask(doubtful, "look", ids=[doubtful.sample_id])
    clip = found["clips"][doubtful.sample_id]
    assert (clip["looked"], [item["index"] for item in clip["items"]]) == (1, [4, 2, 3])
    assert [str(one) for one in corrections.listed(doubtful)] == ["number 28"]
    (line,) = found["problems"]
    assert "track 4" in line
