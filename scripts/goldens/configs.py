"""What transformers makes of T5, mT5 and umT5 config files, old and new.

    python scripts/goldens/configs.py --out test/fixtures/configs --seed 11

Writes cases.json: a list of {"config": the file's keys, "expected": the attributes of the loaded config}. Each case is
loaded from a file, as from_pretrained does, and "activation" is the class that the feed-forward layer really makes.
"""

import argparse
import json
import os
import random
import tempfile

from transformers import AutoConfig
from transformers.activations import ACT2FN

ATTRIBUTES = [
    "vocab_size", "d_model", "d_kv", "d_ff", "num_layers", "num_decoder_layers", "num_heads",
    "relative_attention_num_buckets", "relative_attention_max_distance", "dropout_rate", "layer_norm_epsilon",
    "initializer_factor", "is_gated_act", "tie_word_embeddings", "pad_token_id", "eos_token_id",
]
FIXED = [
    {"model_type": "t5"},
    {"model_type": "mt5"},
    {"model_type": "t5", "feed_forward_proj": "gated-gelu"},
    {"model_type": "t5", "feed_forward_proj": "gelu"},
    {"model_type": "t5", "feed_forward_proj": "gated-silu"},
    {"model_type": "mt5", "feed_forward_proj": "relu"},
    {"model_type": "mt5", "dense_act_fn": "relu"},
    {"model_type": "t5", "dense_act_fn": "gelu", "feed_forward_proj": "gated-gelu"},
    {"model_type": "t5", "is_gated_act": True},
    {"model_type": "t5", "num_layers": 3},
    {"model_type": "t5", "num_hidden_layers": 3},
    {"model_type": "t5", "num_hidden_layers": 3, "num_layers": 4, "hidden_size": 24, "d_model": 32},
    {"model_type": "mt5", "head_dim": 5, "num_attention_heads": 7},
    {"model_type": "t5", "num_decoder_layers": None, "num_layers": 2},
    {"model_type": "t5", "tie_word_embeddings": False},
    {"model_type": "mt5", "tie_word_embeddings": True},
]
UMT5 = [
    {},
    {"tie_word_embeddings": False},
    {"num_layers": 3},
    {"num_hidden_layers": 3, "num_layers": 4, "hidden_size": 24, "d_model": 32, "head_dim": 5, "num_attention_heads": 7},
    {"feed_forward_proj": "relu"},
    {"pad_token_id": 3},
]
CHOICES = {
    "vocab_size": [100, 32128, 250112], "d_model": [40, 512], "d_kv": [8, 64], "d_ff": [7, 1024], "num_layers": [1, 8],
    "num_decoder_layers": [1, 5], "num_heads": [3, 6], "relative_attention_num_buckets": [8, 32],
    "relative_attention_max_distance": [20, 128], "dropout_rate": [0, 0.05], "layer_norm_epsilon": [1e-5],
    "initializer_factor": [0.05, 2.0], "pad_token_id": [0, 3], "eos_token_id": [1, 5],
    "tie_word_embeddings": [True, False], "is_gated_act": [True, False],
    "feed_forward_proj": ["relu", "gelu", "silu", "swish", "gelu_new", "gated-relu", "gated-gelu", "gated-silu", "gated-gelu_new"],
    "dense_act_fn": ["relu", "gelu", "gelu_new", "silu", "gelu_pytorch_tanh", "gelu_fast", "gelu_python"],
}


def activation(name):
    import torch
    from torch.nn import functional

    points = torch.linspace(-4, 4, 33, dtype=torch.float64)
    values = ACT2FN[name](points)
    known = {
        "relu": functional.relu(points), "silu": functional.silu(points), "gelu": functional.gelu(points),
        "gelu-tanh": functional.gelu(points, approximate="tanh"),
    }
    found = [label for label, wanted in known.items() if torch.allclose(values, wanted, atol=1e-9)]
    assert len(found) == 1, name
    return found[0]


def load(config):
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "config.json"), "w") as out:
            json.dump(config, out)
        loaded = AutoConfig.from_pretrained(folder)
    expected = {name: getattr(loaded, name) for name in ATTRIBUTES}
    return {"config": config, "expected": {**expected, "activation": activation(loaded.dense_act_fn)}}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=11)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    draw = lambda: {key: chance.choice(values) for key, values in CHOICES.items() if chance.random() < 0.4}  # noqa: E731
    drawn = [{"model_type": chance.choice(["t5", "mt5"]), **draw()} for _ in range(60)]
    drawn += [{"model_type": "umt5", **config} for config in [*UMT5, *(draw() for _ in range(20))]]
    os.makedirs(options.out, exist_ok=True)
    with open(os.path.join(options.out, "cases.json"), "w") as out:
        out.write("[\n" + ",\n".join(json.dumps(load(config)) for config in FIXED + drawn) + "\n]\n")


main()
