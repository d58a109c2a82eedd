import json
from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch

from hoop_plugins.api import train_into
from hoop_plugins.errors import CheckpointError, HoopError
from hoop_plugins.formats.coco_images import read_coco
from hoop_plugins.plugins import load_model
from hoop_plugins.sample.networks.detector import write
from hoop_plugins.specs import Role
from hoop_plugins.training.detector import BEST
from hoop_plugins.training.detector_data import augment, batches
from hoop_plugins.training.job import STATE_FILE, TrainingFiles
from hoop_plugins.training.scores import evaluate_detector, mean_ap50
from hoop_plugins.training.settings import DetectorSettings

NAMES = ("player", "ball")


def write_split(folder, images=4):
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    coco = {"images": [], "annotations": [], "categories": []}
    # As Roboflow exports it: a parent category that nothing is annotated with.
    coco["categories"].append({"id": 0, "name": "court", "supercategory": "none"})
    for index, name in enumerate(NAMES):
        coco["categories"].append({"id": index + 1, "name": name, "supercategory": "court"})
    for index in range(images):
        image = rng.integers(0, 255, (72, 128, 3), dtype=np.uint8)
        cv2.imwrite(str(folder / f"{index}.jpg"), image)
        coco["images"].append({"id": index, "file_name": f"{index}.jpg"})
        for label, box in enumerate(([10, 20, 30, 40], [80, 10, 12, 12])):
            coco["annotations"].append(
                {"id": 2 * index + label, "image_id": index, "category_id": label + 1, "bbox": box}
            )
    (folder / "_annotations.coco.json").write_text(json.dumps(coco))


@pytest.fixture
def dataset(tmp_path):
    for split in ("train", "valid"):
        write_split(tmp_path / "coco" / split)
    return tmp_path / "coco"


@pytest.fixture(scope="module")
def untrained(tmp_path_factory) -> str:
    """A small network with random weights that knows all our classes."""
    path = tmp_path_factory.mktemp("untrained") / "untrained.pth"
    write(path)
    return str(path)


def steps_of(dataset, out, model, **settings):
    settings = {"batch_size": 2, "device": "cpu", **settings}
    files = TrainingFiles.at(dataset)
    return train_into.steps(out, Role.DETECTOR, files, model=model, **settings)


def train(dataset, out, model, **settings):
    return list(steps_of(dataset, out, model, **settings))


@pytest.fixture
def first(dataset, tmp_path, untrained) -> str:
    """A network that knows the two classes of the dataset."""
    train(dataset, tmp_path / "first", untrained, steps=1, new_classes=True)
    return str(tmp_path / "first" / BEST)


def labels(path):
    return load_model("detector", str(path), "cpu").labels


def test_training_writes_a_checkpoint_that_the_detector_loads(dataset, tmp_path, untrained):
    reports = train(dataset, tmp_path / "out", untrained, steps=2, new_classes=True)
    assert reports[-1].step == 2
    assert reports[-1].fraction == 1
    assert list(reports[-1].validation) == ["AP50", *sorted(NAMES)]
    assert labels(tmp_path / "out" / BEST) == NAMES
    stored = torch.load(tmp_path / "out" / BEST, weights_only=True)
    assert str(tmp_path) not in repr(stored["args"]) + repr(stored["model_config"])


def test_a_resumed_training_ends_where_an_unbroken_one_does(dataset, tmp_path, first):
    def weights(folder):
        state = torch.load(folder / STATE_FILE, weights_only=True)
        return state["standing"]["step"], {**state["learner"]["network"]}

    settings = {"steps": 4, "validate_every": 2}
    train(dataset, tmp_path / "whole", first, **settings)
    broken = steps_of(dataset, tmp_path / "broken", first, **settings)
    assert next(report for report in broken if report.step == 2)
    broken.close()
    assert weights(tmp_path / "broken")[0] == 2
    train(dataset, tmp_path / "broken", first, **settings)
    (step, whole), (_, resumed) = weights(tmp_path / "whole"), weights(tmp_path / "broken")
    assert step == 4
    for name, value in whole.items():
        assert torch.equal(resumed[name], value), name


def test_fine_tuning_gives_new_classes_a_new_head(dataset, tmp_path, first):
    for split in ("train", "valid"):
        path = dataset / split / "_annotations.coco.json"
        coco = json.loads(path.read_text())
        coco["categories"].append({"id": 9, "name": "rim", "supercategory": "court"})
        path.write_text(json.dumps(coco))
    with pytest.raises(HoopError, match=r"the class 'rim', and .* knows player, ball"):
        train(dataset, tmp_path / "second", first, steps=1)
    assert not (tmp_path / "second").exists()
    train(dataset, tmp_path / "second", first, steps=1, new_classes=True)
    assert labels(tmp_path / "second" / BEST) == (*NAMES, "rim")


def test_a_checkpoint_keeps_the_classes_that_the_data_does_not_show(dataset, tmp_path, first):
    for split in ("train", "valid"):
        keep_categories(dataset / split / "_annotations.coco.json", {1})
    with pytest.raises(HoopError, match=r"boxes of 'player' alone, and .* would forget"):
        train(dataset, tmp_path / "second", first, steps=1)
    train(dataset, tmp_path / "second", first, steps=1, new_classes=True)
    assert labels(tmp_path / "second" / BEST) == ("player",)


