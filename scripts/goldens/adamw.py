"""Makes test/fixtures/adamw: 50 updates of four small tensors by torch.optim.AdamW after clip_grad_norm_.

Usage: python scripts/goldens/adamw.py --out test/fixtures/adamw [--seed 42]

Initial values and gradients come from a linear congruential generator whose numbers are exact in float32, so that a test
makes the same ones from the seed alone: start values of each tensor in order, then for each update the gradients of each
tensor in order; for the tensor with rows first the row numbers (which may repeat), then one gradient row for each.
"""

import argparse
import hashlib
import json
from pathlib import Path

import numpy as np
import torch

TENSORS = [
    {"name": "weight", "shape": [41, 37], "decay": True, "gradient_scale": 2**-3},
    {"name": "relative_attention_bias", "shape": [37], "decay": False, "gradient_scale": 2**-12},
    {"name": "layer_norm", "shape": [41], "decay": False, "gradient_scale": 2**1},
    {"name": "embedding", "shape": [60, 19], "decay": True, "gradient_scale": 2**-5, "rows_per_update": 5},
]
SETTINGS = {"learning_rate": 5e-3, "steps": 50, "weight_decay": 0.01, "max_gradient_norm": 1.0}


class Lcg:
    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (1664525 * self.state + 1013904223) % 2**32
        return self.state >> 8

    def floats(self, count):
        """In [-0.5, 0.5), multiples of 2^-24."""
        return np.array([self.next() / 2**24 - 0.5 for _ in range(count)], dtype=np.float32)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()

    lcg = Lcg(args.seed)
    parameters = [torch.nn.Parameter(torch.from_numpy(lcg.floats(int(np.prod(t["shape"]))).reshape(t["shape"]))) for t in TENSORS]
    groups = [
        {"params": [p for p, t in zip(parameters, TENSORS) if t["decay"]], "weight_decay": SETTINGS["weight_decay"]},
        {"params": [p for p, t in zip(parameters, TENSORS) if not t["decay"]], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, lr=SETTINGS["learning_rate"])
    norms = []
    for step in range(SETTINGS["steps"]):
        for parameter, tensor in zip(parameters, TENSORS):
            rows, width = (tensor["shape"] + [1])[:2]
            scale = tensor["gradient_scale"]
            if "rows_per_update" in tensor:
                # Rows from the upper half only: the lower half never gets a gradient.
                picked = [rows // 2 + lcg.next() % (rows // 2) for _ in range(tensor["rows_per_update"])]
                gradient = np.zeros((rows, width), dtype=np.float32)
                for row in picked:
                    gradient[row] += lcg.floats(width) * np.float32(scale)
            else:
                gradient = (lcg.floats(rows * width) * np.float32(scale)).reshape(tensor["shape"])
            parameter.grad = torch.from_numpy(gradient)
        norms.append(float(torch.nn.utils.clip_grad_norm_(parameters, SETTINGS["max_gradient_norm"])))
        for group in optimizer.param_groups:
            group["lr"] = SETTINGS["learning_rate"] * (1 - step / SETTINGS["steps"])
        optimizer.step()

    args.out.mkdir(parents=True, exist_ok=True)
    state = [optimizer.state[p] for p in parameters]
    flat = [a.detach().numpy().ravel() for p, s in zip(parameters, state) for a in (p, s["exp_avg"], s["exp_avg_sq"])]
    content = np.concatenate(flat).astype("<f4").tobytes()
    (args.out / "final.f32").write_bytes(content)
    case = {"seed": args.seed, **SETTINGS, "tensors": TENSORS, "gradient_norms": norms}
    (args.out / "case.json").write_text(json.dumps(case, indent=1) + "\n")
    print("torch", torch.__version__, "final.f32 sha256", hashlib.sha256(content).hexdigest())


main()
