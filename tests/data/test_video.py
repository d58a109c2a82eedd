"""Decoding and measuring videos."""

from __future__ import annotations

import struct
import subprocess
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import phone_videos
import pytest

from hoop_plugins.data import video
from hoop_plugins.errors import VideoError

NUMBERED = [phone_videos.numbered(number) for number in range(1, 46)]


def test_probe_measures_what_was_written(make_video: Callable[..., Path]) -> None:
    info = video.probe(make_video(frames=31, width=160, height=120, rate=24))
    assert (info.width, info.height, info.frame_rate, info.frame_count) == (160, 120, 24.0, 31)


def test_frames_are_numbered_from_one_and_can_start_anywhere(
    make_video: Callable[..., Path],
) -> None:
    path = make_video(frames=20)
    everything = dict(video.read_frames(path))
    assert list(everything) == list(range(1, 21))
    part = dict(video.read_frames(path, start=8, stop=11))
    assert list(part) == [8, 9, 10, 11]
    assert all(np.array_equal(part[number], everything[number]) for number in part)


def test_a_consumer_may_stop_early(make_video: Callable[..., Path]) -> None:
    frames = video.read_frames(make_video(frames=60))
    assert next(frames)[0] == 1
    frames.close()


def test_a_written_frame_comes_back(tmp_path: Path) -> None:
    image = np.zeros((64, 96, 3), dtype=np.uint8)
    image[:, :48] = (200, 30, 30)
    assert video.write_video(tmp_path / "a.mp4", [image] * 5, 30, crf=10) == 5
    back = dict(video.read_frames(tmp_path / "a.mp4"))[3]
    assert np.abs(back[:, :40].mean((0, 1)) - (200, 30, 30)).max() < 8
    assert not list(tmp_path.glob("*.part"))


def test_a_truncated_video_is_refused(make_video: Callable[..., Path], tmp_path: Path) -> None:
    whole = make_video(frames=60).read_bytes()
    (tmp_path / "cut.mp4").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(VideoError, match=r"cut\.mp4"):
        video.probe(tmp_path / "cut.mp4")


def quarters(path: Path) -> Path:
    """A video of 12 frames, 64 by 48, whose upper left quarter is white."""
    image = np.zeros((48, 64, 3), dtype=np.uint8)
    image[:24, :32] = 255
    video.write_video(path, [image] * 12, 30, crf=10)
    return path


@pytest.mark.parametrize(
    ("matrix", "size", "corner"),
    [
        ((1, 0, 0, 1), (64, 48), (0, 0)),
        ((0, 1, -1, 0), (48, 64), (0, 1)),  # a quarter turn, clockwise
        ((-1, 0, 0, -1), (64, 48), (1, 1)),
        ((0, -1, 1, 0), (48, 64), (1, 0)),
        ((-1, 0, 0, 1), (64, 48), (0, 1)),  # mirrored
    ],
)
def test_frames_are_turned_as_browsers_turn_them(
    matrix: tuple[int, ...], size: tuple[int, int], corner: tuple[int, int], tmp_path: Path
) -> None:
    path = quarters(tmp_path / "turned.mp4")
    phone_videos.turn(path, matrix)
    info = video.probe(path)
    assert (info.width, info.height) == size
    assert info.turned is (matrix != (1, 0, 0, 1))
    _, image = next(video.read_frames(path))
    assert image.shape == (size[1], size[0], 3)
    light = [
        half.mean() for rows in np.array_split(image, 2) for half in np.array_split(rows, 2, 1)
    ]
    assert int(np.argmax(light)) == corner[0] * 2 + corner[1]


def test_what_an_edit_list_leaves_out_is_not_counted(make_video: Callable[..., Path]) -> None:
    path = make_video(frames=40)
    everything = dict(video.read_frames(path))
    phone_videos.trim(path, begin=5 / 25, share=30 / 40)
    info = video.probe(path)
    assert (info.frame_count, info.frame_rate, info.notes) == (30, 25.0, ())
    shown = dict(video.read_frames(path))
    assert list(shown) == list(range(1, 31))
    assert np.array_equal(shown[1], everything[6])


