"""Makes a tiny T5 and what transformers computes with it: forward, gradients, training steps, dropout, generation.

    python scripts/goldens/parity.py --out test/fixtures --name small-silu --seed 5 \\
        --config '{"d_model": 40, "d_kv": 8, "num_heads": 5, "d_ff": 72, "num_layers": 2, "num_decoder_layers": 1,
                   "feed_forward_proj": "gated-silu", "tie_word_embeddings": false}'
    python scripts/goldens/parity.py --out /tmp/again --name tiny-t5 --model test/fixtures/models/tiny-t5 \\
        --pairs test/fixtures/parity/tiny-t5
    python scripts/goldens/parity.py --out test/fixtures --name small-silu --model test/fixtures/models/small-silu \\
        --pairs test/fixtures/parity/small-silu --label-smoothing 0.1

The first form makes OUT/models/NAME (taught for a few hundred steps, so that its answers depend on the source) and
OUT/parity/NAME; the second makes the goldens of a model that exists, from the pairs of a golden folder; the third makes
OUT/label-smoothing/NAME, where the loss is that of transformers' LabelSmoother. Needs torch, transformers, sentencepiece and
safetensors. Token ids are those of spiece.model, or of tokenizer.json where there is one. Tolerances and what each file
holds: SOURCE.md beside the goldens, which the first and the third form write, too.
"""

import argparse
import hashlib
import json
import os
import random
import shutil
import statistics
import sys

import sentencepiece
import torch
import transformers
from safetensors.torch import save_file
from transformers import AutoConfig, AutoModelForSeq2SeqLM
from transformers.trainer_pt_utils import LabelSmoother

MAX_SOURCE, MAX_TARGET = 48, 24
STEPS, BATCH = 24, 4
LEARNING_RATE, WEIGHT_DECAY = 0.005, 0.01
OPTION_SETS = [
    {"max_length": 20},
    {"max_new_tokens": 40},
    {"max_new_tokens": 24, "num_beams": 4},
    {"max_new_tokens": 24, "num_beams": 4, "length_penalty": 0.6, "early_stopping": True},
    {"max_new_tokens": 24, "num_beams": 3, "no_repeat_ngram_size": 2},
    {"max_new_tokens": 24, "num_beams": 2, "num_return_sequences": 2},
    {"max_new_tokens": 24, "repetition_penalty": 1.5},
    {"max_new_tokens": 30, "min_new_tokens": 10},
]


class Tokenizer:
    def __init__(self, folder):
        path = os.path.join(folder, "tokenizer.json")
        self.fast = transformers.PreTrainedTokenizerFast(tokenizer_file=path) if os.path.exists(path) else None
        path = os.path.join(folder, "spiece.model")
        self.pieces = sentencepiece.SentencePieceProcessor(model_file=path) if os.path.exists(path) else None
        self.bytes = None if self.pieces else transformers.ByT5Tokenizer.from_pretrained(folder)
        self.size = self.pieces.get_piece_size() + 100 if self.pieces else len(self.bytes)

    def encode(self, text, limit):
        if self.bytes:
            return self.bytes(text, max_length=limit, truncation=True)["input_ids"]
        ids = self.fast(text)["input_ids"][:-1] if self.fast else self.pieces.encode(text)
        return ids[: limit - 1] + [1]

    def decode(self, ids):
        if self.bytes:
            return self.bytes.decode(ids, skip_special_tokens=True)
        known = [token for token in ids if 2 < token < self.pieces.get_piece_size()]
        return self.fast.decode(ids, skip_special_tokens=True) if self.fast else self.pieces.decode(known)


# Texts of our own, enough alike that a tiny model learns to answer.
THINGS = "lamp boat baker window forest engine letter teacher harbour clock garden valley violin doctor mountain robot".split()
KINDS = "old small quiet red wooden heavy friendly bright narrow early".split()
VERBS = "repairs measures follows protects paints carries finds teaches moves opens".split()
ENDINGS = ["today", "at night", "in spring", "without help", "every week", "near the river"]


