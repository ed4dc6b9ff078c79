"""What transformers answers without an option, by what a folder's config.json and generation_config.json say.

    python scripts/goldens/folder_generation.py --model test/fixtures/models/tiny-flan-t5 --out test/fixtures/generation/folders.json

Each case adds keys to the model's config.json and writes generation_config.json from BASE and keys of its own, or none.
Needs torch and transformers.
"""

import argparse
import json
import os
import shutil
import tempfile

import torch
from transformers import PreTrainedTokenizerFast, T5ForConditionalGeneration

BASE = {"decoder_start_token_id": 0, "eos_token_id": 1, "pad_token_id": 0, "transformers_version": "4.57.6"}
STALE = {"_from_model_config": True}
SOURCES = [
    "The quiet letter near the bright meadow. The bright letter near the gentle garden.",
    "The broken garden near the distant bridge. The slow lantern near the gentle bridge.",
    "The distant bridge near the ancient harbour. The quiet violin near the hollow violin.",
]
CASES = [
    ("nothing said", {}, {}),
    ("nothing said, no file", {}, None),
    ("the default spelled out", {"max_length": 20}, None),
    ("the default spelled out in the file", {}, {"max_length": 20}),
    ("config alone", {"max_length": 13, "no_repeat_ngram_size": 2, "repetition_penalty": 1.3}, None),
    ("config alone, new tokens", {"max_new_tokens": 9, "max_length": 40}, None),
    ("config alone, minimum of new tokens", {"min_new_tokens": 12, "max_length": 16}, None),
    ("file alone", {}, {"max_new_tokens": 9, "max_length": 40, "no_repeat_ngram_size": 2}),
    ("both", {"max_length": 9, "num_beams": 4}, {"max_length": 15, "repetition_penalty": 1.4}),
    ("stale", {"max_length": 9, "num_beams": 3}, STALE | {"max_length": 15, "repetition_penalty": 1.4}),
    ("stale, the config says nothing", {}, STALE | {"max_length": 15, "repetition_penalty": 1.4}),
    ("stale, the config says defaults", {"max_length": 20, "num_beams": 1, "early_stopping": False}, STALE | {"max_length": 12}),
    ("stale, the config says new tokens only", {"max_new_tokens": 5}, STALE | {"max_length": 12}),
    ("not stale", {"max_length": 9}, {"_from_model_config": False, "max_length": 15}),
    ("beams", {}, {"num_beams": 4, "early_stopping": True, "length_penalty": 2.0, "max_length": 40, "min_length": 12}),
    ("beams, never", {"num_beams": 3, "early_stopping": "never", "length_penalty": 0.3, "max_length": 25}, None),
    ("several answers", {}, {"num_beams": 3, "num_return_sequences": 2, "max_length": 25}),
    ("of no use without beams", {}, {"length_penalty": 2.0, "early_stopping": True, "max_length": 14}),
    ("sampling that is off", {"temperature": 0.7, "top_k": 3, "top_p": 0.9, "do_sample": False, "max_length": 14}, None),
    ("ends", {}, {"eos_token_id": [1, 4, 32], "max_length": 30}),
    ("ends in the config", {"eos_token_id": [1, 32], "max_length": 30}, None),
    ("start", {}, {"decoder_start_token_id": 27, "max_length": 14}),
    ("start of its own", {"decoder_start_token_id": 5}, {"decoder_start_token_id": None, "bos_token_id": 27, "max_length": 14}),
    ("start and beginning", {}, {"decoder_start_token_id": 27, "bos_token_id": 5, "max_length": 14}),
    ("first and last", {"forced_bos_token_id": 18, "forced_eos_token_id": 1, "max_length": 14}, None),
    ("suppressed", {}, {"suppress_tokens": [27, 9], "begin_suppress_tokens": [18, 72], "max_length": 14}),
    ("bad words", {"bad_words_ids": [[27], [91, 80], [7, 4]], "max_length": 18}, None),
    ("of the source", {}, {"encoder_no_repeat_ngram_size": 2, "max_length": 20, "num_beams": 2}),
    ("for pipelines", {"task_specific_params": {"summarization": {"max_length": 5, "num_beams": 4}}, "max_length": 14}, None),
    ("null", {"max_length": None, "num_beams": None, "bad_words_ids": None}, {"max_new_tokens": None, "max_length": 11}),
]


def write(path, value):
    with open(path, "w") as out:
        json.dump(value, out)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True)
    parser.add_argument("--out", required=True)
    given = parser.parse_args()
    torch.set_num_threads(1)
    tokenizer = PreTrainedTokenizerFast(tokenizer_file=os.path.join(given.model, "tokenizer.json"), model_input_names=["input_ids", "attention_mask"])
    cases = []
    for name, config, file in CASES:
        with tempfile.TemporaryDirectory() as folder:
            shutil.copytree(given.model, folder, dirs_exist_ok=True)
            path = os.path.join(folder, "config.json")
            write(path, json.load(open(path)) | config)
            path = os.path.join(folder, "generation_config.json")
            os.remove(path) if file is None else write(path, BASE | file)
            model = T5ForConditionalGeneration.from_pretrained(folder).eval()
            answers = []
            for source in SOURCES:
                sequences = model.generate(**tokenizer(source, return_tensors="pt"))
                answers.append(tokenizer.batch_decode(sequences, skip_special_tokens=True))
        cases.append({"name": name, "config.json": config, "generation_config.json": file, "answers": answers})
    write(given.out, {"base": BASE, "sources": SOURCES, "cases": cases})


if __name__ == "__main__":
    main()
