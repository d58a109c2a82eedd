"""What compat/torch.py relies on."""

import numpy as np
import torch
import torch.nn.functional as F
from torch.nn.functional import scaled_dot_product_attention

from hoop_plugins.compat.torch import AttentionInFloat32
from hoop_plugins.stages.clustering import reduce


def test_attention_is_in_float32_under_autocast_and_nothing_else_is():
    values = torch.rand(2, 4, 8, requires_grad=True)
    with torch.autocast("cpu", torch.bfloat16), AttentionInFloat32():
        product = values @ values.transpose(1, 2)
        attended = F.scaled_dot_product_attention(product, product, value=product)
        imported = scaled_dot_product_attention(product, product, product)
    assert product.dtype == torch.bfloat16
    assert attended.dtype == imported.dtype == torch.float32, (
        "torch no longer shows this call to a TorchFunctionMode: adapt hoop_plugins/compat/torch.py"
    )
    attended.sum().backward()
    assert values.grad is not None


def test_afterwards_attention_is_cast_again():
    values = torch.rand(1, 4, 8)
    with torch.autocast("cpu", torch.bfloat16):
        with AttentionInFloat32():
            pass
        assert F.scaled_dot_product_attention(values, values, values).dtype == torch.bfloat16


def test_umap_leaves_torch_its_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        reduce(np.random.default_rng(0).normal(size=(16, 8)))
        assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(before)
