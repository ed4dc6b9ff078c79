"""Makes test/fixtures/operators: each operator's result and gradients from torch, and those of one transformer block.

usage: python scripts/goldens/graph_ops.py --seed 42 --out test/fixtures/operators
needs: torch 2.15.0

One file an operator, <Op>.json, a list of cases: {"name", "attributes", "inputs": {name: {"type", "shape", "data"}},
"cotangent", "output": {"shape", "data"}, "gradients": {name: numbers}}. Inputs and cotangents are float32 numbers; torch
computes in float64 on the same numbers, so that the results are true to the nine digits that are written.
"""

import argparse
import json
import math
from pathlib import Path

import torch
import torch.nn.functional as F

files = {}


def normal(*shape, scale=1.0, shift=0.0):
    return (torch.randn(shape, generator=generator) * scale + shift).float()


def positive(*shape):
    return (torch.rand(shape, generator=generator) * 2 + 0.25).float()


def floats(*numbers):
    return torch.tensor(numbers, dtype=torch.float32)


def number(x):
    return float(f"{x:.9g}")


def plain(tensor):
    kind = {torch.float32: "float", torch.float64: "float", torch.int64: "int64", torch.bool: "bool"}[tensor.dtype]
    data = [number(x) if kind == "float" else int(x) for x in tensor.flatten().tolist()]
    return {"type": kind, "shape": list(tensor.shape), "data": data}


def case(op, name, function, inputs, **attributes):
    """Runs `function` on the inputs in float64, and backwards from a random cotangent."""
    leaves = {
        key: value.double().requires_grad_() if value.dtype == torch.float32 else value for key, value in inputs.items()
    }
    output = function(**leaves)
    cotangent = normal(*output.shape)
    wrt = [key for key, value in leaves.items() if value.dtype == torch.float64]
    found = torch.autograd.grad(output, [leaves[key] for key in wrt], cotangent.double(), allow_unused=True)
    # torch says None for a path that is cut on purpose; none of these cases has one.
    files.setdefault(op, []).append(
        {
            "name": name,
            "attributes": attributes,
            "inputs": {key: plain(value) for key, value in inputs.items()},
            "cotangent": plain(cotangent)["data"],
            "output": {key: value for key, value in plain(output.detach()).items() if key != "type"},
            "gradients": {key: plain(gradient)["data"] for key, gradient in zip(wrt, found, strict=True)},
        }
    )


def elementwise():
    binary = {"Add": torch.add, "Sub": torch.sub, "Mul": torch.mul, "Div": torch.div}
    for op, function in binary.items():
        for a, b in [((3, 5), (3, 5)), ((3, 5), (5,)), ((1, 5), (3, 1)), ((), (2, 3)), ((2, 1, 3), (4, 1)), ((2, 3), (1, 1, 1))]:
            right = positive(*b) if op == "Div" else normal(*b)
            case(op, f"{list(a)} with {list(b)}", lambda a, b, f=function: f(a, b), {"a": normal(*a), "b": right})
    unary = {
        "Neg": (torch.neg, normal(7)),
        "Sqrt": (torch.sqrt, torch.cat([positive(5), floats(1e-6, 1e6)])),
        "Reciprocal": (torch.reciprocal, torch.cat([positive(3), -positive(3)])),
        "Exp": (torch.exp, torch.cat([normal(5), floats(-20, 5)])),
        "Log": (torch.log, torch.cat([positive(5), floats(1e-6, 1e6)])),
        "Tanh": (torch.tanh, torch.cat([normal(5), floats(-20, -4, 0, 4, 20)])),
        "Sigmoid": (torch.sigmoid, torch.cat([normal(5), floats(-30, -4, 0, 4, 30)])),
        "Erf": (torch.erf, torch.cat([normal(5), floats(-5, -2, 0, 2, 5)])),
        "Relu": (torch.relu, torch.cat([normal(5), floats(0, -0.0, 3)])),
        "Identity": (lambda x: x * 1, normal(4)),
    }
    for op, (function, x) in unary.items():
        case(op, "a vector", lambda x, f=function: f(x), {"x": x})
        case(op, "a matrix", lambda x, f=function: f(x), {"x": positive(3, 2)})
    case("Cast", "float to float", lambda x: x * 1, {"x": normal(4)}, to="float")
    x = torch.cat([normal(9, scale=2), floats(-40, -6, -3, 0, 3, 6, 40)])
    for approximate in ["none", "tanh"]:
        case("Gelu", approximate, lambda x, a=approximate: F.gelu(x, approximate=a), {"x": x}, approximate=approximate)
    for alpha in [1.0, 1.702]:
        case("QuickGelu", f"alpha {alpha}", lambda x, a=alpha: x * torch.sigmoid(a * x), {"x": x}, alpha=alpha)
    condition = torch.tensor([[True], [False], [True]])
    case("Where", "broadcast", torch_where, {"condition": condition, "a": normal(3, 4), "b": normal(4)})


