"""Single frames are the very pictures that decoding from the beginning gives."""

from __future__ import annotations

import numpy as np
import pytest

from hoop_plugins.data.stills import read_stills
from hoop_plugins.data.video import read_frames
from hoop_plugins.errors import VideoError


@pytest.mark.parametrize("wanted", [{1}, {30}, {2, 29, 30}, {1, 150, 299, 300}])
def test_stills_are_the_pictures_of_these_frames(make_video, wanted):
    path = make_video(frames=max(wanted), width=160, height=100)
    stills = dict(read_stills(path, wanted))
    whole = {number: image for number, image in read_frames(path) if number in wanted}
    assert stills.keys() == whole.keys() == wanted
    for number, image in whole.items():
        np.testing.assert_array_equal(stills[number], image)


def test_frames_that_are_not_there_are_left_out(make_video):
    assert [number for number, _ in read_stills(make_video(frames=5), {5, 6, 99})] == [5]


def test_a_file_that_is_missing_is_refused(tmp_path):
    with pytest.raises(VideoError, match="does not exist"):
        list(read_stills(tmp_path / "no.mp4", {1}))
