"""What people made is never replaced unasked; what stages made is theirs wherever it goes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fiftyone as fo
import people
import pytest
from by_rule import Networks, paint

import hoop_plugins
from hoop_plugins import plugins, profiles
from hoop_plugins.data.store import SampleStore
from hoop_plugins.data.video import write_video
from hoop_plugins.errors import HoopError
from hoop_plugins.specs import Role
from hoop_plugins.stages.pipeline import job_fields

FRAMES = 12
PROFILE = profiles.load_profile("sample").with_models(**{role.value: "by-rule" for role in Role})


@pytest.fixture(autouse=True)
def networks() -> Iterator[Networks]:
    networks = Networks()
    plugins.manager().register(networks)
    yield networks
    plugins.manager().unregister(networks)


@pytest.fixture
def own(dataset: fo.Dataset, tmp_path: Path) -> fo.Dataset:
    """A dataset as people make them: a video, and nothing else."""
    write_video(tmp_path / "own.mp4", [paint(frame) for frame in range(1, FRAMES + 1)], 25)
    dataset.add_sample(fo.Sample(filepath=str(tmp_path / "own.mp4")))
    return dataset


def draw(dataset: fo.Dataset, field: str, **attributes: Any) -> None:
    """A person's boxes in every frame."""
    sample = dataset.first()
    for frame in range(1, FRAMES + 1):
        box = fo.Detection(label="person", bounding_box=[0.1, 0.1, 0.2, 0.3], **attributes)
        sample.frames[frame][field] = fo.Detections(detections=[box])
    sample.save()


def recognize(dataset: fo.Dataset, *stages: str, **options: Any) -> list[str]:
    told: list[str] = []
    hoop_plugins.recognize(
        dataset,
        options.pop("profile", PROFILE),
        stages=stages,
        device="cpu",
        progress=lambda step: told.append(step.message),
        **options,
    )
    return told


def labels(dataset: fo.Dataset, field: str) -> dict[str, int]:
    return dict(dataset.count_values(f"frames.{field}.detections.label"))


def test_boxes_that_a_person_drew_are_not_replaced(own: fo.Dataset) -> None:
    draw(own, "detections", index=7, jersey="23")
    with pytest.raises(
        HoopError,
        match=r"frames\.detections of own\.mp4 holds 12 labels.*--overwrite",
    ):
        recognize(own, "detect")
    assert labels(own, "detections") == {"person": FRAMES}
    assert "recognition" not in own.get_field_schema()

    recognize(own, "detect", fields=job_fields(detections="found"))
    assert labels(own, "detections") == {"person": FRAMES}
    assert "player" in labels(own, "found")

    recognize(own, "detect", overwrite=True)
    assert "person" not in labels(own, "detections")


def test_players_and_tracks_that_a_person_made_are_not_replaced(own: fo.Dataset) -> None:
    timeout = fo.TemporalDetection(label="timeout", support=[1, 5])
    own.set_values("tracks", [fo.TemporalDetections(detections=[timeout])])
    with pytest.raises(HoopError, match=r"tracks of own\.mp4 holds 1 label that"):
        recognize(own, "detect", "track")
    assert own.first().tracks.detections[0].label == "timeout"
    assert not own.has_frame_field("detections")  # nothing had begun

    own.clear_sample_field("tracks")
    draw(own, "players", index=7, number="23")
    with pytest.raises(HoopError, match=r"frames\.players .* stage 'track' would replace"):
        recognize(own, "detect", "track")


def test_what_was_allowed_beside_tracks_is_not_refused_again(own: fo.Dataset) -> None:
    timeout = fo.TemporalDetection(label="timeout", support=[1, 5])
    own.set_values("tracks", [fo.TemporalDetections(detections=[timeout])])
    recognize(own, "detect", "track", overwrite=True)
    for _ in range(2):
        recognize(own, "detect", "track", fresh=True)
        own.reload()
        assert "timeout" in own.distinct("tracks.detections.label")
    theirs = fo.TemporalDetection(label="number 9", support=[1, 5], index=9)
    sample = own.first()
    sample["tracks"].detections.append(theirs)
    sample.save()
    with pytest.raises(HoopError, match=r"tracks of own\.mp4 holds 1 label that"):
        recognize(own, "track", fresh=True)


@pytest.mark.parametrize("theirs", ["left side", 2.5, True, "12"])
def test_what_others_call_track_is_no_id(theirs: Any, clip: SampleStore) -> None:
    players = clip.names.players
    expected = [found.tracker_id.tolist() for _, found in clip.read("players")]
    collection = clip.dataset._frame_collection
    label = f"{players}.detections.$[]"
    collection.update_many({}, {"$set": {f"{label}.track": theirs, f"{label}.made_by": None}})
    clip.dataset.reload()
    with pytest.raises(HoopError, match=r"'pair' would|'link' would"):
        recognize(clip.dataset, "pair", "link")
    recognize(clip.dataset, "pair", "link", overwrite=True)
    tracks = [found.data["track"].tolist() for _, found in clip.read("players")]
    assert tracks == expected


