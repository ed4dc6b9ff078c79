"""Makes src/prove/golden-numbers.ts: what transformers makes of the lesson that `reteach doctor --device` teaches.

Run: python scripts/goldens/device_lesson.py src/prove/golden-numbers.ts
Needs: torch, transformers (made with 2.15.0 and 4.57.6), and node for the start and the rows, which the program draws itself.

AdamW as Seq2SeqTrainer has it: no decay of norms and biases, clipping at 1, a rate that falls linearly to 0; no dropout.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import torch
from transformers import T5ForConditionalGeneration


def padded(rows, fill):
    longest = max(len(row) for row in rows)
    return torch.tensor([row + [fill] * (longest - len(row)) for row in rows])


def taught(folder):
    lesson = json.loads((folder / "lesson.json").read_text())
    model = T5ForConditionalGeneration.from_pretrained(folder)
    # Dropout is off, gradients are not.
    model.eval()
    plain = ("layer_norm.weight", "relative_attention_bias.weight")
    named = list(model.named_parameters())
    groups = [
        {"params": [p for n, p in named if not n.endswith(plain)], "weight_decay": lesson["decay"]},
        {"params": [p for n, p in named if n.endswith(plain)], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, lr=lesson["rate"], betas=(0.9, 0.999), eps=1e-8)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1 - step / lesson["updates"])
    losses, norms = [], []
    for update in range(lesson["updates"]):
        first = update * lesson["batch"]
        rows = [lesson["rows"][(first + i) % len(lesson["rows"])] for i in range(lesson["batch"])]
        ids = padded([row["source"] for row in rows], 0)
        mask = padded([[1] * len(row["source"]) for row in rows], 0)
        labels = padded([row["target"] for row in rows], -100)
        optimizer.zero_grad()
        loss = model(input_ids=ids, attention_mask=mask, labels=labels).loss
        loss.backward()
        norms.append(torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0).item())
        losses.append(loss.item())
        optimizer.step()
        schedule.step()
    return losses, norms


def listed(numbers):
    return ", ".join(f"{number:.7g}" for number in numbers)


def main():
    with tempfile.TemporaryDirectory() as name:
        subprocess.run(["node", "scripts/run-ts.mjs", "scripts/goldens/device_lesson.ts", name], check=True)
        losses, norms = taught(Path(name))
    Path(sys.argv[1]).write_text(
        "// Made by scripts/goldens/device_lesson.py, from what scripts/goldens/device_lesson.ts writes, with torch 2.15.0 and transformers 4.57.6: not to be changed by hand.\n\n"
        "/** Mean loss a target token before each update of the golden lesson. */\n"
        f"export const goldenLosses: readonly number[] = [{listed(losses)}]\n\n"
        "/** The gradient's norm before it is clipped. */\n"
        f"export const goldenNorms: readonly number[] = [{listed(norms)}]\n"
    )


main()
