"""When transformers' EarlyStoppingCallback ends a training, for sequences of evaluations.

    python scripts/goldens/early_stopping.py --out test/fixtures/early-stopping/cases.json --seed 5

Runs a Trainer over a model of one number that evaluates after every update; its evaluations give fixed values in turn. Needs
torch, transformers and accelerate.
"""

import argparse
import json
import os
import random
import tempfile

import torch
from transformers import EarlyStoppingCallback, Trainer, TrainingArguments


class One(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(1))

    def forward(self, x=None):
        return {"loss": (self.weight * 0).sum()}


class Told(Trainer):
    """A trainer whose evaluations are told it."""

    values = ()

    def evaluate(self, *args, **kwargs):
        metrics = {"eval_value": self.values[self.state.global_step - 1]}
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        self.seen += 1
        return metrics


def run(values, higher, patience, threshold):
    with tempfile.TemporaryDirectory() as folder:
        arguments = TrainingArguments(
            folder,
            max_steps=len(values),
            per_device_train_batch_size=1,
            eval_strategy="steps",
            eval_steps=1,
            save_strategy="steps",
            save_steps=1,
            save_total_limit=1,
            load_best_model_at_end=True,
            metric_for_best_model="value",
            greater_is_better=higher,
            report_to=[],
            disable_tqdm=True,
            use_cpu=True,
        )
        data = [{"x": torch.zeros(1)}] * 4
        trainer = Told(
            One(), arguments, train_dataset=data, eval_dataset=data, callbacks=[EarlyStoppingCallback(patience, threshold)]
        )
        trainer.values, trainer.seen = values, 0
        trainer.train()
        return trainer.state.global_step, int(trainer.state.best_model_checkpoint.split("-")[-1])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, required=True)
    given = parser.parse_args()
    chance = random.Random(given.seed)
    fixed = [
        ([3.0, 2.0, 2.0, 1.0, 1.0, 1.0, 0.5], False, 2, 0.0),
        ([1.0, 1.1, 1.2, 1.3, 1.4, 1.5], True, 2, 0.25),
        ([1.0, 1.25, 1.5, 1.75], True, 1, 0.25),
        ([1.0, 2.0, 3.0], False, 1, 0.0),
        ([0.0, 0.0, 0.0, 0.0], True, 3, 0.0),
    ]
    drawn = []
    for _ in range(15):
        values = [round(chance.random() * 2, 1) for _ in range(chance.randrange(3, 9))]
        drawn.append((values, chance.random() < 0.5, chance.randrange(1, 4), chance.choice([0.0, 0.0, 0.25, 0.6])))
    cases = []
    for values, higher, patience, threshold in fixed + drawn:
        updates, best = run(values, higher, patience, threshold)
        cases.append({"values": values, "higher": higher, "patience": patience, "threshold": threshold, "updates": updates, "best": best})
    os.makedirs(os.path.dirname(given.out), exist_ok=True)
    with open(given.out, "w") as out:
        json.dump(cases, out)


if __name__ == "__main__":
    main()
