"""Videos as phones and broken disks make them go through every stage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import av
import fiftyone as fo
import phone_videos
import pytest
from by_rule import Networks, paint

from hoop_plugins import plugins, profiles
from hoop_plugins.data.store import SampleStore
from hoop_plugins.data.video import write_video
from hoop_plugins.errors import VideoError
from hoop_plugins.specs import Role
from hoop_plugins.stages.pipeline import build_stages, run_stages
from hoop_plugins.stages.stage import Progress

FRAMES = 24
JOB = ("detect", "shots", "track", "teams", "pair", "read", "link", "validate")


@pytest.fixture(autouse=True)
def networks() -> Iterator[Networks]:
    networks = Networks()
    plugins.manager().register(networks)
    yield networks
    plugins.manager().unregister(networks)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "clip.mp4"
    write_video(path, [paint(frame) for frame in range(1, FRAMES + 1)], 25)
    return path


@pytest.fixture
def clip(dataset: fo.Dataset, path: Path) -> SampleStore:
    sample = fo.Sample(filepath=str(path))
    dataset.add_sample(sample)
    return SampleStore(dataset, sample.id)


def damage(path: Path, *packets: int) -> None:
    """Overwrites packets, counted from 0."""
    with av.open(str(path)) as container:
        places = [(packet.pos, packet.size) for packet in container.demux(video=0) if packet.size]
    content = bytearray(path.read_bytes())
    for position, size in (places[packet] for packet in packets):
        content[position : position + size] = b"\xff" * size
    path.write_bytes(content)


def run(clip: SampleStore, job: Sequence[str] = JOB) -> list[Progress]:
    models: dict[str, str] = {role.value: "by-rule" for role in Role}
    profile = profiles.load_profile("sample").with_models(**models)
    return list(run_stages(clip.dataset, build_stages(profile, job, "cpu")))


def labeled(clip: SampleStore) -> list[int]:
    return [number for number, _ in clip.read("detections")]


@pytest.mark.parametrize("packet", [9, FRAMES - 1])
def test_a_damaged_picture_is_named_and_the_rest_goes_on(
    packet: int, clip: SampleStore, path: Path
) -> None:
    damage(path, packet)
    steps = run(clip)
    gone = sorted(set(range(1, FRAMES + 1)) - set(labeled(clip)))
    assert len(gone) == 1
    (said,) = [step.message for step in steps if "damaged" in step.message]
    assert said.startswith(f"clip.mp4: 1 damaged picture has no labels: frame {gone[0]}; make a")
    assert all(clip.progress(stage)["complete"] for stage in JOB)


def test_a_damaged_video_is_done_once(clip: SampleStore, path: Path) -> None:
    damage(path, 9)
    run(clip)
    again = run(clip)
    assert {step.message for step in again} == {"done before with these settings"}


@pytest.mark.parametrize("kept", [15, 24])
def test_a_lossless_cut_is_done_once(kept: int, clip: SampleStore, path: Path) -> None:
    """Packets before and after the cut are in the file, and are no pictures."""
    phone_videos.encode(path, [paint(frame) for frame in range(1, 31)], g="12", bf="2")
    phone_videos.splice(path, (6, kept))
    run(clip)
    assert labeled(clip) == list(range(1, kept + 1))
    assert all(clip.progress(stage)["complete"] for stage in JOB)
    assert clip.dataset.first().metadata.total_frame_count == kept
    assert {step.message for step in run(clip)} == {"done before with these settings"}


def test_metadata_of_another_tool_are_put_right(clip: SampleStore) -> None:
    sample = clip.dataset.first()
    sample.metadata = fo.VideoMetadata(
        frame_width=180,
        frame_height=320,
        frame_rate=26.3,
        total_frame_count=FRAMES,
        encoding_str="avc1",
    )
    sample.save()
    assert SampleStore(clip.dataset, clip.sample_id).size == (320, 180)
    clip.dataset.reload()
    metadata = clip.dataset.first().metadata
    assert (metadata.frame_width, metadata.frame_rate) == (320, 25.0)
    assert metadata.encoding_str == "avc1"


def test_labels_outlive_the_file_and_a_run_says_how_to_find_it(
    clip: SampleStore, path: Path
) -> None:
    run(clip, ["detect"])
    path.unlink()
    again = SampleStore(clip.dataset, clip.sample_id)
    assert again.frame_count == FRAMES
    assert len(list(again.read("detections"))) == FRAMES
    with pytest.raises(VideoError, match=r"clip\.mp4 does not exist.*hoop dataset relocate"):
        run(again, ["detect"])