def torch_where(condition, a, b):
    return torch.where(condition, a, b)


def products():
    for a, b in [((3, 4), (4, 2)), ((2, 3, 4), (2, 4, 5)), ((2, 3, 4), (4, 5)), ((3, 4), (2, 4, 5)), ((2, 1, 3, 4), (3, 4, 2))]:
        case("MatMul", f"{list(a)} @ {list(b)}", lambda a, b: a @ b, {"a": normal(*a), "b": normal(*b)})
    for trans_a in [0, 1]:
        for trans_b in [0, 1]:
            flags = {"transA": trans_a, "transB": trans_b}

            def turned(x, flag):
                return x.transpose(-1, -2) if flag else x

            def contiguous(shape, flag):
                return normal(*shape[:-2], shape[-1], shape[-2]) if flag else normal(*shape)

            for a, b in [((2, 3, 4), (2, 4, 5)), ((3, 1, 2, 4), (2, 4, 3))]:
                case(
                    "FusedMatMul",
                    f"transA {trans_a}, transB {trans_b}, {list(a)} @ {list(b)}",
                    lambda a, b, ta=trans_a, tb=trans_b: 0.75 * (turned(a, ta) @ turned(b, tb)),
                    {"a": contiguous(a, trans_a), "b": contiguous(b, trans_b)},
                    **flags,
                    alpha=0.75,
                )
            for c in [(5,), (3, 1), ()]:
                case(
                    "Gemm",
                    f"transA {trans_a}, transB {trans_b}, c {list(c)}",
                    lambda a, b, c, ta=trans_a, tb=trans_b: 0.5 * turned(a, ta) @ turned(b, tb) - 1.5 * c,
                    {"a": contiguous((3, 4), trans_a), "b": contiguous((4, 5), trans_b), "c": normal(*c)},
                    **flags,
                    alpha=0.5,
                    beta=-1.5,
                )


def reductions():
    x = torch.cat([normal(2, 5), floats(80, -80, 0, 79, 80).reshape(1, 5)])
    for axis in [-1, 0]:
        case("Softmax", f"axis {axis}", lambda x, d=axis: torch.softmax(x, d), {"x": x}, axis=axis)
        case("LogSoftmax", f"axis {axis}", lambda x, d=axis: torch.log_softmax(x, d), {"x": x}, axis=axis)
    for axes in [[0], [-1], [0, 2], [0, 1, 2]]:
        for keepdims in [0, 1]:
            flags = {"axes": axes, "keepdims": keepdims}
            name = f"axes {axes}, keepdims {keepdims}"

            def reduced(function, axes=tuple(axes), keepdim=bool(keepdims)):
                return lambda x: function(x, dim=axes, keepdim=keepdim)

            case("ReduceSum", name, reduced(torch.sum), {"x": normal(2, 3, 4)}, **flags)
            case("ReduceMean", name, reduced(torch.mean), {"x": normal(2, 3, 4)}, **flags)
            ties = torch.randint(0, 3, (2, 3, 4), generator=generator).float()
            case("ReduceMax", f"{name}, with ties", reduced(torch.amax), {"x": ties}, **flags)
    for shape in [(3, 5), (2, 3, 4)]:
        case(
            "SimplifiedLayerNormalization",
            f"of {list(shape)}",
            lambda x, scale: scale * x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-3),
            {"x": normal(*shape, scale=3), "scale": normal(shape[-1])},
            epsilon=1e-3,
        )


def picks():
    rows = torch.tensor([4, 0, 0, 4, 4])
    case("Gather", "rows twice", lambda data, indices: data[indices], {"data": normal(5, 3), "indices": rows}, axis=0)
    grid = torch.tensor([[3, 0, 3], [1, 1, 3]])
    case("Gather", "columns by a grid", lambda data, indices: data[:, indices], {"data": normal(2, 4), "indices": grid}, axis=1)
    last = torch.tensor([-1, 2, 0])
    case("Gather", "last axis", lambda data, indices: data[..., indices], {"data": normal(2, 2, 3), "indices": last}, axis=-1)
    for axis in [0, 1]:
        where = torch.tensor([[0, 2], [2, 2], [1, 0]])
        inputs = {"data": normal(3, 3), "indices": where}
        case("GatherElements", f"axis {axis}", lambda data, indices, d=axis: torch.gather(data, d, indices), inputs, axis=axis)
        case(
            "ScatterElements",
            f"add, axis {axis}",
            lambda data, indices, updates, d=axis: torch.scatter_add(data, d, indices, updates),
            {**inputs, "updates": normal(3, 2)},
            axis=axis,
            reduction="add",
        )
    case(
        "ScatterElements",
        "none",
        lambda data, indices, updates: torch.scatter(data, 0, indices, updates),
        {"data": normal(4, 2), "indices": torch.tensor([[3, 0], [1, 2]]), "updates": normal(2, 2)},
        axis=0,
        reduction="none",
    )


