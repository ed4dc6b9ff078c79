"""Makes folders with added tokens in every style, and what T5Tokenizer and ByT5Tokenizer give for random texts and ids.

Usage:
    python scripts/goldens/added_tokens.py --seed 42 --folders 24 --texts 14 --byt5 10 \
        --out test/fixtures/added-tokens/folders.jsonl.gz
    python scripts/goldens/added_tokens.py --seed 1 --folders 400 --texts 60 --byt5 100 --out fuzz.jsonl.gz
    python scripts/goldens/added_tokens.py --loss --out test/fixtures/added-tokens/loss.json
    FUZZ_FILE=fuzz.jsonl.gz npx vitest run test/end-to-end/added-tokens.test.ts --testTimeout=600000

Needs sentencepiece 0.2.3 and transformers 4.57.6, and torch for --loss. The SentencePiece models are those of test/fixtures/tokenizers: `en`,
`multi` and those in variants.jsonl.gz.
Each line of the output is one folder: `files` by name, `model` (name of its spiece.model, null for ByT5), `size` (largest id
+ 1), `pad`, `eos`, `unk`, and `cases`: `text`, `ids` (with </s>), `plain` (no special tokens added), `max_length` with `cut`;
or `ids` alone; `decoded` (special tokens left out) and `raw` of the ids.
With --loss the output holds what models/tiny-flan-t5 makes of pairs with such tokens, in the styles of the two folders beside
it: the number of target tokens, their mean loss and each pair's, and greedy answers.
"""

import argparse
import base64
import gzip
import json
import logging
import random
import string
import tempfile
import warnings
from pathlib import Path

from tokenizers import AddedToken
from transformers import ByT5Tokenizer, T5Tokenizer

FIXTURES = Path("test/fixtures/tokenizers")
KINDS = ["nmt_nfkc", "identity", "identity-bytes", "user-defined", "no-dummy-prefix", "keep-spaces", "across-words", "rules",
         "suffix", "unused", "denormalizer", "nmt_nfkc_cf-bytes", "keep-spaces-no-prefix"]
WORDS = ("the a of river letter bright quiet engine model teaches learning token sentence winter garden 12 3.14 don't naïve "
         "über 学习 模型 你好 мир ไทย かな").split()
CONTENTS = ["{", "}", "\\", "\n", "\t", "[ID]", "<sep>", "<new>", "the", "er", "▁the", "▁", " ", "a b", "naïve", "é", "学习",
            "<", ">", "<e", "ex", "<extra_id_", "<extra_id_7", "extra", "{}", "}{", "[", "ID]", "aba", "ab", "bab", "token",
            "<0x41>", "<0xE4>", "😀", "～", "｛", " x ", "x ", " x", "</", "s>", "<s>", "<pad>", "<unk>", "river letter", "12",
            "\r\n", "^", "~", "ö", "..", "...", "<NAME>", "[X]", "new word", "==", "!", "-LRB-", "->", "--", *string.punctuation]
SPACES = [" ", " ", " ", "  ", "   ", "\n", "\t", "\u00a0", "\u3000", "\u2003", "\x1c", "\x85", "\u200b", ""]


