import numpy as np
import pytest
import supervision as sv
import torch

from hoop_plugins.compat.sam2 import build, packaged
from hoop_plugins.data.masks import from_crops
from hoop_plugins.models.roles import TrackerSession
from hoop_plugins.models.sam2_inputs import shape_logits
from hoop_plugins.models.sam2_session import COASTS, SAM2Session, settle
from hoop_plugins.models.sam2_stream import SAM2Stream
from hoop_plugins.sample.networks import tracker


def boxes(*xyxy):
    return np.array(xyxy, np.float32).reshape(-1, 4)


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    model = build(packaged(tracker.CONFIG), [*tracker.overrides(), "++model.image_size=128"])
    torch.nn.init.constant_(model.sam_mask_decoder.pred_obj_score_head.layers[-1].bias, 3)
    return model


@pytest.fixture(scope="module")
def frames():
    rng = np.random.default_rng(0)
    still = rng.integers(0, 256, (9, 16, 3), np.uint8).repeat(8, 0).repeat(8, 1)
    return [np.roll(still, 3 * t, axis=1) for t in range(8)]


def people(*xyxy, label="player"):
    found = boxes(*xyxy)
    return sv.Detections(
        found,
        confidence=np.full(len(found), 0.9, np.float32),
        data={"class_name": np.array([label] * len(found))},
    )


TWO = ((10, 10, 40, 60), (60, 10, 90, 60))


def test_nothing_comes_before_the_first_detections(network, frames):
    session = SAM2Session(SAM2Stream(network, True), check_every=3)
    assert isinstance(session, TrackerSession)
    for frame in frames[:2]:
        assert session.wants_detections()
        assert len(session.step(frame, people())) == 0
    session.step(frames[2], people(*TWO))
    assert [session.wants_detections()] == [False]


def test_detections_are_wanted_every_few_frames_or_never_again(network, frames):
    checked = SAM2Session(SAM2Stream(network, True), check_every=3)
    unchecked = SAM2Session(SAM2Stream(network, True), check_every=0)
    asked = []
    for session in (checked, unchecked):
        wants = []
        for frame in frames[:7]:
            wants.append(session.wants_detections())
            session.step(frame, people(*TWO) if wants[-1] else None)
        asked.append([t for t, want in enumerate(wants) if want])
    assert asked == [[0, 3, 6], [0]]


def test_whoever_is_detected_is_there_without_a_mask(network, frames):
    small = (10, 10, 12, 12)
    session = SAM2Session(SAM2Stream(network, True), check_every=1)
    found = session.step(frames[0], people(small))
    assert found.data["detection"].tolist() == [0]
    assert found.xyxy.tolist() == [list(small)]
    assert found.mask.area.tolist() == [0]


SHAPE = (200, 400)
HERE, BESIDE, OUTSIDE = (50, 50, 90, 150), (65, 50, 105, 150), (410, 50, 450, 150)


@pytest.mark.parametrize(
    ("own", "expected", "missed", "place"),
    [
        pytest.param(HERE, BESIDE, 0, HERE, id="detected"),
        pytest.param(HERE, BESIDE, 1, BESIDE, id="the mask strays"),
        pytest.param(HERE, (52, 50, 92, 150), 1, HERE, id="mask and motion agree"),
        pytest.param(HERE, BESIDE, COASTS + 1, HERE, id="motion is too old"),
        pytest.param(HERE, OUTSIDE, 1, None, id="out of the picture"),
    ],
)
def test_where_people_are_whom_nobody_detects(own, expected, missed, place):
    places, there = settle(boxes(own), boxes(expected), np.array([missed]), SHAPE)
    assert places[there].tolist() == boxes(*[place] if place else []).tolist()


@pytest.mark.parametrize(("missed", "shown"), [(0, True), (COASTS, True), (COASTS + 1, False)])
def test_a_mask_on_somebody_else_says_nothing_after_a_while(missed, shown):
    both = boxes(HERE, BESIDE)
    _, there = settle(both, both, np.array([0, missed]), SHAPE)
    assert there.tolist() == [True, shown]


def test_what_is_returned_fits_together(network, frames):
    session = SAM2Session(SAM2Stream(network, True), check_every=0)
    found = session.step(frames[0], people(*TWO, label="player-jump-shot"))
    assert set(found.tracker_id) <= {1, 2}
    assert set(found.data["class_name"]) <= {"player"}
    assert ((found.confidence >= 0) & (found.confidence <= 1)).all()
    dense = found.mask.to_dense()
    assert dense.shape == (len(found), 72, 128)
    assert dense.sum(0).max() <= 1
    assert found.data["detection"].tolist() == [0, 1]
    assert found.xyxy.tolist() == boxes(*TWO).tolist()
    later = session.step(frames[1], None)
    assert "detection" not in later.data
    for mask, (x1, y1, x2, y2) in zip(later.mask.to_dense(), later.xyxy.astype(int), strict=True):
        rows, columns = np.nonzero(mask)
        assert (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1) == (x1, y1, x2, y2)


def told(*xyxy, ids, masks=None):
    found = people(*xyxy)
    found.tracker_id, found.mask = np.array(ids), masks
    return found


