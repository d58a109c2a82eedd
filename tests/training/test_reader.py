"""Training the reader: real steps on few crops."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from peft import PeftModel
from PIL import Image
from safetensors.torch import load_file
from transformers import SmolVLMForConditionalGeneration

from hoop_plugins.api import train_into
from hoop_plugins.data.vocabulary import NO_NUMBER, PROMPT
from hoop_plugins.errors import CheckpointError, HoopError
from hoop_plugins.formats.jsonl import AnnotationError, Example, read_examples
from hoop_plugins.models import smolvlm
from hoop_plugins.sample.networks.reader import build, build_tokenizer
from hoop_plugins.specs import Role
from hoop_plugins.training.job import STATE_FILE, TrainingFiles, TrainingProgress
from hoop_plugins.training.reader import merge_adapter
from hoop_plugins.training.reader_data import (
    augment,
    encode_answers,
    sampling_weights,
)

SHORT = {"batch_size": 4, "device": "cpu"}


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("base")
    model, processor = build(vision_width=32, vision_layers=1, text_width=32, text_layers=1)
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return str(folder)


@pytest.fixture(scope="module")
def crops(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three flat colours that stand for "7", "23" and none."""
    folder = tmp_path_factory.mktemp("crops")
    rows = []
    colors = {"7": (250, 20, 20), "23": (20, 20, 250), "none": (20, 250, 20)}
    for index, (suffix, color) in enumerate(list(colors.items()) * 4):
        Image.new("RGB", (30 + index, 40), color).save(folder / f"{index}.png")
        rows.append({"image": f"{index}.png", "prefix": PROMPT, "suffix": suffix})
    path = folder / "annotations.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    return path


def train_reader(train, valid, out, base, adapter=None, **settings) -> list[TrainingProgress]:
    model = f"{base}+{adapter}" if adapter else base
    files = TrainingFiles(train, valid)
    return list(train_into.steps(out, Role.READER, files, model=model, **settings))


def state(folder: Path) -> dict:
    return torch.load(folder / STATE_FILE, weights_only=True)


def test_a_small_reader_learns_from_scratch(base: str, crops: Path, tmp_path: Path):
    seen = train_reader(
        crops,
        crops,
        tmp_path,
        base=base,
        full=True,
        half=True,
        steps=60,
        batch_size=12,
        learning_rate=1e-2,
        validate_every=20,
        device="cpu",
    )
    end = seen[-1]
    assert end.step == 60
    assert end.loss < 0.7 * seen[0].loss
    reader = smolvlm.load(str(tmp_path), device="cpu")
    examples = read_examples(crops, PROMPT)
    read = reader.read([np.array(Image.open(example.image)) for example in examples])
    right = np.mean(read.argmax(1) == [example.index for example in examples])
    assert right == pytest.approx(end.best)


def test_an_interrupted_run_ends_as_an_uninterrupted_one(base: str, crops: Path, tmp_path: Path):
    settings = {**SHORT, "base": base, "steps": 6, "validate_every": 3}
    train_reader(crops, crops, tmp_path / "whole", **settings)
    model = settings.pop("base")
    files = TrainingFiles(crops, crops)
    steps = train_into.steps(tmp_path / "halves", Role.READER, files, model=model, **settings)
    assert next(now for now in steps if now.step == 3)
    steps.close()
    assert state(tmp_path / "halves")["standing"]["step"] == 3
    settings["base"] = model
    train_reader(crops, crops, tmp_path / "halves", **settings)
    whole, halves = state(tmp_path / "whole"), state(tmp_path / "halves")
    assert halves["standing"]["step"] == 6
    for name, weight in whole["learner"].items():
        assert torch.equal(weight, halves["learner"][name]), name
    assert any(weight.abs().max() > 0 for n, weight in whole["learner"].items() if "lora_B" in n)


def test_what_is_kept_of_the_beginning_changes_what_is_written_alone(base, crops, tmp_path):
    settings = {**SHORT, "base": base, "steps": 2, "full": True}
    train_reader(crops, crops, tmp_path / "new", **settings)
    train_reader(crops, crops, tmp_path / "half", keep_share=0.5, **settings)
    old, new, half = (
        load_file(Path(folder) / "model.safetensors")
        for folder in (base, tmp_path / "new", tmp_path / "half")
    )
    assert any(not torch.equal(old[name], new[name]) for name in old)
    for name, weight in half.items():
        torch.testing.assert_close(weight, (old[name] + new[name]) / 2, msg=name)
    learned, also = state(tmp_path / "new")["learner"], state(tmp_path / "half")["learner"]
    assert all(torch.equal(weight, also[name]) for name, weight in learned.items())