def test_numbers_that_a_person_wrote_are_not_changed(clip: SampleStore) -> None:
    """Stages that add to labels do so to those of others, as long as nothing is lost."""
    dataset = clip.dataset
    people_of_others = "frames.players.detections"
    unmarked = [[None] * len(people.PEOPLE)] * clip.frame_count
    dataset.set_values(f"{people_of_others}.made_by", [unmarked])
    recognize(dataset, "pair", "validate")
    recognize(dataset, "validate", fresh=True)
    assert set(dataset.count_values(f"{people_of_others}.number_status")) > {"unread"}

    clip.forget("validate")
    named = [["23"] * len(people.PEOPLE)] * clip.frame_count
    dataset.set_values(f"{people_of_others}.number", [named])
    with pytest.raises(HoopError, match=r"'validate' would change what is said of them"):
        recognize(dataset, "validate")
    assert dataset.count_values(f"{people_of_others}.number")["23"] == 5 * clip.frame_count


def test_one_box_that_a_person_added_is_seen(own: fo.Dataset) -> None:
    recognize(own, "detect")
    sample = own.first()
    added = fo.Detection(label="ball", bounding_box=[0.5, 0.5, 0.01, 0.01])
    sample.frames[3]["detections"].detections.append(added)
    sample.save()
    # Nothing is to be done: nothing can be lost.
    assert recognize(own, "detect") == ["done before with these settings"]
    with pytest.raises(HoopError, match="holds 1 label that"):
        recognize(own, "detect", fresh=True)


@pytest.mark.parametrize(
    "label",
    [
        fo.Polylines(polylines=[fo.Polyline(label="person", points=[[(0.1, 0.1), (0.2, 0.2)]])]),
        fo.Keypoints(keypoints=[fo.Keypoint(label="person", points=[(0.1, 0.1)])]),
        fo.Classification(label="x"),
        fo.Detection(label="x", bounding_box=[0, 0, 0.1, 0.1]),
        fo.Segmentation(mask_path="x.png"),
    ],
)
@pytest.mark.parametrize("stage", ["detect", "track"])
def test_a_field_of_another_type_is_refused(label: fo.Label, stage: str, own: fo.Dataset) -> None:
    sample = own.first()
    sample.frames[1]["detections"] = label
    sample.save()
    kind = type(label).__name__
    with pytest.raises(HoopError, match=rf"frames\.detections of .* holds {kind}, and Detections"):
        recognize(own, stage)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("tracks", 10),
        ("tracks", fo.Classification(label="3pt")),
        ("recognition", "done"),
        ("corrections", "none"),
        ("corrections", ["none"]),
        ("corrected", True),
    ],
)
def test_a_sample_field_of_another_type_is_refused(field: str, value: Any, own: fo.Dataset) -> None:
    own.set_values(field, [value])
    with pytest.raises(HoopError, match=rf"{field}.* holds .*rename_sample_field\('{field}'"):
        recognize(own, "detect", "track")
    assert own.first()[field] == value


@pytest.mark.parametrize("value", ["yes", 0.9, {"score": 0.9}, ["a"]])
def test_a_record_of_somebody_else_is_not_written_over(value: Any, own: fo.Dataset) -> None:
    own.set_values("recognition", [{"detect": value}])
    with pytest.raises(HoopError, match=r"recognition of own\.mp4 says .*rename_sample_field"):
        recognize(own, "detect")
    assert own.first()["recognition"] == {"detect": value}
    own.rename_sample_field("recognition", "my_recognition")
    recognize(own, "detect")


def test_an_attribute_of_another_type_is_refused(own: fo.Dataset) -> None:
    draw(own, "players", number=23)
    own.add_frame_field("players.detections.number", fo.IntField)
    with pytest.raises(HoopError, match=r"players\.detections\.number of .* holds IntField, and"):
        recognize(own, "detect", "track")


@pytest.mark.parametrize(
    "theirs", [{"kit": "red"}, {"number": 23}, {"team": ["a"]}, {"embedded": "yes"}]
)
def test_an_attribute_that_nobody_declared_is_refused_where_it_could_not_be_read_then(
    theirs: dict[str, Any], own: fo.Dataset
) -> None:
    draw(own, "players", index=1, **theirs)
    (name,) = theirs
    track = fo.TemporalDetection(label="a", support=[1, FRAMES], index=1)
    own.set_values("tracks", [fo.TemporalDetections(detections=[track])])
    with pytest.raises(HoopError, match=rf"players\.detections\.{name} of own\.mp4 holds") as told:
        recognize(own, "teams", overwrite=True)
    assert "add_dynamic_frame_fields" in str(told.value)
    assert own.first().frames[1]["players"].detections[0][name] == theirs[name]
    assert "recognition" not in own.get_field_schema()
    path = f"players.detections.{name}"
    own.add_dynamic_frame_fields(path)
    own.rename_frame_field(path, f"{path}_before")
    recognize(own, "teams", overwrite=True)
    own.reload()
    assert own.first().frames[1]["players"].detections[0][f"{name}_before"] == theirs[name]


