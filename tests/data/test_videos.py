"""Videos on their way into a dataset."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import fiftyone as fo
import numpy as np
import phone_videos
import pytest

import hoop_plugins
from hoop_plugins import import_videos
from hoop_plugins.data import video
from hoop_plugins.data.videos import find_video
from hoop_plugins.errors import HoopError, VideoError


@pytest.fixture
def name() -> Iterator[str]:
    yield "intake"
    if fo.dataset_exists("intake"):
        fo.delete_dataset("intake")


def test_a_link_keeps_its_name(name: str, make_video: Callable[..., Path], tmp_path: Path) -> None:
    blob = make_video().rename(tmp_path / "3f786850e387550f")
    link = tmp_path / "game.mp4"
    link.symlink_to(blob)
    dataset, ids = import_videos([link], name)
    assert dataset.values("filepath") == [str(link)]
    assert import_videos([link], name)[1] == ids


def test_one_file_by_two_names_is_one_video(
    name: str, make_video: Callable[..., Path], tmp_path: Path
) -> None:
    path = make_video()
    (tmp_path / "again.mp4").symlink_to(path)
    dataset, ids = import_videos([path, tmp_path / "again.mp4"], name)
    assert len(dataset) == 1
    assert ids[0] == ids[1]


def test_a_name_that_is_none_of_a_video_is_refused(
    name: str, make_video: Callable[..., Path]
) -> None:
    path = make_video()
    with pytest.raises(VideoError, match=r"clip\.txt is no video by its name"):
        import_videos([path.rename(path.with_suffix(".txt"))], name)
    assert not fo.dataset_exists(name)


@pytest.mark.parametrize("ending", [".ts", ".mts", ".m2ts"])
def test_transport_streams_are_videos_on_every_system(
    ending: str, name: str, tmp_path: Path
) -> None:
    path = tmp_path / f"game{ending}"
    phone_videos.encode(path, [phone_videos.numbered(n) for n in range(1, 6)])
    dataset, _ = import_videos([path], name)
    assert dataset.first().media_type == fo.core.media.VIDEO
    assert dataset.first().metadata.total_frame_count == 5


def test_a_normalized_copy_shows_the_same_pictures_at_the_same_time(
    name: str, tmp_path: Path
) -> None:
    path = tmp_path / "phone.mp4"
    late = [stamp + (40 if i >= 15 else 0) for i, stamp in enumerate(range(0, 600, 20))]
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 600)
        for number, stamp in enumerate(late):
            pixels = np.full((48, 64, 3), number * 8, dtype=np.uint8)
            picture = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            picture.pts, picture.time_base = stamp, Fraction(1, 600)
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
    dataset, ids = import_videos([path], name, normalize=True)
    (copy,) = dataset.values("filepath")
    assert copy != str(path)
    assert Path(copy).name.startswith("phone-")
    assert video.probe(copy).notes == ()
    shades = [round(float(image.mean()) / 8) for _, image in video.read_frames(copy)]
    # The sixteenth picture comes two frames late: the one before it stays.
    assert shades == [*range(15), 14, 14, *range(15, 30)]
    assert import_videos([path], name, normalize=True)[1] == ids


def test_a_video_that_plays_rightly_is_not_copied(
    name: str, make_video: Callable[..., Path]
) -> None:
    path = make_video()
    dataset, _ = import_videos([path], name, normalize=True)
    assert dataset.values("filepath") == [str(path)]


def test_a_name_is_found_however_its_letters_are_composed(
    name: str, make_video: Callable[..., Path]
) -> None:
    dataset, ids = import_videos([make_video("Spiel-Mu\u0308nchen.mp4"), make_video()], name)
    assert find_video(dataset, "Spiel-M\u00fcnchen.mp4").sample_id == ids[0]
    assert find_video(dataset, "Spiel-Mu\u0308nchen.mp4").sample_id == ids[0]
    with pytest.raises(HoopError, match="0 videos of"):
        find_video(dataset, "Spiel-Munchen.mp4")


def test_a_video_that_moved_is_not_added_again(
    name: str, make_video: Callable[..., Path], tmp_path: Path
) -> None:
    before = make_video()
    dataset, ids = import_videos([before], name)
    (tmp_path / "my games").mkdir()
    after = before.rename(tmp_path / "my games" / before.name)
    with pytest.raises(VideoError, match=r"which is gone: .* hoop dataset relocate intake '?/"):
        import_videos([make_video("other.mp4"), after], name)
    assert dataset.values("filepath") == [str(before)]
    hoop_plugins.relocate(dataset, before, after)
    assert import_videos([after], name)[1] == ids
    # Another one of that name is not meant.
    after.unlink()
    assert import_videos([make_video(frames=5)], name)[1] != ids


@pytest.mark.parametrize("name", ["日本", "!"])
def test_a_name_that_fiftyone_does_not_take_is_one_line(
    name: str, make_video: Callable[..., Path]
) -> None:
    with pytest.raises(HoopError, match="takes no dataset of the name") as raised:
        import_videos([make_video()], name)
    assert "\n" not in str(raised.value)
