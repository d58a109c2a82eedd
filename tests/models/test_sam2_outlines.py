import numpy as np
import torch
import torch.nn.functional as F

from hoop_plugins.models.sam2_outlines import (
    doubles,
    drop_fragments,
    outlines,
    raise_within,
    trim,
)


def paste(outline, shape):
    frame = np.zeros(shape, bool)
    x1, y1, x2, y2 = outline.box
    frame[y1:y2, x1:x2] = outline.mask
    return frame


def blob(size, cy, cx, ry, rx):
    y, x = np.mgrid[:size, :size] + 0.5
    return (4 * (1 - ((y - cy) / ry) ** 2 - ((x - cx) / rx) ** 2)).astype(np.float32)


def test_enlarging_the_surroundings_equals_enlarging_everything():
    logits = np.stack([blob(24, 10, 6, 7, 3), blob(24, 20, 22, 6, 3)])
    shape = (130, 260)
    whole = F.interpolate(torch.from_numpy(logits)[None].clamp(-32, 32), shape, mode="bilinear")
    for outline, expected in zip(outlines(logits, shape), whole[0].numpy() > 0, strict=True):
        # OpenCV rounds positions to 1/32 of a cell, so single pixels on the rim may differ.
        assert (paste(outline, shape) != expected).mean() < 2e-3


def test_a_contested_pixel_goes_to_the_higher_logit():
    strong, weak = blob(24, 12, 9, 8, 6), 0.5 * blob(24, 12, 14, 8, 6)
    a, b = (paste(o, (240, 240)) for o in outlines(np.stack([strong, weak]), (240, 240)))
    assert not (a & b).any()
    alone = paste(outlines(strong[None], (240, 240))[0], (240, 240))
    assert a.sum() > 0.8 * alone.sum()


def test_a_mask_that_lacks_the_legs_is_raised_within_its_detection():
    logits = np.full((24, 24), -9, np.float32)
    logits[4:10, 8:14] = 3  # a torso that the network is sure of
    logits[10:20, 8:14] = -1.5  # legs that it is not
    box = np.array((80, 40, 140, 200), np.float32)
    raised = raise_within(logits, box, (240, 240))
    for outline in outlines(raised[None], (240, 240)) + outlines(logits[None], (240, 240), [box]):
        assert np.allclose(outline.box, box, atol=6)
    assert (raise_within(raised, box, (240, 240)) == raised).all()


def test_nothing_is_raised_where_no_logit_comes_near():
    logits = np.full((24, 24), -30, np.float32)
    logits[4:10, 8:14] = 3
    raised = raise_within(logits, np.array((80, 40, 140, 200), np.float32), (240, 240))
    assert (logits == raised).all()


def test_nobody_is_none():
    assert outlines(np.full((1, 8, 8), -1, np.float32), (80, 80)) == [None]
    assert outlines(np.zeros((0, 8, 8), np.float32), (80, 80)) == []


def test_far_fragments_go_and_near_ones_stay():
    mask = np.zeros((100, 100), bool)
    mask[10:50, 10:25] = True
    mask[55:65, 10:25] = True
    mask[80:90, 80:90] = True
    kept = drop_fragments(mask)
    assert kept[60, 12]
    assert not kept[85, 85]
    assert kept.sum() == mask.sum() - 100


def test_trim_finds_the_true_pixels():
    mask = np.zeros((20, 20), bool)
    mask[3:9, 5:11] = True
    outline = trim(mask, 100, 200)
    assert outline.box == (105, 203, 111, 209)
    assert outline.mask.all()
    assert trim(mask & False, 0, 0) is None


def test_of_two_tracks_on_one_body_the_younger_goes():
    masks = np.zeros((3, 8, 8), bool)
    masks[:2, 1:6, 1:6] = True
    masks[1, 5, 5] = False
    masks[2, 6:, 6:] = True
    assert doubles(masks, [(5.0, -0.9), (0.0, -0.5), (0.0, -0.9)]) == [0]
    assert doubles(masks, [(0.0, -0.9), (0.0, -0.5), (0.0, -0.9)]) == [1]


def test_empty_masks_are_no_doubles():
    assert doubles(np.zeros((2, 4, 4), bool), [(0.0, 0.0), (0.0, 0.0)]) == []