def make_pairs(chance, count):
    def thing():
        return f"the {chance.choice(KINDS)} {chance.choice(THINGS)}" if chance.random() < 0.6 else f"the {chance.choice(THINGS)}"

    pairs = []
    for _ in range(count):
        first, verb, second = thing(), chance.choice(VERBS), thing()
        extra = [f"{thing().capitalize()} {chance.choice(VERBS)} {thing()} {chance.choice(ENDINGS)}." for _ in range(chance.randrange(4))]
        source = f"headline: We saw how {first} {verb} {second}. {' '.join(extra)} In {chance.randrange(2, 400)} cases it was {first}."
        pairs.append({"source": source, "target": f"{first[4:]} {verb} {second[4:]}: a {chance.choice(['report', 'story'])}"})
    return pairs


def batch_of(tokenizer, pairs):
    sources = [tokenizer.encode(pair["source"], MAX_SOURCE) for pair in pairs]
    targets = [tokenizer.encode(pair["target"], MAX_TARGET) for pair in pairs]

    def padded(rows, filler):
        width = max(map(len, rows))
        return torch.tensor([row + [filler] * (width - len(row)) for row in rows])

    ids = padded(sources, 0)
    mask = padded([[1] * len(row) for row in sources], 0)
    return {"input_ids": ids, "attention_mask": mask, "labels": padded(targets, -100)}


def write_json(path, value):
    with open(path, "w") as out:
        json.dump(value, out, ensure_ascii=False)


def write_lines(path, values):
    with open(path, "w") as out:
        out.writelines(json.dumps(value, ensure_ascii=False) + "\n" for value in values)


def teach_model(folder, config, spiece, pairs, steps):
    """A model from scratch that has seen pairs other than the goldens'."""
    os.makedirs(folder, exist_ok=True)
    if spiece == "byt5":
        transformers.ByT5Tokenizer().save_pretrained(folder)
    else:
        shutil.copy(spiece, os.path.join(folder, "spiece.model"))
    tokenizer = Tokenizer(folder)
    fixed = {"model_type": "t5", "vocab_size": tokenizer.size, "decoder_start_token_id": 0}
    model = AutoModelForSeq2SeqLM.from_config(AutoConfig.for_model(**{**fixed, **config}))
    model.train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=4e-3)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1 - step / steps)
    for step in range(steps):
        start = step * 16 % len(pairs)
        loss = model(**batch_of(tokenizer, pairs[start : start + 16])).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
    print(f"loss of the last of {steps} steps: {loss.item():.3f}", file=sys.stderr)
    model.save_pretrained(folder)


def load(folder, dropout=0.0):
    return AutoModelForSeq2SeqLM.from_pretrained(folder, dropout_rate=dropout, attn_implementation="eager")


def per_example(logits, labels):
    losses = torch.nn.functional.cross_entropy(logits.transpose(1, 2), labels, ignore_index=-100, reduction="none")
    return (losses.sum(1) / (labels != -100).sum(1)).tolist()


def parameters(model):
    return {name: value for name, value in model.named_parameters()}


def forward_and_gradients(folder, out, batch):
    model = load(folder).eval()
    result = model(**batch)
    result.loss.backward()
    write_json(os.path.join(out, "forward.json"), {
        "input_ids": batch["input_ids"].tolist(),
        "attention_mask": batch["attention_mask"].tolist(),
        "labels": batch["labels"].tolist(),
        "loss": result.loss.item(),
        "logits_first_rows": result.logits[:, :3, :50].tolist(),
        "encoder_last_hidden_first": result.encoder_last_hidden_state[:, :2].tolist(),
        "per_example_loss": per_example(result.logits, batch["labels"]),
    })
    save_file({name: value.grad for name, value in parameters(model).items()}, os.path.join(out, "gradients.safetensors"))


def loss_of(model, batch, smoothing):
    """As Seq2SeqTrainer.compute_loss has it."""
    result = model(**batch)
    return result.loss if smoothing == 0 else LabelSmoother(epsilon=smoothing)(result, batch["labels"])


