"""Recordings cut into clips: every picture once, on the App's clock, encoded only where needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import av
import numpy as np
import phone_videos
import pytest

from hoop_plugins.data import video
from hoop_plugins.data.cutting import write
from hoop_plugins.data.split import plan, seconds
from hoop_plugins.errors import HoopError

FRAMES, RATE = 60, 30


def pictures(count: int = FRAMES) -> list[np.ndarray]:
    return [phone_videos.numbered(number) for number in range(1, count + 1)]


def encoded(path: Path, codec: str = "libx264", pixels: str = "yuv420p", **options: str) -> Path:
    phone_videos.encode(path, pictures(), codec, pixels, **options)
    return path


def cut(path: Path, length: float = 0.5) -> tuple[list[list[int]], int]:
    """What the pictures of each clip say, and how many clips were encoded again; looks at what
    holds for all clips.
    """
    pieces = plan(path, length, path.parent / "clips")
    again = sum(map(bool, write(pieces)))
    shown = []
    for piece in pieces:
        info = video.probe(piece.target)
        assert info.notes == ()
        assert info.frame_count <= length * info.frame_rate + 1e-6
        assert b"elst" not in piece.target.read_bytes()
        assert video.clock(piece.target).times[0] == 0
        shown.append(
            [phone_videos.number_of(image) for _, image in video.read_frames(piece.target)]
        )
        assert len(shown[-1]) == info.frame_count
    assert sorted(p.target for p in pieces) == sorted((path.parent / "clips").iterdir())
    return shown, again


def once(shown: list[list[int]]) -> bool:
    """Whether every picture is in one clip, in order, and none twice."""
    return [number for clip in shown for number in clip] == list(range(1, FRAMES + 1))


def lengths(shown: list[list[int]]) -> list[int]:
    return [len(clip) for clip in shown]


def closed(path: Path) -> Path:
    return encoded(path, g="10", bf="3", sc_threshold="0")


@pytest.mark.parametrize("name", ["game.mp4", "game.mov", "game.mkv", "game.ts", "game.avi"])
def test_closed_groups_are_copied(name: str, tmp_path: Path) -> None:
    kind = {"bf": "0"} if name.endswith("avi") else {"bf": "3"}
    path = encoded(tmp_path / name, g="10", sc_threshold="0", **kind)
    shown, again = cut(path)
    assert once(shown)
    assert (lengths(shown), again) == ([10] * 6, 0)


def test_copied_packets_are_those_of_the_recording(tmp_path: Path) -> None:
    path = closed(tmp_path / "game.mp4")
    whole = dict(video.read_frames(path))
    cut(path, 1.0)
    second = dict(video.read_frames(tmp_path / "clips" / "game-002.mp4"))
    assert all(np.array_equal(image, whole[30 + number]) for number, image in second.items())


@pytest.mark.parametrize(("codec", "name"), [("libvpx-vp9", "a.webm"), ("libsvtav1", "a.mp4")])
def test_what_else_browsers_play_is_copied(codec: str, name: str, tmp_path: Path) -> None:
    fast = {"deadline": "realtime"} if codec == "libvpx-vp9" else {"preset": "11"}
    path = encoded(tmp_path / name, codec, g="15", **fast)
    shown, again = cut(path)
    whole = [phone_videos.number_of(image) for _, image in video.read_frames(path)]
    assert [number for clip in shown for number in clip] == whole
    assert (lengths(shown), again) == ([15] * 4, 0)


@pytest.mark.parametrize(
    ("codec", "name", "options"),
    [
        ("libx265", "hevc.mp4", {"x265-params": "keyint=10:log-level=none"}),
        ("libvpx", "vp8.webm", {"g": "10", "deadline": "realtime"}),
        ("mpeg2video", "game.mpg", {"g": "10", "bf": "2"}),
        ("mpeg4", "game.avi", {"g": "10"}),
    ],
)
def test_what_browsers_do_not_play_is_encoded(
    codec: str, name: str, options: dict[str, str], tmp_path: Path
) -> None:
    shown, again = cut(encoded(tmp_path / name, codec, **options))
    assert once(shown)
    assert (lengths(shown), again) == ([15] * 4, 4)


def test_pictures_that_reach_over_a_key_frame_are_not_parted_from_it(tmp_path: Path) -> None:
    """Open groups: what leads a key frame needs the group before."""
    open_groups = {
        "x264-params": "open-gop=1:keyint=10:min-keyint=10:bframes=3:b-adapt=0:scenecut=0"
    }
    path = encoded(tmp_path / "game.mp4", **open_groups)
    with av.open(str(path)) as container:
        packets = [p for p in container.demux(video=0) if p.size]
    keys = [i for i, packet in enumerate(packets) if packet.is_keyframe]
    leading = [p.pts < packets[i].pts for i in keys[1:] for p in packets[i:]]
    assert any(leading)
    shown, again = cut(path)
    assert once(shown)
    assert again >= 3


def test_where_there_is_one_key_frame_only_all_is_encoded(tmp_path: Path) -> None:
    shown, again = cut(encoded(tmp_path / "game.mp4", g="250", sc_threshold="0"))
    assert once(shown)
    assert (lengths(shown), again) == ([15] * 4, 4)


def test_only_what_has_no_key_frames_is_encoded(tmp_path: Path) -> None:
    """Key frames at 1, 11, 21, 51: the third group is longer than a clip."""
    path = tmp_path / "game.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=RATE, options={"g": "250", "bf": "2"})
        stream.height, stream.width, stream.pix_fmt = 216, 384, "yuv420p"
        stream.options["sc_threshold"] = "0"
        for place, image in enumerate(pictures()):
            picture = av.VideoFrame.from_ndarray(image, format="rgb24")
            if place in (0, 10, 20, 50):
                picture.pict_type = av.video.frame.PictureType.I
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
    shown, again = cut(path)
    assert once(shown)
    assert (lengths(shown), again) == ([10, 10, 15, 15, 10], 2)


def varying(path: Path) -> Path:
    """The last third comes at half the rate; from 41 on, a group each 10 pictures."""
    stamps = [20 * n if n < 40 else 40 * n - 800 for n in range(FRAMES)]
    with av.open(str(path), "w") as container:
        options = {"bf": "0", "g": "10", "sc_threshold": "0"}
        stream = container.add_stream("libx264", rate=RATE, options=options)
        stream.height, stream.width, stream.pix_fmt = 216, 384, "yuv420p"
        stream.codec_context.time_base = phone_videos.Fraction(1, 600)
        for image, stamp in zip(pictures(), stamps, strict=True):
            picture = av.VideoFrame.from_ndarray(image, format="rgb24")
            picture.pts, picture.time_base = stamp, phone_videos.Fraction(1, 600)
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
    return path


def test_only_where_the_rate_varies_it_is_encoded(tmp_path: Path) -> None:
    path = varying(tmp_path / "phone.mp4")
    assert video.probe(path).notes
    shown, again = cut(path, 1.0)
    assert [n for clip in shown for n in dict.fromkeys(clip)] == list(range(1, FRAMES + 1))
    assert shown[0] == list(range(1, 31))
    assert all(clip.count(n) == 2 for clip in shown for n in clip if 40 < n < FRAMES)
    assert 0 < again < len(shown)
    assert plan(path, 1.0, tmp_path / "clips")[-1].start == pytest.approx(50 / 30, abs=0.5)


def test_what_an_edit_list_leaves_out_is_in_no_clip(tmp_path: Path) -> None:
    path = closed(tmp_path / "phone.mp4")
    phone_videos.trim(path, begin=5 / RATE, share=0.75)
    shown, again = cut(path)
    assert [n for clip in shown for n in clip] == list(range(6, 51))
    assert 1 <= again < len(shown)


@pytest.mark.parametrize("share", [0.7, 0.715, 0.73])
def test_a_recording_may_end_anywhere(share: float, tmp_path: Path) -> None:
    """Also where pictures are cut off that shown ones need."""
    path = closed(tmp_path / "phone.mp4")
    phone_videos.trim(path, begin=0, share=share)
    shown, _ = cut(path)
    assert [n for clip in shown for n in clip] == list(range(1, video.probe(path).frame_count + 1))


@pytest.mark.parametrize("matrix", [(0, 1, -1, 0), (-1, 0, 0, -1)])
def test_a_turned_recording_stays_upright(matrix: tuple[int, ...], tmp_path: Path) -> None:
    path = closed(tmp_path / "phone.mp4")
    phone_videos.turn(path, matrix)
    before = dict(video.read_frames(path))
    pieces = plan(path, 0.5, tmp_path / "clips")
    assert list(write(pieces)) == [""] * 6
    for place, piece in enumerate(pieces):
        for number, image in video.read_frames(piece.target):
            assert np.array_equal(image, before[10 * place + number])


def test_a_late_first_picture_is_at_the_beginning_of_its_clip(tmp_path: Path) -> None:
    path = tmp_path / "broadcast.mp4"
    phone_videos.write_at(path, pictures(), [1200 + 20 * n for n in range(FRAMES)])
    assert video.probe(path).notes
    shown, again = cut(path, 10)
    assert (once(shown), len(shown), again) == (True, 1, 0)


def test_a_short_recording_is_one_clip(tmp_path: Path) -> None:
    shown, again = cut(closed(tmp_path / "game.mp4"), 60)
    assert (once(shown), len(shown), again) == (True, 1, 0)


def test_fragments_and_damage(tmp_path: Path) -> None:
    path = tmp_path / "browser.mp4"
    options = {"movflags": "empty_moov+frag_keyframe"}
    phone_videos.encode(
        path, pictures(), container_options=options, g="10", bf="2", sc_threshold="0"
    )
    shown, again = cut(path)
    assert (once(shown), again) == (True, 0)


@pytest.fixture
def heard(tmp_path: Path) -> Callable[..., Path]:
    """A recording with sound that says which second it is."""

    def make(name: str = "game.mp4", codec: str = "aac", late: float = 0.0, **video_: str) -> Path:
        with av.open(str(tmp_path / name), "w") as container:
            options = {"g": "10", "bf": "2", "sc_threshold": "0", **video_}
            stream = container.add_stream("libx264", rate=RATE, options=options)
            stream.height, stream.width, stream.pix_fmt = 216, 384, "yuv420p"
            sound = container.add_stream(codec, rate=48000, layout="mono")
            size, planes = (1024, "fltp") if codec == "aac" else (1152, "s16")
            for image in pictures():
                picture = av.VideoFrame.from_ndarray(image, format="rgb24")
                container.mux(stream.encode(picture))
            container.mux(stream.encode())
            kind = np.float32 if planes == "fltp" else np.int16
            for stamp in range(round(late * 48000), 48000 * FRAMES // RATE, size):
                times = (stamp + np.arange(size)) / 48000
                wave = np.sin(2 * np.pi * 440 * times) * np.floor(times * 2 + 1) / 5
                samples = (wave * (1 if kind is np.float32 else 30000)).astype(kind)
                frame = av.AudioFrame.from_ndarray(samples[None], format=planes, layout="mono")
                frame.sample_rate, frame.pts = 48000, stamp
                container.mux(sound.encode(frame))
            container.mux(sound.encode())
        return tmp_path / name

    return make


def sound_of(path: Path) -> Iterator[tuple[float, float]]:
    """Second and loudness of what is heard."""
    with av.open(str(path)) as container:
        for frame in container.decode(audio=0):
            samples = frame.to_ndarray()
            scale = 1 if samples.dtype == np.float32 else 2**15
            yield float(frame.time or 0), float(np.abs(samples.astype(float)).max()) / scale


@pytest.mark.parametrize(
    ("name", "codec", "options"),
    [("game.mp4", "aac", {}), ("game.ts", "mp2", {}), ("game.mp4", "aac", {"g": "250"})],
)
def test_sound_stays_with_its_pictures(
    name: str, codec: str, options: dict[str, str], heard: Callable[..., Path]
) -> None:
    path = heard(name, codec, **options)
    shown, again = cut(path)
    assert once(shown)
    assert again == (4 if options else 0)
    whole = list(sound_of(path))
    begun = whole[0][0]
    for piece in plan(path, 0.5, path.parent / "clips"):
        heard_there = list(sound_of(piece.target))[1:-2]
        assert heard_there
        for second, loud in heard_there:
            there = [b for a, b in whole if abs(a - begun - piece.start - second) < 0.04]
            assert min(there) * 0.7 <= loud <= max(there) * 1.4


def test_sound_that_begins_late_stays_late(heard: Callable[..., Path]) -> None:
    path = heard(late=0.2)
    cut(path)
    times = [second for second, _ in sound_of(path.parent / "clips" / "game-001.mp4")]
    assert times[1] == pytest.approx(0.2, abs=0.03)


@pytest.mark.parametrize(
    ("text", "length"),
    [("60", 60), (60, 60), (0.5, 0.5), ("90s", 90), ("5m", 300), ("5 min", 300), ("1.5h", 5400)],
)
def test_lengths_of_time(text: str | float, length: float) -> None:
    assert seconds(text) == length


@pytest.mark.parametrize(("text", "length"), [("1:30", 90), ("01:00:00", 3600), ("0:10.5", 10.5)])
def test_lengths_of_time_as_ffmpeg_writes_them(text: str, length: float) -> None:
    assert seconds(text) == length


@pytest.mark.parametrize("text", ["", "0", "-5", "abc", "nan", "5 weeks", "1:2:3:4", 0, "inf"])
def test_what_is_no_length_is_refused(text: str | float) -> None:
    with pytest.raises(HoopError, match=r"is no length of time: give seconds, or as 5m") as raised:
        seconds(text)
    assert raised.value.about == "clip_length"


def test_a_length_below_a_picture_is_refused(tmp_path: Path) -> None:
    path = closed(tmp_path / "game.mp4")
    with pytest.raises(HoopError, match=r"shorter than a picture of game\.mp4"):
        plan(path, 0.01, tmp_path)
