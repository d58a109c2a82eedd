"""The sample game's renderer, its ground truth and its files."""

import json
from dataclasses import asdict

import av
import numpy as np
import pytest

from hoop_plugins.sample import export
from hoop_plugins.sample.difficulty import measure
from hoop_plugins.sample.kits import DOMAINS, FONTS, PATTERNS, draw_digits, draw_numbers
from hoop_plugins.sample.renderer import Game


@pytest.fixture(scope="module")
def truths():
    return [truth for _, truth in Game(901, 2.0).frames()]


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    out = tmp_path_factory.mktemp("sample")
    found = export.render_clips(out, 902, 0.5, stride=5)
    return out, found


@pytest.mark.parametrize("domain", DOMAINS)
def test_a_seed_decides_everything(domain):
    one, other = (list(Game(7, 0.1, domain).frames()) for _ in range(2))
    assert len(one) == 3
    for (image, truth), (again, same) in zip(one, other, strict=True):
        assert image.shape == (720, 1280, 3)
        assert image.dtype == np.uint8
        assert np.array_equal(image, again)
        assert [p.box for p in truth.people] == [p.box for p in same.people]
        assert truth.numbers == same.numbers
    assert not np.array_equal(one[0][0], next(iter(Game(8, 0.1, domain).frames()))[0])


def test_domains_share_no_font_and_no_pattern():
    assert not set(FONTS["arena"]) & set(FONTS["street"])
    assert not set(PATTERNS["arena"]) & set(PATTERNS["street"])


def test_masks_fit_their_boxes_and_do_not_overlap(truths):
    for truth in truths[::20]:
        taken = np.zeros((720, 1280), bool)
        for person in truth.people:
            x0, y0, x1, y1 = (int(v) for v in person.box)
            assert person.mask.shape == (y1 - y0, x1 - x0)
            assert person.mask.any(axis=0)[[0, -1]].all()
            assert person.mask.any(axis=1)[[0, -1]].all()
            assert 0 < person.visible <= 1
            area = taken[y0:y1, x0:x1]
            assert not (area & person.mask).any()
            area |= person.mask
        boxes = {p.track_id: p.box for p in truth.people}
        for number in truth.numbers:
            box = boxes[number.track_id]
            assert box[0] <= number.box[0] < number.box[2] <= box[2]
            assert box[1] <= number.box[1] < number.box[3] <= box[3]
            assert 0.25 <= number.visible <= 1


def test_numbers_differ_within_a_team(truths):
    numbers = {(p.team, p.track_id): p.number for t in truths for p in t.people if p.team}
    for team in ("home", "away"):
        mine = [n for (t, _), n in numbers.items() if t == team]
        assert len(mine) == len(set(mine)) == 5
        assert all(n == "00" or n == str(int(n)) for n in mine)
    assert all(p.number is None for t in truths for p in t.people if p.label == "referee")
    drawn = {n for seed in range(60) for n in draw_numbers(np.random.default_rng(seed), 5)}
    assert {"0", "00"} <= drawn


@pytest.mark.parametrize("font", [*FONTS["arena"], *FONTS["street"]])
def test_digits_can_be_told_apart(font):
    drawn = [draw_digits(str(d), font, 40, 60)[0] > 127 for d in range(10)]
    for i, one in enumerate(drawn):
        for other in drawn[:i]:
            wide = min(one.shape[1], other.shape[1])
            assert (one[:, :wide] != other[:, :wide]).mean() > 0.03


def test_a_default_clip_is_not_too_easy(truths):
    hard = measure(truths)
    assert hard.height_min >= 100
    assert hard.height_max <= 360
    assert 165 <= hard.height_median <= 235
    assert hard.crossings >= 1
    assert hard.occluded >= 0.25
    assert 0.15 <= hard.readable <= 0.65


def test_cuts_are_off_unless_asked_for():
    assert not Game(3, 20.0).cut_frames
    assert Game(3, 20.0, cuts=True).cut_frames
    assert min(Game(3, 20.0, cuts=True).cut_frames) > 1


def test_files_agree(written):
    out, found = written
    truths = export.load_truth(out / "ground_truth" / "arena-000902.json.gz")
    raw = [t for _, t in Game(902, 0.5).frames()]
    assert len(truths) == len(raw) == 15
    for one, other in zip(truths, raw, strict=True):
        assert one.numbers == other.numbers
        assert one.ball == other.ball
        for p, q in zip(one.people, other.people, strict=True):
            assert (p.box, p.number, p.action) == (q.box, q.number, q.action)
            assert np.array_equal(p.mask, q.mask)
    assert asdict(measure(truths, found[0].kit_similarity))["readable"] == found[0].readable
    with av.open(str(out / "clips" / "arena-000902.mp4")) as clip:
        frames = [f.to_ndarray(format="rgb24") for f in clip.decode(video=0)]
    assert len(frames) == 15
    image = next(iter(Game(902, 0.5).frames()))[0]
    assert np.abs(frames[0].astype(int) - image).mean() < 6
    rows = (out / "mot" / "arena-000902" / "gt" / "gt.txt").read_text().splitlines()
    assert len(rows) == sum(len(t.people) for t in truths)
    coco = json.loads((out / "coco" / "_annotations.coco.json").read_text())
    assert len(coco["images"]) == 3
    assert all((out / "coco" / i["file_name"]).exists() for i in coco["images"])
    for row in map(json.loads, (out / "reader" / "annotations.jsonl").read_text().splitlines()):
        assert (out / "reader" / row["image"]).exists()
        assert row["prefix"] == "Read the number."


def test_finished_clips_are_skipped(written, monkeypatch):
    out, found = written
    monkeypatch.setattr(export, "Game", None)
    assert export.render_clips(out, 902, 0.5, stride=5) == found
