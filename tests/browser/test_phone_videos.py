"""The App shows the picture that a label was made of, also in videos from phones."""

from __future__ import annotations

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


def trimmed(path: Path) -> None:
    """A phone's cut: half a second before it, and the last of it, are in the file but not shown."""
    write_video(path, [numbered(n) for n in range(1, FRAMES + 1)], RATE)
    phone_videos.trim(path, begin=5 / RATE, share=0.75)


def turned(path: Path) -> None:
    """A phone held upright."""
    upright = [numbered(n, 216, 384) for n in range(1, FRAMES + 1)]
    write_video(path, [np.rot90(picture) for picture in upright], RATE)
    phone_videos.turn(path, (0, 1, -1, 0))


def varying(path: Path) -> None:
    """A phone in poor light: the second half comes at half the rate."""
    stamps = [20 * n if n < FRAMES // 2 else 40 * n - 20 * (FRAMES // 2) for n in range(FRAMES)]
    phone_videos.write_at(path, [numbered(n + 1) for n in range(FRAMES)], stamps)


@pytest.mark.parametrize("write", [trimmed, turned, varying])
def test_the_right_picture_is_under_the_right_label(
    write: Callable[[Path], None], app: str, page: Page, tmp_path: Path
) -> None:
    write(tmp_path / "phone.mp4")
    # The App's server still knows the samples of a dataset of the same name that is gone.
    dataset, _ = import_videos([tmp_path / "phone.mp4"], tmp_path.name, normalize=True)
    try:
        sample = dataset.first()
        for number, image in read_frames(sample.filepath):
            label = f"picture {phone_videos.number_of(image)}"
            box = fo.Detection(label=label, bounding_box=[0.2, 0.2, 0.6, 0.6])
            sample.frames[number]["seen"] = fo.Detections(detections=[box])
        sample.save()
        page.add_init_script(REMEMBER)
        open_dataset(page, app, dataset.name)
        open_sample(page)
        seen = set()
        for _ in range(12):
            seen.add(page.wait_for_function(AGREE, arg=phone_videos.BITS).json_value())
            page.evaluate("window.written.clear()")
            for _ in range(3):
                page.keyboard.press(".")
        # What was shown before may agree once more, before the App has gone on.
        assert len(seen) >= 6
        page.screenshot(path=tmp_path / "shown.png")
    finally:
        dataset.delete()
