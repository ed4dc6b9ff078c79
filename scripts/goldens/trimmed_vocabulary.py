"""Teaches a model whose tables were cut to the pieces of its lesson, with transformers.

    python scripts/goldens/trimmed_vocabulary.py --out test/fixtures --name small-silu
    python scripts/goldens/trimmed_vocabulary.py --out test/fixtures --name small-umt5-tied

Takes OUT/models/NAME and OUT/parity/NAME/trajectory-pairs.jsonl and writes OUT/trimmed-vocabulary/NAME: the pieces that were
kept, 24 updates as in parity.py, and the weights after them. Needs what parity.py needs.
"""

import argparse
import json
import os
import sys

import torch
import transformers
from parity import MAX_SOURCE, MAX_TARGET, Tokenizer, load, trajectory, write_source
import parity

TEXT = """The tables `shared.weight` and `lm_head.weight` were cut to the rows of `pieces` in pieces.json: every id of the sources and
targets as the lesson cuts them, pad, `</s>`, `<unk>` and the 100 sentinels.

- `trajectory.json`, `trajectory-final.safetensors`: 24 updates over `parity/NAME/trajectory-pairs.jsonl` as there, in the numbers of
  the cut tables, and the weights after them. Tolerance 2e-4 relative for losses and norms, 1e-3 for weights, as there."""


class CutTokenizer:
    def __init__(self, tokenizer, pieces):
        self.tokenizer = tokenizer
        self.places = {piece: place for place, piece in enumerate(pieces)}

    def encode(self, text, limit):
        return [self.places[piece] for piece in self.tokenizer.encode(text, limit)]


def kept_pieces(tokenizer, pairs, size):
    kept = {0, 1, 2, *range(size - 100, size)}
    for pair in pairs:
        kept.update(tokenizer.encode(pair["source"], MAX_SOURCE), tokenizer.encode(pair["target"], MAX_TARGET))
    return sorted(kept)


def cut(model, pieces):
    rows = torch.tensor(pieces)
    table = torch.nn.Embedding(len(pieces), model.config.d_model)
    table.weight.data = model.get_input_embeddings().weight.data[rows].clone()
    head = model.get_output_embeddings().weight.data[rows].clone()
    model.set_input_embeddings(table)
    model.lm_head = torch.nn.Linear(model.config.d_model, len(pieces), bias=False)
    model.lm_head.weight.data = head
    model.config.vocab_size = len(pieces)
    model.tie_weights()
    return model


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True)
    parser.add_argument("--name", required=True)
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(42)
    transformers.utils.logging.set_verbosity_error()
    folder = os.path.join(options.out, "models", options.name)
    out = os.path.join(options.out, "trimmed-vocabulary", options.name)
    os.makedirs(out, exist_ok=True)
    pairs = [json.loads(line) for line in open(os.path.join(options.out, "parity", options.name, "trajectory-pairs.jsonl"))]
    tokenizer = Tokenizer(folder)
    pieces = kept_pieces(tokenizer, pairs, tokenizer.size)
    parity.load = lambda path: cut(load(path), pieces)
    trajectory(folder, out, CutTokenizer(tokenizer, pieces), pairs)
    with open(os.path.join(out, "pieces.json"), "w") as file:
        json.dump({"pieces": pieces, "of": tokenizer.size}, file)
    write_source(out, " ".join(["scripts/goldens/trimmed_vocabulary.py", *sys.argv[1:]]), 42, TEXT)


if __name__ == "__main__":
    main()
