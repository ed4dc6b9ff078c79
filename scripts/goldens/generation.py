"""Answers of transformers' generate under random settings, for every model among the fixtures.

    python scripts/goldens/generation.py --out test/fixtures/generation --seed 11 --sets 24

Writes NAME.jsonl a model: lines of {options, eos, start, sources, answers, scores}; all in token ids, sources without padding.
A line is left out when float64 gives other sequences than float32, as then rounding decides, and when there are not as many
answers as beams. Needs torch and transformers.
"""

import argparse
import copy
import json
import os
import random

import torch
from transformers import AutoModelForSeq2SeqLM

MODELS = os.path.join(os.path.dirname(__file__), "../../test/fixtures/models")
PARITY = os.path.join(os.path.dirname(__file__), "../../test/fixtures/parity")


def load(folder, dtype):
    torch.manual_seed(0)
    return AutoModelForSeq2SeqLM.from_pretrained(folder, attn_implementation="eager", dtype=dtype).eval()


def sources_of(name, count):
    """The sources of the parity goldens as ids, padding taken off."""
    golden = json.load(open(os.path.join(PARITY, name, "forward.json")))
    rows = zip(golden["input_ids"], golden["attention_mask"])
    return [[token for token, real in zip(ids, mask) if real] for ids, mask in rows][:count]


def random_options(chance, common, vocabulary):
    def token():
        return chance.choice(common) if chance.random() < 0.8 else chance.randrange(2, vocabulary)

    options = {}
    if chance.random() < 0.5:
        options["max_new_tokens"] = chance.randrange(1, 26)
    else:
        options["max_length"] = chance.randrange(2, 26)
    if chance.random() < 0.75:
        options["num_beams"] = chance.choice([2, 2, 3, 4, 4, 5, 7])
        if chance.random() < 0.6:
            options["length_penalty"] = chance.choice([0.0, 0.6, 2.0, -1.0, 0.3, 1.5])
        if chance.random() < 0.7:
            options["early_stopping"] = chance.choice([True, False, "never", "never"])
        if chance.random() < 0.4:
            options["num_return_sequences"] = chance.randrange(1, options["num_beams"] + 1)
    if chance.random() < 0.3:
        options["no_repeat_ngram_size"] = chance.choice([1, 2, 3])
    if chance.random() < 0.15:
        options["encoder_no_repeat_ngram_size"] = chance.choice([1, 2, 3])
    if chance.random() < 0.3:
        options["repetition_penalty"] = chance.choice([1.3, 2.5, 0.8, 1.05])
    if chance.random() < 0.2:
        options["min_length"] = chance.randrange(2, 14)
    if chance.random() < 0.2:
        options["min_new_tokens"] = chance.randrange(1, 14)
    if chance.random() < 0.12:
        options["forced_bos_token_id"] = token()
    if chance.random() < 0.15:
        options["forced_eos_token_id"] = chance.choice([1, 1, [1, token()]])
    if chance.random() < 0.2:
        options["suppress_tokens"] = [token() for _ in range(chance.randrange(1, 5))]
    if chance.random() < 0.2:
        options["begin_suppress_tokens"] = [token() for _ in range(chance.randrange(1, 4))]
    if chance.random() < 0.25:
        options["bad_words_ids"] = [[token() for _ in range(chance.choice([1, 2, 2, 3]))] for _ in range(chance.randrange(1, 6))]
    return options


def answer(model, sources, options):
    """Each source by itself: padding would be part of what encoder_no_repeat_ngram_size looks at."""
    # The cache of transformers 4.57 has room for as many layers as the encoder has.
    cache = model.config.num_decoder_layers <= model.config.num_layers
    answers, scores = [], []
    for source in sources:
        found = model.generate(
            torch.tensor([source]), **options, use_cache=cache, return_dict_in_generate=True, output_scores=True
        )
        answers.append(found.sequences.tolist())
        scores.append(found.sequences_scores.tolist() if options.get("num_beams", 1) > 1 else None)
    return answers, scores


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--sets", type=int, required=True)
    given = parser.parse_args()
    os.makedirs(given.out, exist_ok=True)
    torch.set_num_threads(1)
    names = sorted(name for name in os.listdir(MODELS) if os.path.isdir(os.path.join(MODELS, name)))
    for number, name in enumerate(names):
        chance = random.Random(given.seed * 1000 + number)
        single, double = (load(os.path.join(MODELS, name), dtype) for dtype in (torch.float32, torch.float64))
        sources = sources_of(name, 3)
        plain, _ = answer(single, sources, {"max_new_tokens": 20})
        common = sorted({token for rows in plain for row in rows for token in row if token > 1})
        lines = []
        while len(lines) < given.sets:
            options = random_options(chance, common, single.config.vocab_size)
            if options.get("num_beams", 1) > 1 and isinstance(options.get("forced_eos_token_id"), list):
                continue  # the forced ends are all as likely: which comes first is chance
            ids = {}
            if chance.random() < 0.25:
                ids["eos_token_id"] = [1, *chance.sample(common, chance.randrange(1, 3))]
            if chance.random() < 0.15:
                ids["decoder_start_token_id"] = chance.choice(common)
            try:
                answers, scores = answer(single, sources, options | ids)
            except (ValueError, RuntimeError):
                continue  # options that do not go together
            if any(score < -1e8 for row in scores for score in row or []):
                continue  # fewer answers than beams: which of the places that are none come first is chance
            if answer(double, sources, copy.deepcopy(options | ids))[0] != answers:
                continue
            lines.append({"options": options, **ids, "sources": sources, "answers": answers, "scores": scores})
        with open(os.path.join(given.out, f"{name}.jsonl"), "w") as out:
            out.writelines(json.dumps(line) + "\n" for line in lines)
        print(name, len(lines))


if __name__ == "__main__":
    main()