def test_a_finished_run_is_left_alone(base: str, crops: Path, tmp_path: Path):
    settings = {**SHORT, "base": base, "steps": 2}
    train_reader(crops, crops, tmp_path, **settings)
    before = state(tmp_path)["learner"]
    assert train_reader(crops, crops, tmp_path, **settings)[-1].step == 2
    after = state(tmp_path)["learner"]
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_the_state_of_another_training_is_refused(base: str, crops: Path, tmp_path: Path):
    train_reader(crops, crops, tmp_path, base=base, steps=1, rank=4, **SHORT)
    with pytest.raises(CheckpointError, match="another training"):
        train_reader(crops, crops, tmp_path, base=base, steps=1, rank=8, **SHORT)


def test_the_adapter_opens_in_peft_and_merges(base: str, crops: Path, tmp_path: Path):
    adapter = tmp_path / "adapter"
    settings = {**SHORT, "base": base, "learning_rate": 0.05}
    train_reader(crops, crops, adapter, steps=3, half=True, **settings)
    model = SmolVLMForConditionalGeneration.from_pretrained(base)
    assert PeftModel.from_pretrained(model, adapter).peft_config["default"].r == 16
    assert str(Path(base).parent) not in (adapter / "adapter_config.json").read_text()
    merge_adapter(f"{base}+{adapter}", tmp_path / "merged")
    crop = [np.full((40, 30, 3), 200, np.uint8)]
    merged = smolvlm.load(str(tmp_path / "merged"), device="cpu").read(crop)
    apart = smolvlm.load(f"{base}+{adapter}", device="cpu").read(crop)
    np.testing.assert_allclose(merged, apart, atol=1e-5)
    further = tmp_path / "further"
    settings = {**settings, "adapter": str(adapter), "steps": 1}
    assert train_reader(crops, crops, further, replay=crops, **settings)[-1].step == 1
    with pytest.raises(HoopError, match="merge it"):
        train_reader(crops, crops, further, full=True, **settings)
    both = shutil.copytree(base, tmp_path / "both")
    shutil.copytree(adapter, both / "adapter")
    with pytest.raises(HoopError, match="merge it"):
        train_reader(crops, crops, further, full=True, steps=1, base=str(both))


def test_a_step_learns_from_all_the_batches_that_it_accumulates(base: str, crops: Path, tmp_path):
    settings = {"base": base, "device": "cpu", "steps": 1}
    train_reader(crops, crops, tmp_path / "two", batch_size=2, accumulate=2, **settings)
    train_reader(crops, crops, tmp_path / "one", batch_size=2, **settings)
    two, one = (state(tmp_path / name)["optimizer"]["state"] for name in ("two", "one"))
    # Adam's first moment is the gradient, up to a factor: another draw has been added.
    assert any(not torch.equal(two[i]["exp_avg"], one[i]["exp_avg"]) for i in one)
    with pytest.raises(CheckpointError, match="another training"):
        train_reader(crops, crops, tmp_path / "one", batch_size=2, accumulate=2, **settings)


def test_targets_choose_the_towers_that_learn(base: str, crops: Path, tmp_path: Path):
    settings = {**SHORT, "base": base, "steps": 1}
    train_reader(crops, crops, tmp_path / "both", **settings)
    assert any("vision_model" in name for name in state(tmp_path / "both")["learner"])
    train_reader(crops, crops, tmp_path / "text", targets="text", **settings)
    assert all("text_model" in name for name in state(tmp_path / "text")["learner"])
    both = {**settings, "adapter": str(tmp_path / "both")}
    train_reader(crops, crops, tmp_path / "further", targets="text", **both)
    assert all("text_model" in name for name in state(tmp_path / "further")["learner"])
    text = {**settings, "adapter": str(tmp_path / "text")}
    with pytest.raises(CheckpointError, match="changes the language model alone"):
        train_reader(crops, crops, tmp_path / "more", targets="text+vision", **text)
    some = r".*(q_proj|down_proj)"
    train_reader(crops, crops, tmp_path / "some", targets=some, **settings)
    learned = set(state(tmp_path / "some")["learner"])
    train_reader(crops, crops, tmp_path / "some of both", targets=some, **both)
    assert set(state(tmp_path / "some of both")["learner"]) == learned
    own = {**settings, "adapter": str(tmp_path / "some")}
    for targets, layer in ((r".*k_proj", "k_proj"), (r".*gate", "anything"), ("[", "no regular")):
        with pytest.raises(CheckpointError, match=re.escape(layer)):
            train_reader(crops, crops, tmp_path / "more", targets=targets, **own)
    assert not (tmp_path / "more").exists()


def test_what_an_adapter_has_already_is_not_asked_for_otherwise(
    base: str, crops: Path, tmp_path: Path
):
    settings = {**SHORT, "base": base, "steps": 1}
    train_reader(crops, crops, tmp_path / "own", rank=8, alpha=16, dropout=0.0, **settings)
    further = {**settings, "adapter": str(tmp_path / "own")}
    train_reader(crops, crops, tmp_path / "as it is", rank=8, alpha=16, dropout=0.0, **further)
    train_reader(crops, crops, tmp_path / "unsaid", **further)
    for name, has, wanted in (("rank", 8, 4), ("alpha", 16, 32), ("dropout", 0.0, 0.05)):
        message = f"has {name} {has}, not {wanted}: leave the {name} out"
        with pytest.raises(CheckpointError, match=message):
            train_reader(crops, crops, tmp_path / "more", **{name: wanted}, **further)
        with pytest.raises(HoopError, match=f"full training makes no adapter, which {name}"):
            train_reader(crops, crops, tmp_path / "more", full=True, **{name: wanted}, **settings)
    assert not (tmp_path / "more").exists()