def shapes():
    case("Reshape", "[3, 4] to [2, 6]", lambda x: x.reshape(2, 6), {"x": normal(3, 4)}, shape=[2, 6])
    case("Unsqueeze", "axes [0, 2]", lambda x: x[None, :, None], {"x": normal(3, 4)}, axes=[0, 2])
    case("Expand", "[3, 1] like [2, 3, 4]", lambda x, like: x * like, {"x": normal(3, 1), "like": normal(2, 3, 4)})
    case("Transpose", "by [2, 0, 1]", lambda x: x.permute(2, 0, 1), {"x": normal(2, 3, 4)}, perm=[2, 0, 1])
    parts = {"a": normal(2, 3), "b": normal(2, 1), "c": normal(2, 2)}
    case("Concat", "three", lambda a, b, c: torch.cat([a, b, c], 1), parts, axis=1)
    case("Slice", "[1 : 4]", lambda x: x[:, 1:4], {"x": normal(2, 5)}, axis=1, begin=1, end=4)
    case("Pad", "at 2 of 6", lambda x, like: F.pad(x, (2, 1)) * like, {"x": normal(2, 3), "like": normal(2, 6)}, axis=1, begin=2)


def block():
    """Packed rows through norm, attention over padded heads, gated GELU and a loss: the shape of a T5 layer."""
    lengths, heads, d_kv, d_model, d_ff, vocabulary = [3, 1, 2], 2, 3, 8, 5, 6
    longest, rows = max(lengths), sum(lengths)
    to_heads = torch.full((len(lengths), heads, longest), rows * heads)
    from_heads = torch.zeros(rows, heads, dtype=torch.int64)
    bias = torch.zeros(len(lengths), 1, 1, longest)
    first = 0
    for b, length in enumerate(lengths):
        bias[b, 0, 0, length:] = -1e9
        for l in range(length):
            for h in range(heads):
                to_heads[b, h, l] = (first + l) * heads + h
                from_heads[first + l, h] = (b * heads + h) * longest + l
        first += length
    labels = torch.tensor([[5], [0], [0], [3], [1], [5]])
    # Small weights keep attention and loss soft, so that no gradient is a difference of large numbers.
    weights = {name: normal(heads * d_kv, d_model, scale=0.3) for name in ["wq", "wk", "wv"]}
    inputs = {
        "x": normal(rows, d_model),
        "norm1": normal(d_model, scale=0.3, shift=1.0),
        **weights,
        "wo": normal(d_model, heads * d_kv, scale=0.3),
        "position": normal(1, heads, longest, longest),
        "norm2": normal(d_model, scale=0.3, shift=1.0),
        "wi0": normal(d_ff, d_model, scale=0.3),
        "wi1": normal(d_ff, d_model, scale=0.3),
        "wout": normal(d_model, d_ff, scale=0.3),
        "head": normal(vocabulary, d_model, scale=0.3),
        "to_heads": to_heads,
        "from_heads": from_heads,
        "padding": bias,
        "labels": labels,
    }

    def norm(x, scale):
        return scale * x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6)

    def run(x, norm1, wq, wk, wv, wo, position, norm2, wi0, wi1, wout, head, to_heads, from_heads, padding, labels):
        h = norm(x, norm1)

        def split(w):
            packed = (h @ w.T).reshape(-1, d_kv)
            return torch.cat([packed, torch.zeros(1, d_kv, dtype=packed.dtype)])[to_heads]

        q, k, v = split(wq), split(wk), split(wv)
        read = torch.softmax(q @ k.transpose(-1, -2) + position + padding, -1) @ v
        x = x + read.reshape(-1, d_kv)[from_heads].reshape(rows, -1) @ wo.T
        h = norm(x, norm2)
        x = x + (F.gelu(h @ wi0.T, approximate="tanh") * (h @ wi1.T)) @ wout.T
        return -torch.log_softmax(x @ head.T, -1).gather(1, labels)

    case("block", f"lengths {lengths}", run, inputs, heads=heads, d_kv=d_kv)


parser = argparse.ArgumentParser()
parser.add_argument("--seed", type=int, default=42)
parser.add_argument("--out", type=Path, required=True)
arguments = parser.parse_args()
generator = torch.Generator().manual_seed(arguments.seed)
for group in [elementwise, products, reductions, picks, shapes, block]:
    group()
for op, cases in files.items():
    finite = all(math.isfinite(x) for one in cases for x in one["output"]["data"])
    assert finite, op
    text = "[\n" + ",\n".join(json.dumps(one) for one in cases) + "\n]\n"
    (arguments.out / f"{op}.json").write_text(text)
print(f"{sum(map(len, files.values()))} cases of {len(files)} operators with torch {torch.__version__}")
