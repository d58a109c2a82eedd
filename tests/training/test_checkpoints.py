"""What trainings run out of is said in one line, and leaves what was there."""

import resource

import pytest
import torch

from hoop_plugins.data.saving import save
from hoop_plugins.errors import HoopError
from hoop_plugins.training.resources import gpu_memory, require_space


@pytest.fixture
def small_disk():
    """Files may not grow over 100 kB, as on a disk that is almost full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_leaves_the_last_checkpoint(tmp_path, small_disk):
    path = tmp_path / "last.pth"
    save({"step": 1}, path)
    with pytest.raises(HoopError, match=r"cannot write .*last\.pth .*free some space") as raised:
        save({"step": 2, "weights": torch.rand(100_000)}, path)
    assert "\n" not in str(raised.value)
    assert torch.load(path, weights_only=True) == {"step": 1}
    assert [file.name for file in tmp_path.iterdir()] == ["last.pth"]


def test_a_disk_without_room_is_refused_before_the_training(tmp_path):
    require_space(tmp_path / "not" / "there", 1000)
    with pytest.raises(HoopError, match="no space for checkpoints: they need 1,000,000,000,000 MB"):
        require_space(tmp_path / "not" / "there", 10**18)
    assert not (tmp_path / "not").exists()


@pytest.mark.parametrize(
    ("batch_size", "remedy"), [(32, "lower batch_size, now 32, and raise"), (1, "smaller model")]
)
def test_a_gpu_out_of_memory_says_what_to_lower(batch_size, remedy):
    with pytest.raises(HoopError, match=remedy), gpu_memory(batch_size):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB.\nGPU 0 …")