def test_told_boxes_are_prompts_as_the_first_detections_are(network, frames):
    begun = SAM2Session(SAM2Stream(network, True), check_every=1)
    again = SAM2Session(SAM2Stream(network, True), check_every=1)
    again.step(frames[5], people((30, 5, 70, 70)))
    first = begun.step(frames[0], people(*TWO))
    shown = again.prompt(frames[0], told(*TWO, ids=[4, 9]))
    assert shown.tracker_id.tolist() == [4, 9]
    assert np.array_equal(shown.mask.to_dense(), first.mask.to_dense())
    later, expected = (each.step(frames[1], people(*TWO)) for each in (again, begun))
    assert later.tracker_id.tolist() == [4, 9]
    assert np.array_equal(later.mask.to_dense(), expected.mask.to_dense())
    assert again.tracks[4].started == 4


def test_told_masks_are_prompts_too_of_those_who_have_one(network, frames):
    shape = (72, 128)
    crops = [np.zeros((50, 30), bool), np.zeros((1, 1), bool)]
    crops[0][:25] = True
    masks = from_crops(crops, [(10, 10), (60, 10)], shape)
    with_mask, without = (SAM2Session(SAM2Stream(network, dense), 1) for dense in (True, True))
    with_mask.prompt(frames[0], told(*TWO, ids=[4, 9], masks=masks))
    without.prompt(frames[0], told(*TWO, ids=[4, 9]))
    assert with_mask.stream.ids == [9, 4]
    assert np.allclose(with_mask.stream.logits[0], without.stream.logits[1], atol=1e-4)
    assert not np.allclose(with_mask.stream.logits[1], without.stream.logits[0], atol=1e-2)
    # Networks whose boxes are not drawn take masks all the same.
    plain = SAM2Session(SAM2Stream(network, False), 1)
    plain.prompt(frames[0], told(*TWO, ids=[4, 9], masks=masks))
    assert np.allclose(plain.stream.logits[1], with_mask.stream.logits[1], atol=1e-4)


def test_masks_that_are_told_become_dense_prompts():
    shape = np.zeros((1, 80, 160), bool)
    shape[:, :40, :80] = True
    logits = shape_logits(shape, 64)
    assert logits.shape == (1, 1, 16, 16)
    assert (logits[0, 0, :8, :8] > 0).all()
    assert (logits > 0).sum() == 64


def test_ids_go_on_after_a_reset(network, frames):
    session = SAM2Session(SAM2Stream(network, True), check_every=0)
    session.step(frames[0], people(*TWO))
    session.reset()
    assert session.wants_detections()
    session.step(frames[1], people(*TWO))
    assert set(session.tracks) == {3, 4}


@pytest.mark.parametrize("reset_at", [None, 1, 2, 3], ids=str)
def test_a_restored_session_goes_on_exactly(network, frames, tmp_path, reset_at):
    session = SAM2Session(SAM2Stream(network, True), check_every=2)
    for t, frame in enumerate(frames[:3]):
        if t == reset_at:
            session.reset()
        session.step(frame, people(*TWO))
    if reset_at == 3:
        session.reset()
    torch.save(session.state(), tmp_path / "state.pt")
    other = SAM2Session(SAM2Stream(network, True), check_every=2)
    other.restore(torch.load(tmp_path / "state.pt", weights_only=True))
    for frame in frames[3:]:
        assert session.wants_detections() == other.wants_detections()
        a, b = session.step(frame, people(*TWO)), other.step(frame, people(*TWO))
        np.testing.assert_array_equal(a.tracker_id, b.tracker_id)
        np.testing.assert_array_equal(a.mask.to_dense(), b.mask.to_dense())
    np.testing.assert_equal(
        [vars(track) for track in session.tracks.values()],
        [vars(track) for track in other.tracks.values()],
    )


@pytest.mark.parametrize("after", [(46, 58), (22, 10)], ids=["pass", "turn back"])
def test_two_who_meet_keep_their_ids(network, after):
    session = SAM2Session(SAM2Stream(network, True), check_every=1)
    owners = []
    for x in (10, 22, 34, *after):
        red, blue = (x, 10, x + 30, 60), (68 - x, 10, 98 - x, 60)
        frame = np.full((72, 128, 3), 90, np.uint8)
        frame[10:60, blue[0] : blue[2]] = (30, 40, 200)
        frame[10:60, red[0] : red[2]] = (200, 40, 30)
        session.step(frame, people(red) if red == blue else people(red, blue))
        owned = {session.boxes[row][0]: track_id for track_id, row in session.detected.items()}
        owners.append((owned[red[0]], owned[blue[0]]))
    assert owners == [(1, 2), (1, 2), (1, 1), (1, 2), (1, 2)]


def test_a_newcomer_is_tracked_from_the_second_check_on(network, frames):
    session = SAM2Session(SAM2Stream(network, True), check_every=1)
    session.step(frames[0], people())
    session.step(frames[1], people(TWO[0]))
    before = session.last_id
    # Emptied by hand: what random weights paint would cover the newcomer.
    session.stream.reset()
    session.tracks.clear()
    session.step(frames[2], people(TWO[1]))
    assert session.last_id == before
    session.step(frames[3], people(TWO[1]))
    assert session.last_id == before + 1


def test_who_is_not_detected_moves_on_between_checks_too(network, frames):
    session = SAM2Session(SAM2Stream(network, True), check_every=2)
    for t in (0, 2):
        session.step(frames[t], people((20 + 4 * t, 10, 50 + 4 * t, 60)))
        session.step(frames[t + 1], None)
    missed = session.step(frames[4], people())
    track = session.tracks[1]
    assert track.velocity[0] > 0
    between = session.step(frames[5], None)
    moved = between.xyxy - missed.xyxy
    assert moved[0, 0] == pytest.approx(track.velocity[0], abs=1e-3)
    assert moved[0, 1] == pytest.approx(0, abs=1e-3)
