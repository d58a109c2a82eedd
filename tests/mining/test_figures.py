"""From a figure to what lowers it."""

from __future__ import annotations

import fiftyone as fo
import pytest
from people import PEOPLE
from test_timeline import write_numbers

from hoop_plugins.errors import HoopError
from hoop_plugins.evaluation.figures import HEADLINES
from hoop_plugins.mining.figures import misread_view, sure_reads_view, view_behind
from hoop_plugins.mining.views import find_errors


@pytest.fixture
def marked(clip):
    """A clip whose number boxes are marked: of player 1 "23" is read as "28" in frame 11."""
    texts = {1: {6: "23", 11: "28"}, 2: {6: "7"}}
    write_numbers(clip, texts)
    truth = {
        frame: found.select(found.data["class_name"] == "number")
        for frame, found in clip.read("numbers")
    }
    names = {person.index: person.number for person in PEOPLE}
    for found in truth.values():
        found.data["text"][:] = [names[index] for index in found.tracker_id.tolist()]
    clip.write("ground_truth", truth)
    for role, marks in {"eval": fo.StringField, "eval_id": fo.StringField}.items():
        for field in ("numbers", "ground_truth"):
            clip.dataset.add_frame_field(f"{field}.detections.{role}", marks)
    clip.dataset.add_frame_field("numbers.detections.number_correct", fo.BooleanField)
    ids = clip.read_ids(("ground_truth",), 1, clip.video.frame_count)
    for index, frame, right in ((1, 6, True), (1, 11, False), (2, 6, True)):
        marks = {"eval": "tp", "eval_id": ids[frame]["ground_truth"][index - 1]}
        clip.assign("numbers", [(index, frame, {**marks, "number_correct": right})])
    list(find_errors(clip.dataset))
    clip.dataset.reload()
    return clip.dataset


def test_crops_of_one_number_read_as_another(marked):
    view = misread_view(marked, "23", "28")
    assert view.values("frame_number") == [11]
    assert view.values("numbers.text") == ["28"]
    assert misread_view(marked, "23", "23").values("frame_number") == [6]
    with pytest.raises(HoopError, match="'7' is marked as read '23'"):
        misread_view(marked, "7", "23")


def test_wrong_reads_of_a_confidence(marked):
    assert sure_reads_view(marked, 0.9, 1.01).values("frame_number") == [11]
    with pytest.raises(HoopError, match=r"confidence of 0\.5 to 0\.6 is wrong"):
        sure_reads_view(marked, 0.5, 0.6)


def test_a_figure_opens_the_saved_view_of_its_errors(marked):
    view = view_behind(marked, "numbers.reading.accuracy")
    assert view.name == "hoop: wrong reads"
    assert view.values("support") == [[11, 11]]


def test_what_has_no_errors_is_said(marked):
    with pytest.raises(HoopError, match="nothing to show: “hoop: wrong team” is empty"):
        view_behind(marked, "teams.frame_accuracy")


def test_every_figure_has_a_view_behind_it_or_nothing_to_show(marked):
    refused = []
    for figure in [*HEADLINES, "detection.ball.ap50", "detection.rim.recall"]:
        try:
            view_behind(marked, figure)
        except HoopError as error:
            refused.append(str(error))
    assert len(refused) < len(HEADLINES)
    assert all(message.startswith("nothing to show") for message in refused), refused


@pytest.mark.parametrize(
    "figure", ["frames", "detection", "detection.player", "corrections.tracks", "a.b.c.d", ""]
)
def test_a_figure_without_labels_behind_it_is_refused(marked, figure):
    with pytest.raises(HoopError, match=f"no labels stand behind '{figure}'"):
        view_behind(marked, figure)
