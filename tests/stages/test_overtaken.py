"""Two runs over one clip: what the later one stored stands, however late the earlier one ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import people
import pytest
from by_rule import Networks

from hoop_plugins import corrections, plugins, profiles
from hoop_plugins.data.store import SampleStore
from hoop_plugins.errors import HoopError
from hoop_plugins.specs import Role
from hoop_plugins.stages.pipeline import build_stages, run_stages
from hoop_plugins.stages.stage import Progress

PROFILE = profiles.load_profile("sample").with_models(**{role.value: "by-rule" for role in Role})


@pytest.fixture(autouse=True)
def networks() -> Iterator[Networks]:
    networks = Networks()
    networks.growing = True
    plugins.manager().register(networks)
    yield networks
    plugins.manager().unregister(networks)


def run(clip: SampleStore, *stages: str, fresh: bool = False) -> Iterator[Progress]:
    return run_stages(clip.dataset, build_stages(PROFILE, stages), fresh=fresh)


def begin(clip: SampleStore, *stages: str, frames: int = 7) -> Iterator[Progress]:
    """A run that nobody goes on with after some frames, as when the App is closed."""
    begun = run(clip, *stages, fresh=True)
    for _ in range(frames):
        next(begun)
    return begun


def stored(clip: SampleStore) -> dict[str, Any]:
    clip.dataset.reload()
    whole: dict[str, Any] = clip.dataset.first().to_dict(include_frames=True)
    return whole


def labels(clip: SampleStore) -> dict[str, Any]:
    """What is stored of the frames, whenever that was: a kill may lose the last writes, or none."""
    frames: dict[str, dict[str, Any]] = stored(clip)["frames"]
    return {i: {**frame, "last_modified_at": None} for i, frame in frames.items()}


@pytest.mark.parametrize(
    "stage", ["detect", "shots", "track", "teams", "pair", "read", "link", "validate"]
)
def test_a_dropped_run_that_ends_late_stores_nothing(clip: SampleStore, stage: str) -> None:
    list(run(clip, "teams", "pair", "read", "link", "validate"))
    dropped = begin(clip, stage, frames=1)
    list(run(clip, stage))
    assert clip.progress(stage)["complete"]
    before = stored(clip)
    dropped.close()
    assert stored(clip) == before


def test_a_dropped_run_leaves_a_stage_alone_that_was_begun_anew(clip: SampleStore) -> None:
    dropped = begin(clip, "track")
    list(run(clip, "detect", fresh=True))
    dropped.close()
    assert clip.progress("track") == {}


def test_a_run_that_goes_on_is_told_of_the_other(clip: SampleStore) -> None:
    first = begin(clip, "detect")
    list(run(clip, "detect"))
    with pytest.raises(HoopError, match=r"another run over clip\.mp4 has begun"):
        list(first)
    assert clip.progress("detect")["complete"]


def test_an_older_run_of_pairing_does_not_erase_what_a_later_run_read(clip: SampleStore) -> None:
    older = begin(clip, "pair", frames=1)
    list(run(clip, "pair", "read", fresh=True))
    before = stored(clip)
    with pytest.raises(HoopError, match="another run"):
        list(older)
    assert stored(clip) == before
    assert clip.dataset.count("frames.numbers.detections.text")


def test_an_overtaken_run_stops_at_once(clip: SampleStore, networks: Networks) -> None:
    frames = clip.video.frame_count
    older = begin(clip, "detect", frames=1)
    later = begin(clip, "detect", frames=1)
    with pytest.raises(HoopError, match="another run"):
        list(older)
    assert [step.done for step in later] == list(range(2, frames + 1))


def test_corrections_are_laid_once_over_what_the_later_run_says(clip: SampleStore) -> None:
    people.decide(clip)
    corrections.correct(clip, 1, number="99")
    dropped = begin(clip, "pair", frames=1)
    list(run(clip, "pair", "validate", fresh=True))
    dropped.close()
    (correction,) = corrections.listed(clip)
    assert clip.read_tracks()[1].number == "99"
    corrections.undo(clip, [correction.key])
    assert clip.read_tracks()[1].number_status == "unread"


def test_a_correction_between_a_dropped_run_and_its_end_is_laid_once(clip: SampleStore) -> None:
    people.decide(clip)
    dropped = begin(clip, "pair", frames=1)
    corrections.correct(clip, 1, number="99")
    dropped.close()
    (correction,) = corrections.listed(clip)
    assert clip.read_tracks()[1].number == "99"
    corrections.undo(clip, [correction.key])
    assert clip.read_tracks()[1].number == "23"


def test_a_run_ends_where_the_database_was_started_anew(
    clip: SampleStore, restart_database: Callable[[], None], networks: Networks
) -> None:
    """MongoDB forgets what it took last when it is killed; a run that went on would not know."""
    networks.growing = False  # that the run had begun may be forgotten, or not
    list(run(clip, "pair", "read"))
    clip.dataset.persistent = True
    before = labels(clip)
    begun = begin(clip, "read", frames=2)
    restart_database()
    with pytest.raises(HoopError, match="was started anew during the run over clip"):
        list(begun)
    list(run(clip, "read"))
    assert labels(clip) == before
