"""Makes small model folders in every form that torch and safetensors write, and what transformers loads from each.

    python scripts/goldens/weight_files.py --out test/fixtures/weight-files --seed 7
    python scripts/goldens/weight_files.py --out test/fixtures/weight-formats/expected --describe test/fixtures/models/tiny-t5 \\
        test/fixtures/weight-formats/tiny-t5.half.bin test/fixtures/weight-formats/tiny-t5.legacy.bin
    python scripts/goldens/weight_files.py --out test/fixtures/weight-formats/expected --describe test/fixtures/models/tiny-t5

Needs torch, transformers and safetensors. Each folder holds config.json, weights and expected.json: for every parameter,
in the order of state_dict(), name, shape and the first 16 hex digits of the sha256 of its float32 little-endian bytes.
With --describe nothing but the expectations is made, for the model folder or for the weight files given after it.
"""

import argparse
import hashlib
import json
import os
import shutil
import tempfile
import warnings
from collections import OrderedDict

import torch
from safetensors.torch import save_file
from transformers import AutoConfig, AutoModelForSeq2SeqLM

SIZES = dict(
    model_type="t5", vocab_size=19, d_model=10, d_kv=3, d_ff=14, num_layers=2, num_decoder_layers=1, num_heads=2,
    relative_attention_num_buckets=8, relative_attention_max_distance=20, decoder_start_token_id=0,
)
UNTIED = dict(SIZES, feed_forward_proj="gated-silu", tie_word_embeddings=False)
TIED = dict(SIZES, feed_forward_proj="relu", tie_word_embeddings=True)
ALIASES = ["shared.weight", "encoder.embed_tokens.weight", "decoder.embed_tokens.weight"]


def weights(config, generator):
    """A state dict of random numbers with every embedding alias, as model.state_dict() has it."""
    model = AutoModelForSeq2SeqLM.from_config(AutoConfig.for_model(**config))
    state = OrderedDict((name, torch.randn(value.shape, generator=generator)) for name, value in model.state_dict().items())
    for name in ALIASES[1:]:
        state[name] = state[ALIASES[0]]
    if config["tie_word_embeddings"]:
        state["lm_head.weight"] = state[ALIASES[0]]
    return state


def without(state, *names):
    return OrderedDict((name, value) for name, value in state.items() if name not in names)


