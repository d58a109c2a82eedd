"""The App shows the picture that a label was made of, also in videos from phones."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import fiftyone as fo
import numpy as np
import phone_videos
import pytest
from driving import open_dataset, open_sample
from phone_videos import numbered
from playwright.sync_api import Page

from hoop_plugins import import_videos
from hoop_plugins.data.image import Image
from hoop_plugins.data.video import read_frames, write_video

pytestmark = pytest.mark.browser

FRAMES, RATE = 45, 30

REMEMBER = """
const drawImage = CanvasRenderingContext2D.prototype.drawImage;
CanvasRenderingContext2D.prototype.drawImage = function (picture, ...rest) {
  if (picture instanceof HTMLVideoElement) window.drawn = picture;
  return drawImage.call(this, picture, ...rest);
};
window.labels = () => [...window.written].filter(text => text.startsWith("picture "));
"""
"""The App draws the video onto a canvas: this keeps what it draws."""

AGREE = """bits => {
  const canvas = document.createElement("canvas"), video = window.drawn;
  if (!video || !window.labels().length) return false;
  [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
  const context = canvas.getContext("2d");
  context.drawImage(video, 0, 0);
  const step = canvas.width / bits, middle = canvas.height / 2;
  const light = i => context.getImageData((i + 0.5) * step, middle, 1, 1).data[0];
  const shown = [...Array(bits).keys()].reduce((sum, i) => sum + (light(i) > 128 ? 1 << i : 0), 0);
  return window.labels().at(-1) === `picture ${shown}` && shown;
}"""


def pictures() -> list[Image]:
    return [numbered(n) for n in range(1, FRAMES + 1)]


def trimmed(path: Path) -> None:
    """A phone's cut: half a second before it, and the last of it, are in the file but not shown."""
    write_video(path, pictures(), RATE)
    phone_videos.trim(path, begin=5 / RATE, share=0.75)


def joined(path: Path) -> None:
    """A phone's cut in the middle: an edit list of two parts."""
    phone_videos.encode(path, pictures(), bf="0")
    phone_videos.splice(path, (5, 12), (24, 20))


def turned(path: Path) -> None:
    """A phone held upright."""
    upright = [numbered(n, 216, 384) for n in range(1, FRAMES + 1)]
    write_video(path, [np.rot90(picture) for picture in upright], RATE)
    phone_videos.turn(path, (0, 1, -1, 0))


def varying(path: Path) -> None:
    """A phone in poor light: the second half comes at half the rate."""
    stamps = [20 * n if n < FRAMES // 2 else 40 * n - 20 * (FRAMES // 2) for n in range(FRAMES)]
    phone_videos.write_at(path, pictures(), stamps)


def late(path: Path) -> None:
    """A cut of a broadcast: its first picture comes after two seconds."""
    phone_videos.write_at(path, pictures(), [1200 + 20 * n for n in range(FRAMES)])


def torn(path: Path) -> None:
    """A recording that was stopped: a transport stream that ends anywhere."""
    phone_videos.encode(path, pictures())
    path.write_bytes(path.read_bytes()[:-1000])


def fragmented(path: Path) -> None:
    """What browsers and cameras record."""
    phone_videos.encode(
        path, pictures(), container_options={"movflags": "empty_moov+frag_keyframe"}
    )


def odd(path: Path) -> None:
    """Width and height that no video with shared colors can have."""
    images = [np.pad(picture, ((0, 1), (0, 1), (0, 0)), "edge") for picture in pictures()]
    phone_videos.encode(path, images, pixels="yuv444p")


def encoded(codec: str, pixels: str = "yuv420p", **options: str) -> Callable[[Path], None]:
    return lambda path: phone_videos.encode(path, pictures(), codec, pixels, **options)


KINDS: dict[str, Callable[[Path], None]] = {
    "trimmed.mp4": trimmed,
    "joined.mp4": joined,
    "turned.mp4": turned,
    "varying.mp4": varying,
    "late.mp4": late,
    "torn.ts": torn,
    "fragmented.mp4": fragmented,
    "odd.mp4": odd,
    "one.mp4": lambda path: phone_videos.encode(path, pictures()[:1]),
    "b-frames.mp4": encoded("libx264", bf="3"),
    "ten-bit.mp4": encoded("libx264", "yuv420p10le"),
    "interlaced.mp4": encoded("libx264", flags="+ildct+ilme"),
    "av1.mp4": encoded("libsvtav1"),
    "vp9.webm": encoded("libvpx-vp9", deadline="realtime"),
    "prores.mov": encoded("prores_ks", "yuv422p10le"),
    "mjpeg.avi": encoded("mjpeg", "yuvj420p"),
    "game.mp4": encoded("libx264", bf="3", g="15", sc_threshold="0"),
}

CUT = {"game.mp4": 0.5}
"""Those of which the last clip is looked at: the seconds that clips may last."""

ALIKE = ("late.mp4", "b-frames.mp4", "interlaced.mp4", "vp9.webm", "mjpeg.avi")
"""Kinds that are looked at where no test may be left out: others take the same way."""

LOOKED_AT = [n for n in KINDS if n not in ALIKE or "HOOP_REQUIRE_ALL_TESTS" in os.environ]


@pytest.mark.parametrize("name", LOOKED_AT)
def test_the_right_picture_is_under_the_right_label(
    name: str, app: str, page: Page, tmp_path: Path
) -> None:
    KINDS[name](tmp_path / name)
    # The App's server still knows the samples of a dataset of the same name that is gone.
    dataset, ids = import_videos(
        [tmp_path / name], tmp_path.name, normalize=True, clip_length=CUT.get(name)
    )
    try:
        dataset.delete_samples(ids[:-1])
        sample = dataset.first()
        for number, image in read_frames(sample.filepath):
            label = f"picture {phone_videos.number_of(image)}"
            box = fo.Detection(label=label, bounding_box=[0.2, 0.2, 0.6, 0.6])
            sample.frames[number]["seen"] = fo.Detections(detections=[box])
        sample.save()
        page.add_init_script(REMEMBER)
        open_dataset(page, app, dataset.name)
        open_sample(page)
        seen = {page.wait_for_function(AGREE, arg=phone_videos.BITS).json_value()}
        steps = min(len(sample.frames) // 3, 12)
        for _ in range(steps - 1):
            page.evaluate("window.written.clear()")
            for _ in range(3):
                page.keyboard.press(".")
            seen.add(page.wait_for_function(AGREE, arg=phone_videos.BITS).json_value())
        # What was shown before may agree once more, before the App has gone on.
        assert len(seen) >= steps // 2
        page.screenshot(path=tmp_path / "shown.png")
    finally:
        dataset.delete()