def test_training_stops_when_validation_no_longer_rises(base: str, crops: Path, tmp_path: Path):
    settings = {**SHORT, "base": base, "steps": 50, "validate_every": 1, "learning_rate": 1e-9}
    end = train_reader(crops, crops, tmp_path, patience=2, **settings)[-1]
    assert end.step == 2
    assert end.fraction == 1
    exact = end.validation["exact match"]
    assert end.scores == {"exact": exact, "exact_before": exact}


def test_an_adapter_of_another_base_model_is_refused(base: str, crops: Path, tmp_path: Path):
    from hoop_plugins.sample.weights import weights
    from hoop_plugins.specs import Role

    adapter = str(weights(Role.READER) / "adapter")
    with pytest.raises(CheckpointError, match="does not fit this model"):
        train_reader(crops, crops, tmp_path / "out", base=base, adapter=adapter, steps=1, **SHORT)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("{", "this is no JSON"),
        ('{"image": "0.png"}', "suffix: this is missing"),
        ("[1]", "this is not a row of image, prefix and suffix"),
        ({"suffix": "7B"}, "'7B' is not a jersey number"),
        ({"suffix": "07"}, "'07' is not a jersey number"),
        ({"suffix": 100}, "100 is not a jersey number"),
        ({"suffix": "7", "prefix": "What?"}, "prefix 'What\\?'"),
        ({"suffix": "7", "image": "gone.png"}, "does not open"),
        ({"suffix": "7", "image": "annotations.jsonl"}, "does not open"),
    ],
)
def test_a_bad_row_is_named_by_file_and_line(crops: Path, row: str | dict, message: str):
    good = json.dumps({"image": "0.png", "suffix": "7"})
    bad = row if isinstance(row, str) else json.dumps({"image": "0.png", **row})
    path = crops.with_name("bad.jsonl")
    path.write_text(f"{good}\n\n{bad}\n")
    with pytest.raises(AnnotationError, match=message) as raised:
        read_examples(path, PROMPT)
    assert "bad.jsonl:3: " in str(raised.value)
    assert "\n" not in str(raised.value)


def test_files_that_teach_nothing_are_refused(tmp_path: Path):
    (tmp_path / "empty.jsonl").write_text("\n")
    for name, message in {"empty.jsonl": "has no rows", "gone.jsonl": "cannot read"}.items():
        with pytest.raises(AnnotationError, match=message):
            read_examples(tmp_path / name, PROMPT)
    with pytest.raises(AnnotationError, match="no row has a number"):
        sampling_weights([Example(Path("a.png"), "none")])
    with pytest.raises(AnnotationError, match="every row says '7'"):
        sampling_weights([Example(Path("a.png"), "7")] * 3)


def test_a_missing_suffix_means_none(crops: Path):
    path = crops.with_name("none.jsonl")
    path.write_text('{"image": "0.png", "suffix": ""}\n{"image": "1.png", "suffix": "00"}\n')
    assert [example.index for example in read_examples(path, PROMPT)] == [NO_NUMBER, 100]


def test_rare_numbers_are_drawn_more_often_than_they_occur():
    examples = [Example(Path(), a) for a in ["7"] * 16 + ["23"] * 4 + ["none"] * 80]
    weights = sampling_weights(examples, negative_share=0.15)
    shares = [float(weights[a:b].sum()) for a, b in ((0, 16), (16, 20), (20, 100))]
    assert shares == pytest.approx([0.85 * 4 / 6, 0.85 * 2 / 6, 0.15])


def test_answers_end_and_are_padded_with_what_the_loss_ignores():
    tokenizer = build_tokenizer()
    answers = encode_answers(tokenizer, [Example(Path(), a) for a in ("23", "7", "none")])
    said = [tokenizer.decode(row[row >= 0]) for row in answers]
    assert said == [f" {a}<end_of_utterance>" for a in ("23", "7", "none")]
    assert answers.shape == (3, 4)
    assert (answers[1, 3:] == -100).all()


def test_augmented_crops_keep_left_and_right():
    torch.manual_seed(0)
    pixels = torch.zeros(64, 3, 64, 64, dtype=torch.uint8)
    pixels[..., 40:] = 255
    varied = augment(pixels)
    assert varied.shape == pixels.shape
    assert varied.dtype == torch.uint8
    assert not torch.equal(varied, pixels)
    left, right = (
        varied[..., :16].float().mean((1, 2, 3)),
        varied[..., -16:].float().mean((1, 2, 3)),
    )
    assert (right > left).all()
