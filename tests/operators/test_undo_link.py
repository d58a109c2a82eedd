"""Undoing joins and splits from the identity timeline."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import fiftyone as fo
import fiftyone.operators as foo
import people
import pytest
from fiftyone.operators.executor import ExecutionError
from swapped_game import SWAP, swap

from hoop_plugins.corrections import listed
from hoop_plugins.data.store import SampleStore
from hoop_plugins.mining.links import read_links
from hoop_plugins.mining.timeline import read_timeline
from hoop_plugins.panels.timeline_figure import timeline_figure
from hoop_plugins.profiles import load_profile
from hoop_plugins.stages.pipeline import build_stages, job_fields, run_stages

URI = "@hoop/hoop_plugins/undo_link"


@pytest.fixture
def linked(clip: SampleStore) -> SampleStore:
    swap(clip)
    link(clip.dataset)
    return SampleStore(clip.dataset, clip.sample_id, job_fields())


def link(dataset: fo.Dataset) -> None:
    list(run_stages(dataset, build_stages(load_profile("sample"), ["link"], "cpu"), job_fields()))


def answer(clip: SampleStore, index: int, frame: int, said: str = "") -> Any:
    params = {"sample_id": clip.sample_id, "index": index, "frame": frame}
    if said:
        params["answer"] = said
    return foo.execute_operator(URI, dataset=clip.dataset, params=params)


def told(clip: SampleStore) -> dict[int, str]:
    """What the timeline tells of links, by person."""
    return {link.index: link.told(clip.read_tracks()) for link in read_links(clip)}


def test_the_timeline_tells_what_was_joined_and_what_was_kept(linked: SampleStore) -> None:
    assert told(linked) == {
        1: "joined: track 1, then track 2; track 2 was dark (track 2) before (contact)",
        2: "joined: track 2, then track 1; track 1 was dark (track 1) before (contact)",
    }
    timeline = read_timeline(linked)
    margins = [link.margin for _, link in timeline.links]
    assert margins == sorted(margins)
    traces, _ = timeline_figure(timeline)
    joined = next(trace for trace in traces if trace["name"] == "joined")
    assert set(joined["ids"]) == {f"link:1:{SWAP + 1}:30", f"link:2:{SWAP + 1}:30"}
    assert "margin" in joined["hovertext"][0]


def test_a_join_is_undone_and_that_is_taken_back(linked: SampleStore) -> None:
    before = told(linked)
    answer(linked, 1, SWAP + 1)
    assert told(linked) != before
    (said,) = listed(linked)
    assert said.attribute == "other_from"
    links = read_links(linked)
    (new,) = (link for link in links if link.margin is None)
    assert new.kind == "split"
    answer(linked, new.index, new.frame)  # the first answer: to take it back
    assert listed(linked) == []
    assert told(linked) == before


def test_a_split_is_undone(linked: SampleStore) -> None:
    answer(linked, 2, SWAP + 1, "together")
    assert [said.attribute for said in listed(linked)] == ["same_as"]
    assert {link.index for link in read_links(linked) if link.track == 1} == {1}


@pytest.mark.parametrize(("frame", "said"), [(5, "apart"), (SWAP + 1, "maybe")])
def test_what_is_not_there_is_refused(linked: SampleStore, frame: int, said: str) -> None:
    with pytest.raises(ExecutionError, match="Validation error"):
        answer(linked, 1, frame, said)
    assert listed(linked) == []


def test_in_the_second_clip_of_a_game(linked: SampleStore, make_video: Any, tmp_path: Path) -> None:
    sample = linked.dataset.first()
    sample["game"], sample["start_time"] = "finals", 0.0
    sample.save()
    other = fo.Sample(filepath=str(make_video("second.mp4")), game="finals", start_time=9.0)
    linked.dataset.add_sample(other)
    second = SampleStore(linked.dataset, other.id, linked.names)
    people.write(second)
    swap(second)
    linked.forget("link")
    link(linked.dataset)
    assert told(second)[3] == "joined: seen before in clip.mp4 (first seen)"
    answer(second, 3, 1)
    assert 3 not in second.read_tracks()
    assert 3 in linked.read_tracks()
    assert [said.other_sample for said in listed(second)] == [linked.sample_id]