def test_what_stages_made_is_theirs_in_a_clone_under_another_name_and_merged(
    own: fo.Dataset, tmp_path: Path
) -> None:
    recognize(own, "detect", "track")
    clone = own.clone()
    recognize(clone, "detect", fresh=True)
    clone.rename_frame_field("players", "athletes")
    recognize(clone, "track", fields=job_fields(players="athletes"), fresh=True)
    own.export(str(tmp_path / "exported"), dataset_type=fo.types.FiftyOneDataset)
    again = fo.Dataset.from_dir(str(tmp_path / "exported"), fo.types.FiftyOneDataset)
    recognize(again, "detect", fresh=True)
    merged = fo.Dataset()
    merged.merge_samples(own)
    recognize(merged, "detect", "track", fresh=True)
    for made in (clone, again, merged):
        made.delete()


def test_what_earlier_versions_made_is_theirs_where_their_record_says_so(own: fo.Dataset) -> None:
    draw(own, "detections")
    own.set_values("recognition", [{"detect": {"settings": {}, "frames": 6, "complete": False}}])
    recognize(own, "detect")
    assert "person" not in labels(own, "detections")


def test_the_record_knows_the_fields(own: fo.Dataset) -> None:
    recognize(own, "detect", "track")
    found = job_fields(detections="found")
    assert recognize(own, "detect", fields=found)[-1] == ""
    assert labels(own, "found") == labels(own, "detections")
    # Another detector there changes nothing of what was done here.
    other = PROFILE.with_settings("detect", confidence=0.9)
    recognize(own, "detect", profile=other, fields=found)
    assert recognize(own, "detect", "track") == ["done before with these settings"] * 2


def test_labels_that_were_deleted_are_made_again(own: fo.Dataset) -> None:
    recognize(own, "detect")
    own.delete_frame_field("detections")
    recognize(own, "detect")
    own.clear_frame_field("detections")
    recognize(own, "detect")
    assert labels(own, "detections")


def test_a_clone_does_not_go_on_with_the_state_of_the_original(own: fo.Dataset) -> None:
    (sample_id,) = own.values("id")
    clone = own.clone()
    here, there = (SampleStore(made, sample_id).runs.state_path("track") for made in (own, clone))
    assert here != there
    clone.delete()


def test_another_video_under_the_same_name_is_recognized_anew(
    own: fo.Dataset, tmp_path: Path
) -> None:
    recognize(own, "detect")
    write_video(tmp_path / "own.mp4", [paint(frame) for frame in range(1, FRAMES + 5)], 25)
    recognize(own, "detect")
    assert SampleStore(own, own.first().id).progress("detect")["video"][2] == FRAMES + 4


def test_a_dataset_remembers_its_profile(own: fo.Dataset, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('[detect]\nmodel = "by-rule"\nconfidence = 0.7\n[track]\nmodel = "by-rule"\n')
    recognize(own, "detect", profile=path)
    assert recognize(own, "detect", profile=None) == ["done before with these settings"]
    own.info["profile"] = "16:9"  # what people say there is theirs
    own.save()
    assert profiles.remembered(own) == str(path)
    path.unlink()
    with pytest.raises(HoopError, match=r"mine\.toml"):
        recognize(own, "detect", profile=None)


def test_videos_that_moved_are_found_again(own: fo.Dataset, tmp_path: Path) -> None:
    recognize(own, "detect")
    moved = tmp_path / "moved"
    moved.mkdir()
    (tmp_path / "own.mp4").rename(moved / "own.mp4")
    with pytest.raises(HoopError, match=r"own\.mp4 does not exist.*hoop dataset relocate"):
        recognize(own, "detect", fresh=True)
    with pytest.raises(HoopError, match=r"no video of .* is in /nowhere"):
        hoop_plugins.relocate(own, "/nowhere", moved)
    with pytest.raises(HoopError, match="does not exist"):
        hoop_plugins.relocate(own, tmp_path, tmp_path / "elsewhere")
    assert hoop_plugins.relocate(own, tmp_path, moved) == 1
    recognize(own, "detect", fresh=True)
    write_video(tmp_path / "own.mp4", [paint(1)], 25)
    with pytest.raises(HoopError, match=r"1 frames.*another video"):
        hoop_plugins.relocate(own, moved, tmp_path)


@pytest.mark.parametrize(
    "value",
    [10, fo.TemporalDetections(detections=[fo.TemporalDetection(label="timeout", support=[1, 5])])],
)
def test_what_is_no_track_is_read_as_none(value: Any, own: fo.Dataset) -> None:
    own.set_values("tracks", [value])
    (store,) = (SampleStore(own, sample.id) for sample in own)
    assert store.read_tracks() == {}
    with pytest.raises(HoopError, match="track 1"):
        hoop_plugins.correct(own, 1, number="9")
    kept = own.first()["tracks"]
    assert kept == value if value == 10 else kept.detections[0].label == "timeout"
