"""Training in bfloat16."""

import torch
import torch.nn.functional as F

from hoop_plugins.training.resources import mixed_precision

BFLOAT16 = torch.cpu.get_capabilities().get("avx512_bf16", False)


def test_products_are_bfloat16_where_the_cpu_has_it_and_attention_is_float32():
    values = torch.rand(2, 4, 8)
    with mixed_precision(torch.device("cpu")):
        product = values @ values.transpose(1, 2)
        attended = F.scaled_dot_product_attention(product, product, product)
    assert product.dtype == (torch.bfloat16 if BFLOAT16 else torch.float32)
    assert attended.dtype == torch.float32


def test_afterwards_everything_is_as_before():
    attention = F.scaled_dot_product_attention
    with mixed_precision(torch.device("cpu")):
        pass
    assert F.scaled_dot_product_attention is attention
    assert (torch.rand(2, 2) @ torch.rand(2, 2)).dtype == torch.float32


def test_a_device_without_it_computes_as_before():
    with mixed_precision(torch.device("meta")):
        assert (torch.rand(2, 2) @ torch.rand(2, 2)).dtype == torch.float32
