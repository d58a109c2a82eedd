import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image as Picture
from sam2.build_sam import build_sam2_video_predictor

from hoop_plugins.compat.sam2 import build, packaged
from hoop_plugins.data.image import VideoInfo
from hoop_plugins.errors import CheckpointError, OptionError
from hoop_plugins.models import sam2
from hoop_plugins.models.box_session import BoxSession
from hoop_plugins.models.roles import Tracker
from hoop_plugins.models.sam2_inputs import box_logits
from hoop_plugins.models.sam2_session import SAM2Session
from hoop_plugins.models.sam2_stream import SAM2Stream
from hoop_plugins.models.selective_session import SelectiveSession
from hoop_plugins.plugins import load_model
from hoop_plugins.sample.networks import tracker

HIERA_TINY = "configs/sam2.1/sam2.1_hiera_t.yaml"
SMALLER = ["++model.image_size=128"]


@pytest.fixture(scope="module")
def overrides():
    return tracker.overrides() + SMALLER


@pytest.fixture(scope="module")
def network(overrides):
    torch.manual_seed(0)
    model = build(packaged(tracker.CONFIG), overrides)
    # Random weights call everybody hidden about half of the time; masks are compared here.
    torch.nn.init.constant_(model.sam_mask_decoder.pred_obj_score_head.layers[-1].bias, 3)
    return model


@pytest.fixture(scope="module")
def frames():
    rng = np.random.default_rng(0)
    still = rng.integers(0, 256, (16, 16, 3), np.uint8).repeat(8, 0).repeat(8, 1)
    return [np.roll(still, 3 * t, axis=1) for t in range(20)]


def boxes(*xyxy):
    return np.array(xyxy, np.float32)


def test_masks_equal_the_official_predictor(network, overrides, frames, tmp_path):
    official = build_sam2_video_predictor(
        tracker.CONFIG, device="cpu", hydra_overrides_extra=overrides, apply_postprocessing=False
    )
    official.load_state_dict(network.state_dict())
    for t, frame in enumerate(frames):
        Picture.fromarray(frame).save(tmp_path / f"{t:05d}.jpg", quality=100)
    seen = [np.array(Picture.open(path)) for path in sorted(tmp_path.glob("*.jpg"))]
    first, late = boxes((10, 20, 50, 90), (60, 30, 100, 120)), boxes((30, 40, 80, 100))

    expected = {}
    state = official.init_state(str(tmp_path))
    for track_id, box in enumerate(first, 1):
        official.add_new_points_or_box(state, 0, track_id, box=box)
    for t, ids, masks in official.propagate_in_video(state, max_frame_num_to_track=4):
        expected[t] = dict(zip(ids, masks[:, 0].numpy(), strict=True))
    official.add_new_points_or_box(state, 5, 3, box=late[0])
    official.remove_object(state, 1, need_output=False)
    for t, ids, masks in official.propagate_in_video(state, start_frame_idx=5):
        expected[t] = dict(zip(ids, masks[:, 0].numpy(), strict=True))

    stream = SAM2Stream(network, dense_boxes=False)
    for t, frame in enumerate(seen):
        stream.step(frame)
        if t == 0:
            stream.prompt([1, 2], first)
        if t == 5:
            stream.remove([1])
            stream.prompt([3], late)
        got = dict(zip(stream.ids, stream.logits, strict=True))
        assert set(got) == set(expected[t])
        for track_id, logits in got.items():
            large = F.interpolate(
                torch.from_numpy(logits)[None, None], scale_factor=4, mode="bilinear"
            )
            np.testing.assert_allclose(large[0, 0], expected[t][track_id], atol=1e-4)


def test_late_joiners_do_not_disturb_the_others(network, frames):
    alone, crowded = SAM2Stream(network, True), SAM2Stream(network, True)
    for t, frame in enumerate(frames[:10]):
        alone.step(frame)
        crowded.step(frame)
        if t == 0:
            alone.prompt([1], boxes((10, 20, 50, 90)))
            crowded.prompt([1], boxes((10, 20, 50, 90)))
        elif t % 3 == 1:
            crowded.prompt([10 + t], boxes((5 * t, 20, 5 * t + 40, 100)))
        other = crowded.logits[crowded.ids.index(1)]
        np.testing.assert_allclose(alone.logits[0], other, atol=1e-4)
    assert set(crowded.ids) == {1, 11, 14, 17}


def test_memory_does_not_grow(network, frames):
    stream = SAM2Stream(network, True)

    def weight():
        state = stream.state()
        kept = [state["prompted"] or {}, *state["recent"]]
        return sum(x.numel() for memory in kept for x in memory.values() if x is not None)

    weights = []
    for t in range(24):
        stream.step(frames[t % len(frames)])
        if t == 0:
            stream.prompt([1, 2], boxes((10, 20, 50, 90), (60, 30, 100, 120)))
        weights.append(weight())
    assert weights[18] == weights[23]


