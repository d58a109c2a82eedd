"""The panels without the App: what they show, and what a click asks the App to do."""

from __future__ import annotations

import editor_edits
import fiftyone.operators as foo
import numpy as np
import people
import pytest
from fiftyone.core.view import DatasetView

from hoop_plugins import corrections
from hoop_plugins.data.fields import Fields
from hoop_plugins.data.store import SampleStore
from hoop_plugins.evaluation.job import Evaluation
from hoop_plugins.mining.views import find_errors


class Shown:
    """A panel as the App keeps it: its state, and what its last event asked for."""

    def __init__(self, name, dataset):
        self.uri = f"@hoop/hoop_plugins/{name}"
        self.dataset = dataset
        self.state = {}
        self.do("on_load")

    def do(self, method, **params):
        event = {"panel_id": "p", "__method__": method, "panel_state": self.state, **params}
        result = foo.execute_operator(self.uri, dataset=self.dataset, params=event)
        requests = result.executor.to_json()["requests"]
        self.asked = {request["operator_uri"]: request["params"] for request in requests}
        self.data = {}
        for request in requests:
            if request["operator_uri"] == "patch_panel_state":
                for path, value in request["params"]["state"].items():
                    head, _, name = path.rpartition(".")
                    (self.state.setdefault(head, {}) if head else self.state)[name] = value
            elif request["operator_uri"] == "set_panel_state":
                self.state = request["params"]["state"]
            elif request["operator_uri"] == "set_panel_data":
                (self.data,) = request["params"]["data"].values()

    @property
    def parts(self):
        return self.asked["show_panel_output"]["output"]["type"]["properties"]

    @property
    def view(self):
        return DatasetView._build(self.dataset, self.asked["set_view"]["view"])


@pytest.mark.parametrize("name", ["identity_timeline", "recognition_report"])
def test_before_there_is_anything_to_show_it_says_what_to_do(name, dataset):
    notice = Shown(name, dataset).parts["nothing"]["view"]["label"]
    assert "no videos" in notice or "run “Hoop: evaluate”" in notice


def test_the_timeline_shows_every_track_and_opens_a_stretch(clip):
    people.decide(clip)
    panel = Shown("identity_timeline", clip.dataset)
    assert panel.state["head"]["video"] == clip.sample_id
    assert panel.state["layout"]["yaxis"]["ticktext"][0] == "dark 7 · 2"
    assert [trace["name"] for trace in panel.data["timeline"]] == ["dark", "light", "referees"]
    panel.do("open", id="stretch:2:5:9")
    seek = panel.asked["@hoop/hoop_plugins/seek"]
    assert (seek["sample_id"], seek["first"], seek["last"]) == (clip.sample_id, 5, 9)
    panel.do("open", id="crops:2:5:9:7")
    assert panel.asked["@hoop/hoop_plugins/seek"]["frame"] == 7
    panel.do("choose_click", value="open")
    panel.do("open", id="stretch:2:5:9")
    assert panel.view.values("support") == [[5, 9]]


def test_the_timeline_knows_what_was_changed_in_the_editor(clip):
    people.decide(clip)
    people.label(clip)
    clip.dataset.rename_frame_field("players", "rival")
    rival = SampleStore(clip.dataset, clip.sample_id, Fields(players="rival"))
    list(Evaluation(clip.dataset, rival.names).run())
    with corrections.lifted([rival]):
        pass
    panel = Shown("identity_timeline", clip.dataset)
    changes = "@hoop/hoop_plugins/show_changes"
    assert "dark 7 · 2" in panel.state["layout"]["yaxis"]["ticktext"]
    assert changes not in panel.asked

    editor_edits.edit(rival, 2, {"$gt": 0}, number="44")
    panel.do("refresh")
    assert "dark 44 · 2" in panel.state["layout"]["yaxis"]["ticktext"]
    assert changes in panel.asked
    assert [str(one) for one in corrections.listed(rival)] == ["number 44"]
    editor_edits.edit(rival, 2, {"$gt": 0}, number="4x")
    panel.do("refresh")
    assert "0 to 99" in panel.asked["notify"]["message"]