def keep_categories(path, kept):
    coco = json.loads(path.read_text())
    coco["categories"] = [one for one in coco["categories"] if one["id"] in {0, *kept}]
    coco["annotations"] = [one for one in coco["annotations"] if one["category_id"] in kept]
    path.write_text(json.dumps(coco))


def test_fine_tuning_tells_the_score_from_before_and_stops_when_it_no_longer_rises(
    dataset, tmp_path, first
):
    settings = {"steps": 50, "learning_rate": 1e-9, "validate_every": 1, "patience": 2}
    reports = train(dataset, tmp_path / "second", first, **settings)
    assert reports[0].step == 0
    before = reports[0].validation["AP50"]
    assert before == pytest.approx(np.mean([reports[0].validation[name] for name in NAMES]))
    assert reports[-1].step == 2
    assert reports[-1].fraction == 1
    assert reports[-1].scores == {"ap50": reports[-1].best, "ap50_before": before}


def test_a_step_of_two_half_batches_learns_as_one_of_a_whole_one(dataset, tmp_path, first):
    def learnt(name, batch_size, accumulate):
        settings = {"steps": 1, "batch_size": batch_size, "accumulate": accumulate}
        train(dataset, tmp_path / name, first, **settings)
        state = torch.load(tmp_path / name / STATE_FILE, weights_only=True)["optimizer"]["state"]
        # Adam's first moment is the gradient, up to a factor.
        return torch.cat([moments["exp_avg"].flatten() for moments in state.values()])

    whole, halves = learnt("whole", 4, 1), learnt("halves", 2, 2)
    assert torch.nn.functional.cosine_similarity(whole, halves, dim=0) > 0.9


def test_closing_the_steps_keeps_the_training_for_another_time(dataset, tmp_path, first):
    settings = {"validate_every": 1, "steps": 3}
    steps = steps_of(dataset, tmp_path / "out", first, **settings)
    assert [next(steps).step, next(steps).step] == [0, 1]
    steps.close()
    rest = [now.step for now in train(dataset, tmp_path / "out", first, **settings)]
    assert rest == [1, 2, 3]
    with pytest.raises(CheckpointError, match="of another training"):
        train(dataset, tmp_path / "out", first, steps=4, seed=7)


def test_old_images_are_mixed_in_by_their_share(dataset):
    data = read_coco(dataset / "train" / "_annotations.coco.json")
    dark = replace(data, boxes=data.boxes, labels=tuple(np.ones_like(one) for one in data.labels))
    settings = DetectorSettings(steps=1, batch_size=8, seed=5, threads=1, replay_share=0.25)
    stream = batches(data, 64, settings, replay=dark)
    for _ in range(2):
        _, targets = next(stream)
        old = [bool(len(one["labels"])) and bool((one["labels"] == 1).all()) for one in targets]
        assert sum(old) >= 2
        assert sum((one["labels"] == 0).any().item() for one in targets) <= 6


def test_the_score_of_a_detector_by_name_is_a_mean_over_kinds(dataset):
    path = dataset / "valid" / "_annotations.coco.json"
    scores = evaluate_detector("sample", path, device="cpu", classes=["player", "ball"])
    assert set(scores) == {"player", "ball"}
    assert mean_ap50(scores) == pytest.approx(sum(scores.values()) / 2)
    with pytest.raises(HoopError, match="no boxes of 'rim'"):
        evaluate_detector("sample", path, device="cpu", classes=["rim"])


def test_a_batch_depends_on_seed_and_step_alone(dataset):
    data = read_coco(dataset / "train" / "_annotations.coco.json")
    assert data.names == NAMES
    settings = DetectorSettings(steps=1, batch_size=2, seed=5, threads=2)
    stream = batches(data, 64, settings)
    for _ in range(3):
        next(stream)
    images, targets = next(stream)
    again, targets_again = next(batches(data, 64, replace(settings, threads=1), start=3))
    for one, two in zip(images, again, strict=True):
        assert torch.equal(one, two)
    assert torch.equal(targets[0]["boxes"], targets_again[0]["boxes"])


def test_augmented_boxes_stay_on_what_they_bound():
    image = np.zeros((180, 320, 3), dtype=np.uint8)
    image[60:120, 100:180] = 200
    boxes, labels = np.array([[100, 60, 180, 120]], dtype=np.float32), np.array([1])
    seen = 0
    for seed in range(30):
        square, moved, kept = augment(image, boxes, labels, 128, np.random.default_rng(seed))
        assert square.shape == (128, 128, 3)
        bright = square.max(axis=2) > square.max() / 2
        if len(kept):
            ys, xs = np.nonzero(bright)
            found = [xs.min(), ys.min(), xs.max() + 1, ys.max() + 1]
            np.testing.assert_allclose(moved[0], found, atol=3)
            seen += 1
    assert seen > 15


def test_bad_datasets_are_said_in_one_line(dataset, tmp_path):
    with pytest.raises(HoopError, match="no annotations at"):
        train(tmp_path / "absent", tmp_path / "out", "sample", steps=1)
    with pytest.raises(HoopError, match="a budget: give minutes or steps"):
        train(dataset, tmp_path / "out", "sample", steps=1, minutes=1)
    with pytest.raises(HoopError, match="'rfdetr' has no setting 'epochs'; known: minutes"):
        train(dataset, tmp_path / "out", "sample", steps=1, epochs=1)
    (dataset / "train" / "_annotations.coco.json").write_text("[]")
    with pytest.raises(HoopError, match="is not COCO"):
        train(dataset, tmp_path / "out", "sample", steps=1)
