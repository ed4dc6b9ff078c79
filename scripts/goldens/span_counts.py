"""Numbers of hidden tokens and spans that T5's span corruption gives for a text's length.

Usage: python scripts/goldens/span_counts.py --out test/fixtures/span-counts/span-counts.json

Computes, in numpy's float32, the arithmetic that T5 does in TensorFlow's: hidden tokens are length x density, rounded,
at least 1 and at most length - 1; spans are hidden tokens / mean span, rounded, at least 1. Both round halves to even.
"""

import argparse
import json

import numpy as np


def counts(length: int, density: float, mean_span: float) -> list[int]:
    hidden = int(np.round(np.float32(length) * np.float32(density)))
    hidden = min(max(hidden, 1), length - 1)
    spans = max(int(np.round(np.float32(hidden) / np.float32(mean_span))), 1)
    return [length, hidden, spans]


parser = argparse.ArgumentParser()
parser.add_argument("--out", required=True)
parser.add_argument("--seed", type=int, default=42)
arguments = parser.parse_args()
random = np.random.default_rng(arguments.seed)
lengths = list(range(2, 130)) + [568, 569, 1024] + sorted(int(n) for n in random.integers(130, 5000, 100))
cases = [
    {"density": density, "mean_span": mean_span, "counts": [counts(length, density, mean_span) for length in lengths]}
    for density, mean_span in [(0.15, 3.0), (0.15, 2.0), (0.15, 10.0), (0.25, 3.0), (0.3, 8.0), (0.5, 3.0)]
]
with open(arguments.out, "w") as file:
    json.dump(cases, file, separators=(",", ":"))
    file.write("\n")