def spiece_models():
    models = {name: (FIXTURES / name / "spiece.model").read_bytes() for name in ["en", "multi"]}
    with gzip.open(FIXTURES / "variants.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in map(json.loads, lines):
            if line["kind"] == "spiece" and line["name"] in KINDS:
                models[line["name"]] = base64.b64decode(line["model"])
    return models


def random_token(rng, content, special=None):
    flag = lambda p: rng.random() < p  # noqa: E731
    special = flag(0.3) if special is None else special
    return AddedToken(content, lstrip=flag(0.25), rstrip=flag(0.25), single_word=flag(0.25), normalized=flag(0.5), special=special)


def as_json(token, special=True):
    fields = {"content": token.content, "lstrip": token.lstrip, "normalized": token.normalized, "rstrip": token.rstrip,
              "single_word": token.single_word}
    return {**fields, "special": token.special} if special else fields


def random_text(rng, contents):
    parts = []
    for _ in range(rng.choice([1, 2, 3, 5, 8, 13])):
        pick = rng.random()
        if pick < 0.35:
            parts.append(rng.choice(WORDS))
        elif pick < 0.7:
            parts.append(rng.choice(contents))
        elif pick < 0.75:
            parts.append(rng.choice(["</s>", "<pad>", "<unk>", f"<extra_id_{rng.choice([0, 1, 5, 10, 50, 99, 100])}>"]))
        elif pick < 0.8:
            content = rng.choice(contents + ["<extra_id_12>"])
            parts.append(content[: rng.randrange(1, len(content) + 1)])
        elif pick < 0.9:
            parts.append(rng.choice(SPACES) * rng.choice([1, 1, 2]))
        else:
            parts.append("".join(rng.choice("abex<>/_{}[]ID\\▁. é学😀｛") for _ in range(rng.randrange(1, 7))))
        parts.append(rng.choice(["", " ", " ", " ", rng.choice(SPACES)]))
    return "".join(parts)


def saved_folder(rng, folder, model, contents):
    """As transformers writes it today, edited by hand now and then."""
    extra = rng.choice([100, 100, 3, 0])
    options = {} if model is None else {"legacy": rng.random() < 0.6, "add_prefix_space": rng.random() < 0.85}
    if model is None:
        extra = rng.choice([125, 125, 3])
        tokenizer = ByT5Tokenizer(extra_ids=extra)
    else:
        tokenizer = T5Tokenizer(str(folder / "spiece.model"), extra_ids=extra, **options)
    for content in contents:
        tokenizer.add_tokens([random_token(rng, content)] if rng.random() < 0.5 else [content], special_tokens=rng.random() < 0.2)
    if rng.random() < 0.2:
        tokenizer.add_special_tokens({rng.choice(["sep_token", "cls_token", "bos_token"]): rng.choice(CONTENTS)})
    if rng.random() < 0.3:
        more = [random_token(rng, content) for content in rng.sample(CONTENTS, 2)] + ["<kept>"]
        tokenizer.add_special_tokens({"additional_special_tokens": more}, replace_additional_special_tokens=False)
    tokenizer.save_pretrained(folder)
    path = folder / "tokenizer_config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    if rng.random() < 0.4:
        decoder = config["added_tokens_decoder"]
        for token in rng.sample(list(decoder), min(5, len(decoder))):
            decoder[token].update(lstrip=rng.random() < 0.3, rstrip=rng.random() < 0.3, single_word=rng.random() < 0.3)
        for content in rng.sample(CONTENTS, 2):
            decoder[str(rng.choice([5, 17, 40, 700, 900, 1200]) + rng.randrange(3))] = as_json(random_token(rng, content))
        config["added_tokens_decoder"] = dict(sorted(decoder.items(), key=lambda item: int(item[0])))
    if rng.random() < 0.1:
        config["split_special_tokens"] = True
    if rng.random() < 0.1:
        config["clean_up_tokenization_spaces"] = True
    if rng.random() < 0.2:
        config["extra_special_tokens"] = {"image_token": rng.choice(["<image>", "{"])}
    if rng.random() < 0.1:
        config["additional_special_tokens"] = ["<kept>", rng.choice(CONTENTS)]
    path.write_text(json.dumps(config, ensure_ascii=False), encoding="utf-8")


def old_folder(rng, folder, model, contents):
    """As transformers wrote it before added_tokens_decoder, with files left out now and then."""
    extra = rng.choice([100, 100, 5, 0]) if model is not None else 125
    names = [f"<extra_id_{n}>" for n in range(extra)]
    base = 259 if model is None else T5Tokenizer(str(folder / "spiece.model"), extra_ids=0).sp_model.get_piece_size()
    config = {"eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>", "extra_ids": extra,
              "tokenizer_class": "ByT5Tokenizer" if model is None else "T5Tokenizer"}
    if model is not None and rng.random() < 0.4:
        config["legacy"] = rng.random() < 0.4
    if names and rng.random() < 0.7:
        config["additional_special_tokens"] = names
    elif rng.random() < 0.4 and model is not None:
        config["additional_special_tokens"] = rng.sample(CONTENTS, 2)
    if rng.random() < 0.15:
        config["eos_token"] = {"__type": "AddedToken", **as_json(AddedToken("</s>", lstrip=True), special=False)}
    if rng.random() < 0.15:
        config["pad_token"] = rng.choice(["<padding>", "<pad>", "{"])
    (folder / "tokenizer_config.json").write_text(json.dumps(config), encoding="utf-8")
    if rng.random() < 0.7:
        flagged = rng.random() < 0.5
        listed = [as_json(AddedToken(name, normalized=False), special=False) for name in names] if flagged else names
        if flagged:
            config.pop("additional_special_tokens", None)
            (folder / "tokenizer_config.json").write_text(json.dumps(config), encoding="utf-8")
        special = {"eos_token": as_json(AddedToken("</s>"), special=False) if flagged else "</s>", "unk_token": "<unk>"}
        if listed:
            special["additional_special_tokens"] = listed + ([rng.choice(contents)] if rng.random() < 0.3 and model is not None else [])
        if rng.random() < 0.2:
            special["sep_token"] = rng.choice(contents)
        (folder / "special_tokens_map.json").write_text(json.dumps(special), encoding="utf-8")
    if rng.random() < 0.8:
        added = {content: base + extra + index for index, content in enumerate(contents) if not content.isdigit()}
        if rng.random() < 0.5:
            for index, name in enumerate(names):
                added[name] = base + (extra - 1 - index if model is not None else index)
        (folder / "added_tokens.json").write_text(json.dumps(added), encoding="utf-8")


def cases(rng, tokenizer, base, contents, count):
    decoder = tokenizer.added_tokens_decoder
    every = list(range(base)) + [id_ for id_ in decoder if id_ >= base]
    texts = ["", " ", "</s>", "the </s>", "<extra_id_0> the"] if rng.random() < 0.3 else []
    texts += [random_text(rng, contents) for _ in range(count)]
    result = []
    for text in texts:
        ids = tokenizer(text).input_ids
        length = rng.randrange(2, 12)
        case = {"text": text, "ids": ids, "plain": tokenizer(text, add_special_tokens=False).input_ids,
                "max_length": length, "cut": tokenizer(text, max_length=length, truncation=True).input_ids}
        result.append(case)
    for _ in range(count // 2):
        result.append({"ids": [rng.choice(every if rng.random() < 0.5 else list(decoder) or every) for _ in range(rng.randrange(1, 9))]})
    for case in result:
        case["decoded"] = tokenizer.decode(case["ids"], skip_special_tokens=True)
        case["raw"] = tokenizer.decode(case["ids"])
    return result


def folder_line(rng, name, models, count):
    byt5 = name is None
    contents = rng.sample(CONTENTS, rng.choice([1, 3, 6, 10]))
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        if not byt5:
            (folder / "spiece.model").write_bytes(models[name])
        (saved_folder if rng.random() < 0.6 else old_folder)(rng, folder, name, contents)
        tokenizer = (ByT5Tokenizer if byt5 else T5Tokenizer).from_pretrained(folder)
        base = 259 if byt5 else tokenizer.vocab_size
        files = {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.iterdir()) if path.suffix == ".json"}
        known = contents + [token.content for token in tokenizer.added_tokens_decoder.values() if "extra" not in token.content]
        return {"model": name, "files": files, "size": max([base - 1, *tokenizer.added_tokens_decoder]) + 1,
                "pad": tokenizer.pad_token_id, "eos": tokenizer.eos_token_id, "unk": tokenizer.unk_token_id,
                "cases": cases(rng, tokenizer, base, known, count)}


PAIRS = [
    ("fill }x{ the garden <extra_id_0>.", "<extra_id_0> river {a} \n <extra_id_1>"),
    ("one\\two [ID] three", "[ID]"),
    ("the quiet letter", "{ } \\ letter"),
    ("</s> the bright meadow", "the <extra_id_99><extra_id_98> end"),
]


def losses(folder):
    """Of T5ForConditionalGeneration, without dropout."""
    import torch
    from transformers import T5ForConditionalGeneration

    tokenizer = T5Tokenizer.from_pretrained(folder)
    model = T5ForConditionalGeneration.from_pretrained("test/fixtures/models/tiny-flan-t5").eval()
    total, count, each, answers = 0, 0, [], []
    for source, target in PAIRS:
        ids, labels = torch.tensor([tokenizer(source).input_ids]), torch.tensor([tokenizer(target).input_ids])
        with torch.no_grad():
            loss = model(input_ids=ids, labels=labels).loss.item()
            answer = model.generate(ids, max_new_tokens=8, do_sample=False, num_beams=1)[0]
        each.append(loss)
        total, count = total + loss * labels.shape[1], count + labels.shape[1]
        answers.append(tokenizer.decode(answer, skip_special_tokens=True))
    return {"tokens": count, "loss": total / count, "per_example": each, "answers": answers}


def write_losses(path):
    result = {"pairs": [{"source": source, "target": target} for source, target in PAIRS]}
    for style in ["decoder", "legacy"]:
        with tempfile.TemporaryDirectory() as temporary:
            for file in (Path("test/fixtures/added-tokens") / style).glob("*.json"):
                (Path(temporary) / file.name).write_bytes(file.read_bytes())
            (Path(temporary) / "spiece.model").write_bytes((FIXTURES / "en/spiece.model").read_bytes())
            result[style] = losses(temporary)
    Path(path).write_text(json.dumps(result, indent=1) + "\n")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--folders", type=int, default=24)
    parser.add_argument("--byt5", type=int, default=8)
    parser.add_argument("--texts", type=int, default=14)
    parser.add_argument("--loss", action="store_true", help="what a model makes of added tokens, instead of folders")
    parser.add_argument("--out", required=True)
    options = parser.parse_args()
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    if options.loss:
        write_losses(options.out)
        return
    rng = random.Random(options.seed)
    models = spiece_models()
    lines, refused = [], {}
    wanted = [rng.choice(list(models)) for _ in range(options.folders)] + [None] * options.byt5
    while wanted:
        try:
            lines.append(folder_line(rng, wanted[-1], models, options.texts))
            wanted.pop()
        except (ValueError, TypeError, IndexError, KeyError) as error:  # A folder that transformers cannot use either.
            refused[type(error).__name__] = refused.get(type(error).__name__, 0) + 1
    data = "".join(json.dumps(line) + "\n" for line in lines).encode()
    Path(options.out).parent.mkdir(parents=True, exist_ok=True)
    Path(options.out).write_bytes(gzip.compress(data, 9, mtime=0))
    print(len(lines), "folders,", sum(len(line["cases"]) for line in lines), "cases; refused:", refused)


main()
