"""Makes test/fixtures/schedules: the learning rate of every update by transformers' schedules.

Usage: python scripts/goldens/schedules.py --out test/fixtures/schedules

Needs torch, transformers and accelerate. Nothing is drawn at random.
"""

import argparse
import hashlib
import json
import sys
from pathlib import Path

import torch
import transformers
from transformers import TrainingArguments
from transformers.optimization import get_inverse_sqrt_schedule, get_scheduler

PEAK = 3e-3
LENGTHS = [1, 2, 7, 30]
CASES = [
    ("linear", [{}]),
    ("constant_with_warmup", [{}]),
    ("cosine", [{}, {"num_cycles": 1.5}]),
    ("cosine_with_restarts", [{}, {"num_cycles": 3}]),
    ("polynomial", [{}, {"power": 2.0, "lr_end": 1e-4}, {"power": 0.5, "lr_end": 0.0}]),
    ("inverse_sqrt", [{}, {"timescale": 5}, {"timescale": 100}]),
]
RATIOS = [(0, 0.0, 100), (0, 0.06, 100), (0, 0.06, 7), (0, 0.1, 1), (0, 0.07, 100), (0, 1.0, 9), (3, 0.5, 100), (50, 0.5, 10)]


def rates(name, warmup, steps, kwargs):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=PEAK)
    if name == "inverse_sqrt":  # get_scheduler drops its timescale
        scheduler = get_inverse_sqrt_schedule(optimizer, warmup, **kwargs)
    else:
        scheduler = get_scheduler(name, optimizer, warmup, steps, kwargs)
    found = []
    for step in range(steps):
        found.append(scheduler.get_last_lr()[0])
        optimizer.step()
        if step + 1 < steps:
            scheduler.step()
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    out = parser.parse_args().out
    cases = [("constant", 0, steps, {}) for steps in LENGTHS]
    for name, options in CASES:
        for kwargs in options:
            # The last two warm-ups end with the lesson and after it.
            cases += [(name, warmup, steps, kwargs) for steps in LENGTHS for warmup in sorted({0, 1, 4, steps, steps + 3})]
    lines = [
        {"schedule": name, "warmup": warmup, "steps": steps, "kwargs": kwargs, "peak": PEAK, "rates": rates(name, warmup, steps, kwargs)}
        for name, warmup, steps, kwargs in cases
    ]
    warmups = [
        {"warmup_steps": given, "warmup_ratio": ratio, "steps": steps,
         "updates": TrainingArguments(output_dir="none", warmup_steps=given, warmup_ratio=ratio, report_to=[]).get_warmup_steps(steps)}
        for given, ratio, steps in RATIOS
    ]
    out.mkdir(parents=True, exist_ok=True)
    for name, values in (("rates.jsonl", lines), ("warmups.jsonl", warmups)):
        (out / name).write_text("".join(json.dumps(value) + "\n" for value in values))
    digests = "\n".join(f"{hashlib.sha256((out / name).read_bytes()).hexdigest()}  {name}" for name in ("rates.jsonl", "warmups.jsonl"))
    (out / "SOURCE.md").write_text(f"""# Learning rates of transformers' schedules

Made with torch {torch.__version__.split('+')[0]} and transformers {transformers.__version__}; nothing is drawn at random:

```
{' '.join(['scripts/goldens/schedules.py', *sys.argv[1:]])}
```

- `rates.jsonl`: the rate of every update, by `get_scheduler` (`inverse_sqrt` by `get_inverse_sqrt_schedule`, as `get_scheduler`
  drops its time scale), with warm-ups of no update, of some, as long as the lesson and longer.
- `warmups.jsonl`: the updates that `TrainingArguments.get_warmup_steps` makes of `warmup_steps` and `warmup_ratio`.

Tolerance 1e-12 relative: both compute in float64, and cosines and powers of two libraries differ in the last bits only; at
the end of a cosine over 30 updates, 1 + cos cancels three digits.

sha256:
```
{digests}
```
""")


main()
