"""A network with the inputs and outputs of YOLOX that sees blue people and cyan balls.

Written by hand, as the package ``onnx`` is not needed for anything else: messages of
https://github.com/onnx/onnx/blob/main/onnx/onnx.proto with the numbers of their fields.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

SIDE, CLASSES = 416, 80
FLOAT, INT64 = 1, 7
INT, INTS = 2, 7
BALL = 32


def write(
    path: Path, size: tuple[int, int] = (40, 80), level: int = 32, classes: int = CLASSES
) -> Path:
    """Writes the network: for each cell as much somebody as it is blue, and no red.

    Args:
        path: An .onnx file.
        size: Width and height of every box, whose middle is the cell's.
        level: Pixels of the cells that see anything: 8, 16 or 32.
        classes: How many there are; COCO's bicycle, the second one, is always there.
    """
    nodes, weights, columns = [], [_tensor("columns", np.array([1, 5 + classes, -1]))], []
    for stride in (8, 16, 32):
        kernel = np.zeros((5 + classes, 3, 1, 1), np.float32)
        bias = np.zeros(5 + classes, np.float32)
        bias[:4] = 0.5, 0.5, *np.log(np.array(size) / stride)
        if stride == level:
            kernel[4, :, 0, 0] = 1 / 255, 0, -1 / 255  # blue, green, red
        kernel[5, 1], kernel[5 + BALL, 1] = -1 / 255, 1 / 255
        bias[5], bias[6] = 1, 1
        weights += [_tensor(f"kernel{stride}", kernel), _tensor(f"bias{stride}", bias)]
        square = [("kernel_shape", [stride, stride]), ("strides", [stride, stride])]
        grid = [f"{name}{stride}" for name in ("mean", "kernel", "bias")]
        nodes += [
            _node("AveragePool", ["images"], grid[0], square),
            _node("Conv", grid, f"cells{stride}"),
            _node("Reshape", [f"cells{stride}", "columns"], f"columns{stride}"),
        ]
        columns.append(f"columns{stride}")
    nodes.append(_node("Concat", columns, "all", [("axis", 2)]))
    nodes.append(_node("Transpose", ["all"], "output", [("perm", [0, 2, 1])]))
    cells = sum((SIDE // stride) ** 2 for stride in (8, 16, 32))
    graph = b"".join(
        [
            *(_field(1, node) for node in nodes),
            _field(2, b"tiny"),
            *(_field(5, tensor) for tensor in weights),
            _field(11, _value("images", [1, 3, SIDE, SIDE])),
            _field(12, _value("output", [1, cells, 5 + classes])),
        ]
    )
    path.write_bytes(_field(1, 8) + _field(7, graph) + _field(8, _field(1, b"") + _field(2, 13)))
    return path


def _varint(value: int) -> bytes:
    value &= 2**64 - 1
    low = bytearray()
    while value > 127:
        low.append(value & 127 | 128)
        value >>= 7
    return bytes([*low, value])


def _field(number: int, value: int | bytes) -> bytes:
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    return _varint(number << 3 | 2) + _varint(len(value)) + value


def _node(
    kind: str,
    inputs: Sequence[str],
    output: str,
    attributes: Sequence[tuple[str, int | list[int]]] = (),
) -> bytes:
    parts = [_field(1, name.encode()) for name in inputs]
    parts += [_field(2, output.encode()), _field(4, kind.encode())]
    for name, value in attributes:
        if isinstance(value, int):
            given = _field(3, value) + _field(20, INT)
        else:
            given = b"".join(_field(8, each) for each in value) + _field(20, INTS)
        parts.append(_field(5, _field(1, name.encode()) + given))
    return b"".join(parts)


def _tensor(name: str, values: np.ndarray) -> bytes:
    kind = FLOAT if values.dtype == np.float32 else INT64
    dimensions = b"".join(_field(1, size) for size in values.shape)
    return dimensions + _field(2, kind) + _field(8, name.encode()) + _field(9, values.tobytes())


def _value(name: str, shape: Sequence[int]) -> bytes:
    sizes = b"".join(_field(1, _field(1, size)) for size in shape)
    return _field(1, name.encode()) + _field(2, _field(1, _field(1, FLOAT) + _field(2, sizes)))