def shards(state, path, template, save):
    """Splits a state dict in two files with an index."""
    names = list(state)
    halves = [names[: len(names) // 2], names[len(names) // 2 :]]
    weight_map = {}
    for number, half in enumerate(halves, 1):
        file = template.format(number)
        save(OrderedDict((name, state[name]) for name in half), os.path.join(path, file))
        weight_map.update({name: file for name in half})
    index = template.replace("-{:05d}-of-00002", "") + ".index.json"
    with open(os.path.join(path, index), "w") as out:
        json.dump({"metadata": {}, "weight_map": weight_map}, out, indent=1)


def zip_file(state, path, **options):
    torch.save(state, os.path.join(path, "pytorch_model.bin"), **options)


def safetensors_file(state, path):
    save_file({name: value.clone().contiguous() for name, value in state.items()}, path, metadata={"format": "pt"})


def transposed(state):
    """Every matrix as a view of its transpose."""
    return OrderedDict((name, value.t().contiguous().t() if value.dim() == 2 else value) for name, value in state.items())


def one_storage(state):
    """Every tensor as a view with an offset into one storage, with one number between neighbours."""
    names = [name for name in state if name not in ALIASES[1:]]
    flat = torch.full((sum(state[name].numel() + 1 for name in names),), 777.0)
    views, start = OrderedDict(), 0
    for name in names:
        size = state[name].numel()
        flat[start : start + size] = state[name].flatten()
        views[name] = flat[start : start + size].view(state[name].shape)
        start += size + 1
    return views


def gaps(state):
    """Every matrix as every other column of a wider one."""
    return OrderedDict(
        (name, torch.stack([value, value + 1], dim=-1).flatten(1)[:, ::2] if value.dim() == 2 else value)
        for name, value in state.items()
    )


def make(folders, generator):
    untied, tied = (weights(config, generator) for config in (UNTIED, TIED))
    one = lambda state: without(state, *ALIASES[1:])
    double = OrderedDict((name, value.double()) for name, value in untied.items())
    half = OrderedDict((name, value.half()) for name, value in untied.items())
    brain = OrderedDict((name, value.bfloat16()) for name, value in untied.items())
    old = OrderedDict(tied)
    old["decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight"] = torch.randn(8, 2, generator=generator)
    unlike = OrderedDict(tied)
    for name in [*ALIASES[1:], "lm_head.weight"]:
        unlike[name] = torch.randn(19, 10, generator=generator)
    parameters = OrderedDict((name, torch.nn.Parameter(value)) for name, value in untied.items())

    folders("zip", UNTIED, lambda path: zip_file(untied, path))
    folders("zip-protocol-4", UNTIED, lambda path: zip_file(untied, path, pickle_protocol=4))
    folders("zip-parameters", UNTIED, lambda path: zip_file(parameters, path))
    folders("zip-transposed", UNTIED, lambda path: zip_file(transposed(untied), path))
    folders("zip-one-storage", UNTIED, lambda path: zip_file(one_storage(untied), path))
    folders("zip-gaps", UNTIED, lambda path: zip_file(gaps(untied), path))
    folders("zip-float64", UNTIED, lambda path: zip_file(double, path))
    folders("zip-float16-transposed", UNTIED, lambda path: zip_file(transposed(half), path))
    folders("zip-bfloat16", UNTIED, lambda path: zip_file(brain, path))
    folders("zip-shards", UNTIED, lambda path: shards(untied, path, "pytorch_model-{:05d}-of-00002.bin", torch.save))
    folders("zip-old-names", TIED, lambda path: zip_file(old, path))
    folders("zip-unlike-aliases", TIED, lambda path: zip_file(unlike, path))
    legacy = dict(_use_new_zipfile_serialization=False)
    folders("legacy", UNTIED, lambda path: zip_file(untied, path, **legacy))
    folders("legacy-one-storage", UNTIED, lambda path: zip_file(one_storage(untied), path, **legacy))
    folders("legacy-bfloat16-transposed", UNTIED, lambda path: zip_file(transposed(brain), path, **legacy))
    target = lambda path: os.path.join(path, "model.safetensors")
    folders("safetensors-tied", TIED, lambda path: safetensors_file(without(tied, *ALIASES[1:], "lm_head.weight"), target(path)))
    folders("safetensors-encoder-alias", UNTIED, lambda path: safetensors_file(without(untied, ALIASES[0], ALIASES[2]), target(path)))
    folders("safetensors-decoder-alias", TIED, lambda path: safetensors_file(without(tied, *ALIASES[:2], "lm_head.weight"), target(path)))
    folders("safetensors-unlike-aliases", TIED, lambda path: safetensors_file(unlike, target(path)))
    folders("safetensors-float64", UNTIED, lambda path: safetensors_file(one(double), target(path)))
    folders("safetensors-float16", UNTIED, lambda path: safetensors_file(one(half), target(path)))
    folders(
        "safetensors-shards", UNTIED,
        lambda path: shards(one(untied), path, "model-{:05d}-of-00002.safetensors", safetensors_file),
    )

    def both(path):
        safetensors_file(one(untied), target(path))
        zip_file(OrderedDict((name, value + 1) for name, value in untied.items()), path)

    folders("both-safetensors-and-zip", UNTIED, both)


def expected(path):
    # Files made here; weights_only knows only the instructions of pickle protocol 2.
    model = AutoModelForSeq2SeqLM.from_pretrained(path, dtype=torch.float32, weights_only=False)
    tied = model.config.tie_word_embeddings
    kept = {name: value for name, value in model.state_dict().items() if name not in ALIASES[1:]}
    if tied:
        del kept["lm_head.weight"]
    digest = lambda value: hashlib.sha256(value.detach().contiguous().numpy().tobytes()).hexdigest()[:16]
    lines = [json.dumps({"name": name, "shape": list(value.shape), "sha256": digest(value)}) for name, value in kept.items()]
    return "[\n" + ",\n".join(lines) + "\n]\n"


def describe(out, model, files):
    os.makedirs(out, exist_ok=True)
    for file in files or [None]:
        path = model
        with tempfile.TemporaryDirectory() as folder:
            if file is not None:
                path = folder
                shutil.copy(os.path.join(model, "config.json"), folder)
                kind = "pytorch_model.bin" if file.endswith(".bin") else "model.safetensors"
                shutil.copy(file, os.path.join(folder, kind))
            with open(os.path.join(out, os.path.basename(file or model) + ".json"), "w") as target:
                target.write(expected(path))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--describe", nargs="+", metavar=("MODEL", "FILE"))
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    if options.describe:
        return describe(options.out, options.describe[0], options.describe[1:])

    def folder(name, config, write):
        path = os.path.join(options.out, name)
        os.makedirs(path, exist_ok=True)
        with open(os.path.join(path, "config.json"), "w") as out:
            json.dump(config, out, indent=1)
        write(path)
        with open(os.path.join(path, "expected.json"), "w") as out:
            out.write(expected(path))

    make(folder, torch.Generator().manual_seed(options.seed))


main()
