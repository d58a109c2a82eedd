"""A label format that another package brings."""

from __future__ import annotations

from types import MappingProxyType

import fiftyone.operators as foo
import people
import pytest
from fiftyone.operators.executor import ExecutionContext

import hoop_plugins
from hoop_plugins import FormatSpec, HoopError, VideoLabels, plugins
from hoop_plugins.formats.exporting import export_choices, export_labels
from hoop_plugins.formats.importing import import_choices, read_labels


class Plugin:
    """Boxes as words, separated by blanks."""

    reads = 0
    classes = MappingProxyType({})

    @hoop_plugins.hookimpl
    def register_formats(self, register):
        about = "words", "words a box", (".boxes.txt",)
        register(FormatSpec(*about, self.read, self.write, classes=self.classes))

    def read(self, path, names):
        self.reads += 1
        rows = []
        for line, text in enumerate(path.read_text().splitlines(), 1):
            frame, index, label, *sides = text.split()
            known = names.translate(label)
            if known is None:
                continue
            if len(sides) != 4:
                raise HoopError(f"{path}, line {line}: give four sides")
            places = dict(zip(("x1", "y1", "x2", "y2"), sides, strict=True))
            rows.append({**known, **places, "line": line, "frame": frame, "index": index})
        return [VideoLabels.from_rows(path.name.removesuffix(".boxes.txt"), path, rows)]

    def write(self, path, videos):
        path.mkdir()
        for video in videos:
            lines = [
                f"{frame} {index} {label} {' '.join(map(str, box))}\n"
                for frame, found in video.read()
                for index, label, box in zip(
                    found.tracker_id, found.data["class_name"], found.xyxy.tolist(), strict=True
                )
            ]
            (path / f"{video.name}.boxes.txt").write_text("".join(lines))
        return ["words say nothing of masks"]


@pytest.fixture
def plugin():
    made = Plugin()
    plugins.manager().register(made, "words")
    yield made
    plugins.manager().unregister(made)


def form(dataset, operator, **params):
    ctx = ExecutionContext(
        request_params={"dataset_name": dataset.name, "params": params}, operator_uri=operator
    )
    return foo.get_operator(operator).resolve_input(ctx).type.properties


def test_names_that_it_brings_along(clip, tmp_path, plugin):
    path = tmp_path / "clip.boxes.txt"
    path.write_text("1 1 athlete 10 20 30 90\n1 2 staff 50 20 70 90\n")
    assert read_labels(clip.dataset, path).frames == 0
    plugin.classes = {"athlete": "player", "staff": ""}
    found = read_labels(clip.dataset, path)
    list(found.write())
    assert found.notes == ["frames are numbered from 1"]
    assert clip.count_labels("ground_truth") == {"player": 1}


def test_it_is_written_recognized_and_read(clip, tmp_path, plugin):
    lines = export_labels(clip.dataset, tmp_path / "out", "words", "players")
    assert lines == [
        f"30 frames of clip.mp4 written to {tmp_path / 'out'}",
        "words say nothing of masks",
    ]
    for path in (tmp_path / "out", tmp_path / "out" / "clip.boxes.txt"):
        found = read_labels(clip.dataset, path, classes={"referee": ""}, overwrite=True)
        list(found.write())
        frames = dict(clip.read("ground_truth"))
        assert frames[9].xyxy.tolist() == people.tracked(9).xyxy[:4].tolist()
        assert frames[9].tracker_id.tolist() == [1, 2, 3, 4]
    (tmp_path / "out" / "clip.boxes.txt").write_text("1 1 player 10 20 30\n")
    with pytest.raises(HoopError, match="line 1: give four sides"):
        read_labels(clip.dataset, tmp_path / "out", "words")


def test_it_can_be_chosen_where_ours_can(clip, plugin):
    assert "words" in import_choices()
    assert "words" in export_choices()
    for operator in ("import_labels", "export_labels"):
        kinds = form(clip.dataset, f"@hoop/hoop_plugins/{operator}")["kind"].type.values
        assert "words" in kinds


def test_the_form_reads_a_file_once_for_every_state_of_it(clip, tmp_path, plugin):
    path = tmp_path / "clip.boxes.txt"
    path.write_text("1 1 player 10 20 30 40\n")
    for field in ("truth", "truth2", "truth3"):
        form(clip.dataset, "@hoop/hoop_plugins/import_labels", path=str(path), field=field)
    assert plugin.reads == 1
    path.write_text("1 1 crowd 10 20 30 40\n")
    inputs = form(clip.dataset, "@hoop/hoop_plugins/import_labels", path=str(path))
    assert plugin.reads == 2
    assert any("'crowd' were left out" in str(one.view.label) for one in inputs.values())
    foo.get_operator("@hoop/hoop_plugins/import_labels")(clip.dataset, str(path))
    assert plugin.reads == 3, "what is stored is read anew: files beside it may have changed"