@pytest.mark.parametrize("options", [{"bf": "0"}, {"bf": "3", "g": "15"}])
@pytest.mark.parametrize(
    ("parts", "shown"),
    [
        ([(5, 12), (28, 10)], [*range(6, 18), *range(29, 39)]),
        ([(0, 15), (15, 5), (30, 15)], [*range(1, 21), *range(31, 46)]),
        ([(5, 12), (3, 8)], [*range(6, 18), *range(4, 12)]),  # some twice
    ],
)
def test_parts_that_an_edit_list_joins_are_told(
    parts: list[tuple[int, int]], shown: list[int], options: dict[str, str], tmp_path: Path
) -> None:
    """Browsers show others around the place where they meet."""
    path = tmp_path / "joined.mp4"
    phone_videos.encode(path, NUMBERED, **options)
    phone_videos.splice(path, *parts)
    frames = list(video.read_frames(path))
    assert [number for number, _ in frames] == list(range(1, len(shown) + 1))
    assert [phone_videos.number_of(image) for _, image in frames] == shown
    (note,) = video.probe(path).notes
    assert note.startswith(
        "joined.mp4: an edit list joins 2 parts of the file, and where they meet"
    )
    assert note.endswith("hoop import --normalize")


def test_an_edit_list_of_parts_that_follow_each_other_is_none(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    phone_videos.encode(path, NUMBERED, bf="0")
    phone_videos.splice(path, (5, 12), (17, 20))
    assert (video.probe(path).frame_count, video.probe(path).notes) == (32, ())


def test_an_empty_packet_is_no_picture(tmp_path: Path) -> None:
    """Recorders write one where nothing has changed."""
    path = tmp_path / "clip.mp4"
    phone_videos.encode(path, NUMBERED[:30], bf="0")
    content = bytearray(path.read_bytes())
    struct.pack_into(">I", content, content.find(b"stsz") + 16 + 4 * 10, 0)
    path.write_bytes(content)
    (note,) = video.probe(path).notes
    assert "the frame rate varies" in note
    frames = list(video.read_frames(path))
    assert [number for number, _ in frames] == list(range(1, len(frames) + 1))


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_what_the_stream_alone_turns_is_upright_here_and_told(degrees: int, tmp_path: Path) -> None:
    path = quarters(tmp_path / "turned.mp4")
    phone_videos.turn_by_message(path, degrees)
    info = video.probe(path)
    assert (info.width, info.height) == ((64, 48) if degrees == 180 else (48, 64))
    lying = dict(video.read_frames(quarters(tmp_path / "lying.mp4")))
    for number, image in video.read_frames(path):
        turned = np.rot90(lying[number], degrees // 90)
        assert np.abs(image.astype(int) - turned).max() < 40, "also those without the message"
    (note,) = info.notes
    assert "browsers do not turn its pictures, since only the H.264 stream says so" in note


def test_where_the_container_turns_too_browsers_do(tmp_path: Path) -> None:
    path = quarters(tmp_path / "turned.mp4")
    phone_videos.turn_by_message(path, 270)
    phone_videos.turn(path, (0, 1, -1, 0))
    info = video.probe(path)
    assert (info.width, info.height, info.turned, info.notes) == (48, 64, True, ())


def test_a_pointer_of_git_lfs_is_called_one(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n")
    with pytest.raises(VideoError, match=r"clip\.mp4 is a Git LFS pointer .* git lfs pull") as told:
        video.probe(path)
    assert "\n" not in str(told.value)


def test_a_damaged_picture_leaves_a_gap(make_video: Callable[..., Path]) -> None:
    path = make_video(frames=40)
    with av.open(str(path)) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
        position, size = packets[20].pos, packets[20].size
    content = bytearray(path.read_bytes())
    content[position : position + size] = b"\xff" * size
    path.write_bytes(content)
    assert video.probe(path).frame_count == 40
    numbers = [number for number, _ in video.read_frames(path)]
    assert len(numbers) == 39
    assert numbers[-1] == 40
    assert [number for number, _ in video.read_frames(path, start=30, stop=32)] == [30, 31, 32]


@pytest.mark.parametrize(("first", "count"), [(7, 1), (12, 6)])
def test_after_damage_pictures_come_in_order(first: int, count: int, tmp_path: Path) -> None:
    """Those that the decoder gives late are left out: stages go through frames in order."""
    path = tmp_path / "clip.mp4"
    phone_videos.encode(path, NUMBERED[:40], g="10", bf="2")
    with av.open(str(path)) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
    content = bytearray(path.read_bytes())
    assert packets[7].is_keyframe
    for packet in packets[first : first + count]:
        position, size = packet.pos, packet.size
        content[position : position + size] = b"\xff" * size
    path.write_bytes(content)
    frames = list(video.read_frames(path))
    numbers = [number for number, _ in frames]
    assert numbers == sorted(set(numbers))
    assert {1, 2, 39, 40} <= set(numbers)
    assert [number for number, _ in video.read_frames(path, start=20)] == [
        number for number in numbers if number >= 20
    ]


@pytest.mark.ffmpeg
def test_pictures_before_the_beginning_of_a_cut_are_not_counted(tmp_path: Path) -> None:
    """Matroska has no time before 0, where an open group of pictures begins."""
    params = {"x264-params": "open-gop=1:keyint=15:scenecut=0"}
    phone_videos.encode(tmp_path / "whole.mp4", NUMBERED, g="15", bf="3", **params)
    cut = ("-ss", "0.83", "-i", str(tmp_path / "whole.mp4"), "-c", "copy")
    subprocess.run(["ffmpeg", "-loglevel", "error", *cut, str(tmp_path / "cut.mkv")], check=True)
    info = video.probe(tmp_path / "cut.mkv")
    frames = list(video.read_frames(tmp_path / "cut.mkv"))
    assert [number for number, _ in frames] == list(range(1, info.frame_count + 1))
    shown = [phone_videos.number_of(image) for _, image in frames]
    assert shown == list(range(shown[0], 46))


@pytest.mark.parametrize("codec", ["libx264", "mpeg4"])
def test_pictures_that_avi_has_in_another_order_are_counted(codec: str, tmp_path: Path) -> None:
    phone_videos.encode(tmp_path / "clip.avi", NUMBERED[:40], codec, g="15", bf="2")
    assert video.probe(tmp_path / "clip.avi").frame_count == 40
    frames = list(video.read_frames(tmp_path / "clip.avi"))
    assert [number for number, _ in frames] == list(range(1, 41))
    assert [phone_videos.number_of(image) for _, image in frames] == list(range(1, 41))


def test_frames_keep_their_size_where_the_file_changes_it(tmp_path: Path) -> None:
    parts = []
    for name, shape in (("large", (96, 128)), ("small", (48, 64))):
        with av.open(str(tmp_path / f"{name}.ts"), "w") as container:
            stream = container.add_stream("libx264", rate=25)
            stream.height, stream.width = shape
            stream.pix_fmt, stream.options = "yuv420p", {"bf": "0"}
            for i in range(5):
                picture = av.VideoFrame.from_ndarray(np.zeros((*shape, 3), np.uint8), "rgb24")
                picture.pts = i + len(parts) * 5
                container.mux(stream.encode(picture))
            container.mux(stream.encode())
        parts.append((tmp_path / f"{name}.ts").read_bytes())
    (tmp_path / "both.ts").write_bytes(b"".join(parts))
    frames = dict(video.read_frames(tmp_path / "both.ts"))
    assert len(frames) == 10
    assert {image.shape for image in frames.values()} == {(96, 128, 3)}


def test_what_browsers_do_not_play_is_told(make_video: Callable[..., Path]) -> None:
    path = make_video("clip.avi")
    assert video.probe(path).notes == ()  # named so, but an MP4
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(5):
            picture = av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), "rgb24")
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
    (note,) = video.probe(path).notes
    assert "browsers do not play mpeg4 (yuv420p) in avi" in note


@pytest.mark.parametrize("error", [MemoryError("no room"), TypeError("odd frame")])
def test_whatever_fails_while_decoding_reaches_the_consumer(
    error: Exception, make_video: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object, **options: object) -> None:
        raise error

    monkeypatch.setattr(np, "asarray", fail)
    with pytest.raises(type(error), match=str(error)):
        next(video.read_frames(make_video()))