def test_the_timeline_says_when_a_mark_is_out_of_date(clip):
    people.decide(clip)
    panel = Shown("identity_timeline", clip.dataset)
    clip.write("numbers", {1: people.detections(1)})
    panel.do("choose_click", value="open")
    panel.do("open", id="crops:2:5:9:5")
    assert "set_view" not in panel.asked
    assert "refresh the panel" in panel.asked["notify"]["message"]


def test_the_report_shows_a_run_compares_it_and_opens_its_errors(clip):
    people.label(clip)
    people.decide(clip)
    list(Evaluation(clip.dataset, key="first").run())
    found = dict(clip.read("players"))
    clip.write("players", {3: found[3].select(found[3].tracker_id != 1)})
    list(Evaluation(clip.dataset, key="second").run())
    list(find_errors(clip.dataset))
    clip.dataset.reload()

    panel = Shown("recognition_report", clip.dataset)
    assert panel.state["runs"] == ["first", "second"]
    assert panel.state["head"]["run"] == "second"
    figures = panel.state["figures"]["tracking"]
    hota = dict(zip(figures, panel.data["tracking"], strict=True))["tracking.hota"]
    assert float(hota["value"]) < 1

    panel.do("compare", value="first")
    changed = dict(zip(figures, panel.data["tracking"], strict=True))["tracking.hota"]
    assert (changed["before"], changed["change"][0]) == ("1.000", "-")

    panel.do("open_row", path="tracking", row=figures.index("tracking.hota"))
    assert panel.view.values("support") == [[3, 3]]
    panel.do("open_figure", id="teams.frame_accuracy")
    assert "nothing to show" in panel.asked["notify"]["message"]


def test_panels_show_the_fields_that_were_evaluated(clip):
    people.label(clip)
    people.decide(clip)
    found = dict(clip.read("players"))
    clip.write("players", {3: found[3].select(found[3].tracker_id != 1)})
    clip.dataset.rename_frame_field("players", "rival")
    names = Fields(players="rival")
    list(Evaluation(clip.dataset, names).run())
    list(find_errors(clip.dataset, names, compare=False))
    clip.dataset.reload()

    report = Shown("recognition_report", clip.dataset)
    report.do("open_figure", id="tracking.mota")
    assert report.view.values("support") == [[3, 3]]
    assert "frames.rival" in report.asked["set_active_fields"]["fields"]

    timeline = Shown("identity_timeline", clip.dataset)
    timeline.do("choose_click", value="open")
    timeline.do("open", id="stretch:2:5:9")
    assert "frames.rival" in timeline.asked["set_active_fields"]["fields"]
    assert timeline.view.count("frames.rival.detections") == 5


def test_a_point_of_the_numbers_of_tracks_opens_the_wrong_ones(clip):
    people.label(clip)
    people.decide(clip)
    tracks = clip.read_tracks()
    for track in tracks.values():
        track.number_confidence = 0.95
    wrong = {"number": "8", "number_confidence": 0.95}
    clip.assign("players", [(i, None, {"number_confidence": 0.95}) for i in tracks])
    clip.assign("players", [(2, None, wrong)])
    clip.write_tracks(tracks.values())
    truth = {frame: people.tracked(frame) for frame in range(1, 31)}
    for found in truth.values():
        found.data["number"] = np.array([person.number for person in people.PEOPLE], object)
    clip.write("ground_truth", truth)
    list(Evaluation(clip.dataset).run())
    panel = Shown("recognition_report", clip.dataset)
    panel.do("open_reliability", id="tracks:9")
    assert panel.view.values("tracks.index") == [2]
    panel.do("open_reliability", id="tracks:3")
    assert "no number with a confidence of 0.3 to 0.4 is wrong" in panel.asked["notify"]["message"]