def test_prompting_again_forgets_the_past(network, frames):
    stream, fresh = SAM2Stream(network, True), SAM2Stream(network, True)
    stream.step(frames[0])
    stream.prompt([1], boxes((10, 20, 50, 90)))
    stream.step(frames[1])
    stream.step(frames[2])
    fresh.step(frames[2])
    box = boxes((40, 10, 90, 100))
    stream.prompt([1], box)
    fresh.prompt([1], box)
    stream.step(frames[3])
    fresh.step(frames[3])
    np.testing.assert_allclose(stream.logits, fresh.logits, atol=1e-4)


def test_a_state_in_the_middle_of_a_frame_changes_nothing(network, frames):
    saved, unsaved = SAM2Stream(network, True), SAM2Stream(network, True)
    for stream in (saved, unsaved):
        stream.step(frames[0])
        stream.prompt([1, 2], boxes((10, 20, 50, 90), (60, 30, 100, 120)))
        stream.step(frames[1])
        if stream is saved:
            stream.state()
        stream.prompt([2, 3], boxes((50, 30, 100, 120), (30, 40, 80, 100)))
        stream.remove([3])
        stream.step(frames[2])
        assert stream.ids == [1, 2]
    np.testing.assert_allclose(saved.logits, unsaved.logits, atol=1e-4)


def test_rasterized_box_is_positive_inside():
    logits = box_logits(torch.tensor([[4.0, 8.0, 12.0, 16.0]]), 32)
    inside = torch.zeros(8, 8, dtype=torch.bool)
    inside[2:4, 1:3] = True
    assert torch.equal(logits[0, 0] > 0, inside)


def test_official_architecture_loads_and_tracks(tmp_path):
    torch.manual_seed(0)
    smaller = tmp_path / "tiny.yaml"
    smaller.write_text(packaged(HIERA_TINY).read_text().replace("size: 1024", "size: 256"))
    path = tmp_path / "sam2.1_hiera_tiny.pt"
    torch.save({"model": build(packaged(HIERA_TINY)).state_dict()}, path)
    loaded = sam2.load(f"{path}@{smaller}", device="cpu")
    assert isinstance(loaded, Tracker)
    stream = SAM2Stream(loaded.model, loaded.dense_boxes)
    frame = np.random.default_rng(0).integers(0, 256, (90, 160, 3), np.uint8)
    stream.step(frame)
    stream.prompt([1, 2], boxes((10, 10, 40, 80), (60, 10, 100, 80)))
    stream.step(frame)
    assert stream.ids == [1, 2]
    assert stream.logits.shape == (2, 64, 64)


def test_small_checkpoint_carries_its_configuration(tmp_path):
    path = tmp_path / "small.pt"
    weights = {name: value.half() for name, value in tracker.build().state_dict().items()}
    torch.save({"model": weights, "config": tracker.checkpoint_config()}, path)
    assert path.stat().st_size < 4.1e6
    loaded = sam2.load(path, device="cpu", check_every=0)
    assert loaded.dense_boxes
    session = loaded.start(VideoInfo("x.mp4", 160, 90, 30, 1))
    assert session.wants_detections()


def test_masks_are_of_everybody_of_some_or_of_nobody(tmp_path):
    path = tmp_path / "small.pt"
    weights = tracker.build().state_dict()
    torch.save({"model": weights, "config": tracker.checkpoint_config()}, path)
    video = VideoInfo("x.mp4", 160, 90, 30, 1)
    kinds = [SAM2Session, SelectiveSession, BoxSession]
    for masks, kind in zip(("every frame", "selective", "off"), kinds, strict=True):
        session = sam2.load(path, "cpu", masks=masks, drift_iou=0.3).start(video)
        assert type(session) is kind
        assert session.drift_iou == (0 if masks == "off" else 0.3)
    with pytest.raises(OptionError, match="masks is 'some': give every frame or selective or off"):
        load_model("tracker", str(path), "cpu", masks="some")


@pytest.mark.parametrize(
    ("content", "suffix", "says"),
    [
        (None, "", "no tracker weights"),
        (b"not weights", "", "not a PyTorch checkpoint"),
        ({"weights": 1}, "", 'no "model" weights'),
        ({"model": {}}, "", "does not record its configuration"),
        ({"model": {}}, "@nowhere.yaml", "no SAM2 configuration nowhere.yaml"),
        ({"model": {}}, f"@{HIERA_TINY}", "do not fit"),
    ],
)
def test_wrong_weights_are_refused_in_one_line(tmp_path, content, suffix, says):
    path = tmp_path / "weights.pt"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        torch.save(content, path)
    with pytest.raises(CheckpointError, match=says) as caught:
        sam2.load(f"{path}{suffix}", device="cpu")
    assert "\n" not in str(caught.value)


def test_offline_download_fails_in_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(CheckpointError, match=r"sam2\.1-hiera-tiny could not be downloaded"):
        sam2.load("sam2.1-hiera-tiny", device="cpu")
