import json
from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch

from hoop_plugins.errors import CheckpointError, HoopError
from hoop_plugins.formats.coco_images import read_coco
from hoop_plugins.models.rfdetr import load
from hoop_plugins.training.detector import detector_steps, train_detector
from hoop_plugins.training.detector_data import augment, batches
from hoop_plugins.training.detector_scores import evaluate_detector, mean_ap50

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


def train(dataset, out, steps, **settings):
    reports = []
    best = train_detector(
        dataset, out, steps=steps, batch_size=2, device="cpu", progress=reports.append, **settings
    )
    return best, reports


def test_training_writes_checkpoints_that_the_detector_loads(dataset, tmp_path):
    best, reports = train(dataset, tmp_path / "out", steps=2)
    assert reports[-1].step == 2
    assert reports[-1].fraction == 1
    assert set(reports[-1].ap50) == set(NAMES)
    for path in (best, best.with_name("checkpoint_last.pth")):
        assert load(str(path), device="cpu").labels == NAMES
    stored = torch.load(best, weights_only=True)
    assert str(tmp_path) not in repr(stored["args"]) + repr(stored["model_config"])


def test_a_resumed_training_ends_where_an_unbroken_one_does(dataset, tmp_path):
    def weights(folder):
        state = torch.load(folder / "checkpoint_last.pth", weights_only=True)["training"]
        return state["step"], state["network"]

    # The rate depends on the budget, so the break is made by going back to an earlier checkpoint.
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    train(dataset, broken, steps=2)
    interrupted = (broken / "checkpoint_last.pth").read_bytes()
    whole.mkdir()
    for folder in (whole, broken):
        (folder / "checkpoint_last.pth").write_bytes(interrupted)
    train(dataset, whole, steps=4)
    _, reports = train(dataset, broken, steps=4)
    assert reports[-1].step == 4
    (step, first), (_, second) = weights(whole), weights(broken)
    assert step == 4
    for name, value in first.items():
        torch.testing.assert_close(second[name], value)


def test_fine_tuning_gives_new_classes_a_new_head(dataset, tmp_path):
    best, _ = train(dataset, tmp_path / "first", steps=1)
    for split in ("train", "valid"):
        path = dataset / split / "_annotations.coco.json"
        coco = json.loads(path.read_text())
        coco["categories"].append({"id": 9, "name": "rim", "supercategory": "court"})
        path.write_text(json.dumps(coco))
    settings = {"steps": 1, "checkpoint": str(best)}
    with pytest.raises(HoopError, match=r"the class 'rim', and .* knows player, ball"):
        train(dataset, tmp_path / "second", **settings)
    assert not (tmp_path / "second").exists()
    tuned, _ = train(dataset, tmp_path / "second", new_classes=True, **settings)
    assert load(str(tuned), device="cpu").labels == (*NAMES, "rim")


def test_a_checkpoint_keeps_the_classes_that_the_data_does_not_show(dataset, tmp_path):
    best, _ = train(dataset, tmp_path / "first", steps=1)
    for split in ("train", "valid"):
        keep_categories(dataset / split / "_annotations.coco.json", {1})
    settings = {"steps": 1, "checkpoint": str(best)}
    with pytest.raises(HoopError, match=r"boxes of 'player' alone, and .* would forget"):
        train(dataset, tmp_path / "second", **settings)
    tuned, _ = train(dataset, tmp_path / "second", new_classes=True, **settings)
    assert load(str(tuned), device="cpu").labels == ("player",)


def keep_categories(path, kept):
    coco = json.loads(path.read_text())
    coco["categories"] = [one for one in coco["categories"] if one["id"] in {0, *kept}]
    coco["annotations"] = [one for one in coco["annotations"] if one["category_id"] in kept]
    path.write_text(json.dumps(coco))


def test_fine_tuning_tells_the_score_from_before_and_stops_when_it_no_longer_rises(
    dataset, tmp_path
):
    best, reports = train(dataset, tmp_path / "first", steps=1)
    assert reports[-1].before < 0
    _, reports = train(
        dataset,
        tmp_path / "second",
        steps=50,
        checkpoint=str(best),
        learning_rate=1e-9,
        validate_every=1,
        patience=2,
    )
    assert reports[0].step == 0
    assert reports[0].before == pytest.approx(np.mean(list(reports[0].ap50.values())))
    assert reports[-1].step == 2
    assert reports[-1].fraction == 1
    assert reports[-1].scores == {"ap50": reports[-1].best, "ap50_before": reports[0].before}


def test_a_step_of_two_half_batches_learns_as_one_of_a_whole_one(dataset, tmp_path):
    def learnt(name, batch_size, accumulate):
        train_detector(
            dataset,
            tmp_path / name,
            steps=1,
            batch_size=batch_size,
            accumulate=accumulate,
            device="cpu",
            progress=lambda now: None,
        )
        path = tmp_path / name / "checkpoint_last.pth"
        state = torch.load(path, weights_only=True)["training"]
        # Adam's first moment is the gradient, up to a factor.
        return torch.cat([one["exp_avg"].flatten() for one in state["optimizer"]["state"].values()])

    whole, halves = learnt("whole", 4, 1), learnt("halves", 2, 2)
    assert torch.nn.functional.cosine_similarity(whole, halves, dim=0) > 0.9


def test_closing_the_steps_keeps_the_training_for_another_time(dataset, tmp_path):
    settings = {"batch_size": 2, "device": "cpu", "validate_every": 1}
    steps = detector_steps(dataset, tmp_path / "out", steps=3, **settings)
    assert next(steps).step == 1
    steps.close()
    rest = [now.step for now in detector_steps(dataset, tmp_path / "out", steps=3, **settings)]
    assert rest == [1, 2, 3]
    with pytest.raises(CheckpointError, match="of another training"):
        train(dataset, tmp_path / "out", steps=4, seed=7)


def test_old_images_are_mixed_in_by_their_share(dataset):
    data = read_coco(dataset / "train" / "_annotations.coco.json")
    dark = replace(data, boxes=data.boxes, labels=tuple(np.ones_like(one) for one in data.labels))
    stream = batches(data, 64, 8, seed=5, start=0, threads=1, replay=dark, replay_share=0.25)
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
    stream = batches(data, 64, 2, seed=5, start=0, threads=2)
    for _ in range(3):
        next(stream)
    images, targets = next(stream)
    again, targets_again = next(batches(data, 64, 2, seed=5, start=3, threads=1))
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
        train(tmp_path / "absent", tmp_path / "out", steps=1)
    with pytest.raises(HoopError, match="one budget"):
        train(dataset, tmp_path / "out", steps=1, minutes=1)
    (dataset / "train" / "_annotations.coco.json").write_text("[]")
    with pytest.raises(HoopError, match="is not a COCO annotation file"):
        train(dataset, tmp_path / "out", steps=1)