def smoothed(folder, out, batch, smoothing):
    with torch.no_grad():
        loss = loss_of(load(folder).eval(), batch, smoothing).item()
    write_json(os.path.join(out, "forward.json"), {
        **{name: value.tolist() for name, value in batch.items()}, "label_smoothing": smoothing, "loss": loss,
    })


def trajectory(folder, out, tokenizer, pairs, smoothing=0):
    """Seq2SeqTrainer's defaults but for dropout and order: AdamW, linear decay without warm-up, clipping at 1."""
    model = load(folder).train()
    no_decay = [name for name in parameters(model) if "bias" in name or name.endswith("layer_norm.weight")]
    groups = [
        {"params": [value for name, value in parameters(model).items() if name not in no_decay], "weight_decay": WEIGHT_DECAY},
        {"params": [value for name, value in parameters(model).items() if name in no_decay], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, lr=LEARNING_RATE, betas=(0.9, 0.999), eps=1e-8)
    steps = []
    for step in range(STEPS):
        rate = LEARNING_RATE * (1 - step / STEPS)
        for group in optimizer.param_groups:
            group["lr"] = rate
        loss = loss_of(model, batch_of(tokenizer, pairs[step * BATCH : (step + 1) * BATCH]), smoothing)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        steps.append({"step": step + 1, "loss": loss.item(), "grad_norm": norm.item(), "lr": rate})
    write_json(os.path.join(out, "trajectory.json"), {
        "batch": BATCH, "max_source": MAX_SOURCE, "max_target": MAX_TARGET, "lr": LEARNING_RATE,
        "weight_decay": WEIGHT_DECAY, "betas": [0.9, 0.999], "eps": 1e-8, "clip": 1.0,
        "schedule": "linear to 0, no warm-up", "no_decay": no_decay, "steps": steps,
        **({"label_smoothing": smoothing} if smoothing else {}),
    })
    final = {name: value.detach() for name, value in parameters(model).items()}
    save_file(final, os.path.join(out, "trajectory-final.safetensors"))


def dropout(folder, out, batch, seed, passes):
    torch.manual_seed(seed)
    found = {}
    for rate in (0.1, 0.3):
        model = load(folder, rate).train()
        losses, norms = [], []
        for _ in range(passes):
            model.zero_grad()
            loss = model(**batch).loss
            loss.backward()
            losses.append(loss.item())
            norms.append(torch.nn.utils.get_total_norm([value.grad for value in model.parameters()]).item())
        found[str(rate)] = {
            "passes": passes,
            "loss_mean": statistics.fmean(losses), "loss_std": statistics.stdev(losses),
            "grad_norm_mean": statistics.fmean(norms), "grad_norm_std": statistics.stdev(norms),
        }
    with torch.no_grad():
        found["0"] = {"loss": load(folder).eval()(**batch).loss.item()}
    write_json(os.path.join(out, "dropout.json"), found)


def generate(folder, out, tokenizer, pairs):
    model = load(folder).eval()
    # The cache of transformers 4.57 has room for as many layers as the encoder has.
    with_cache = model.config.num_decoder_layers <= model.config.num_layers
    lines = []
    for options in OPTION_SETS:
        for pair in pairs:
            ids = torch.tensor([tokenizer.encode(pair["source"], MAX_SOURCE)])
            found = model.generate(ids, **options, use_cache=with_cache, return_dict_in_generate=True, output_scores=True)
            sequences = found.sequences.tolist()
            scores = found.sequences_scores.tolist() if options.get("num_beams", 1) > 1 else None
            texts = [tokenizer.decode(row) for row in sequences]
            lines.append({"source": pair["source"], "options": options, "sequences": sequences, "texts": texts, "scores": scores})
    write_lines(os.path.join(out, "generate.jsonl"), lines)


PARITY = """The files are those of the folders beside this one, described in `../tiny-t5/SOURCE.md`, with the same tolerances: losses of the
trajectory 2e-4 and final weights 1e-3 relative, forward losses 1e-5 relative, logits 1e-4 absolute, gradients 1e-4 relative (L2)."""
SMOOTHED = """The loss is that of `transformers.trainer_pt_utils.LabelSmoother`, in lessons and evaluations:

- `forward.json`: a batch and its loss without dropout. Tolerance 1e-5 relative.
- `trajectory.json`, `trajectory-final.safetensors`: 24 updates over `parity/NAME/trajectory-pairs.jsonl` as there, and the weights
  after them. Tolerance 2e-4 relative for losses and norms, 1e-3 for weights: 24 updates of AdamW in float32 add up the
  differences in rounding of two implementations, the division by the root of a second moment near 0 above all."""


def write_source(out, command, seed, text):
    digests = "\n".join(
        f"{hashlib.sha256(open(os.path.join(out, name), 'rb').read()).hexdigest()}  {name}"
        for name in sorted(os.listdir(out)) if name != "SOURCE.md"
    )
    with open(os.path.join(out, "SOURCE.md"), "w") as page:
        page.write(f"""# What transformers computes with models/{os.path.basename(out)}

Made with torch {torch.__version__.split('+')[0]} (fp32, eager attention), transformers {transformers.__version__} and seed {seed}, texts by the script:

```
{command}
```

{text}

sha256:
```
{digests}
```
""")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True)
    parser.add_argument("--name", required=True)
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--config", type=json.loads, help="sizes of the model to make, as in config.json")
    parser.add_argument("--spiece", default="test/fixtures/models/tiny-t5/spiece.model", help='or "byt5" for bytes')
    parser.add_argument("--teach-steps", type=int, default=400)
    parser.add_argument("--passes", type=int, default=600, help="random masks for dropout.json")
    parser.add_argument("--model", help="a model folder instead of --config")
    parser.add_argument("--label-smoothing", type=float, default=0, help="with --model: only forward and trajectory, smoothed")
    parser.add_argument("--pairs", help="with --model: a golden folder with forward-pairs.jsonl and trajectory-pairs.jsonl")
    options = parser.parse_args()
    if (options.config is None) == (options.model is None) or (options.model is None) != (options.pairs is None):
        parser.error("give --config, or --model with --pairs")
    # For models this small, more threads only wait for each other.
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    transformers.utils.logging.set_verbosity_error()
    out = os.path.join(options.out, "label-smoothing" if options.label_smoothing else "parity", options.name)
    command = " ".join(f"'{part}'" if " " in part else part for part in ["scripts/goldens/parity.py", *sys.argv[1:]])
    os.makedirs(out, exist_ok=True)
    if options.config is not None:
        chance = random.Random(options.seed)
        folder = os.path.join(options.out, "models", options.name)
        teach_model(folder, options.config, options.spiece, make_pairs(chance, 4000), options.teach_steps)
        forward_pairs, trajectory_pairs, sources = make_pairs(chance, 5), make_pairs(chance, STEPS * BATCH), make_pairs(chance, 8)
    else:
        folder = options.model
        read = lambda name: [json.loads(line) for line in open(os.path.join(options.pairs, name))]
        forward_pairs, trajectory_pairs = read("forward-pairs.jsonl"), read("trajectory-pairs.jsonl")
        sources = [{"source": source} for source in dict.fromkeys(line["source"] for line in read("generate.jsonl"))]
    if options.label_smoothing:
        tokenizer = Tokenizer(folder)
        smoothed(folder, out, batch_of(tokenizer, forward_pairs), options.label_smoothing)
        trajectory(folder, out, tokenizer, trajectory_pairs, options.label_smoothing)
        write_source(out, command, options.seed, SMOOTHED)
        return
    write_lines(os.path.join(out, "forward-pairs.jsonl"), forward_pairs)
    write_lines(os.path.join(out, "trajectory-pairs.jsonl"), trajectory_pairs)
    tokenizer = Tokenizer(folder)
    batch = batch_of(tokenizer, forward_pairs)
    forward_and_gradients(folder, out, batch)
    trajectory(folder, out, tokenizer, trajectory_pairs)
    dropout(folder, out, batch, options.seed, options.passes)
    generate(folder, out, tokenizer, sources)
    if options.config is not None:
        write_source(out, command, options.seed, PARITY)


if __name__ == "__main__":
    main()
