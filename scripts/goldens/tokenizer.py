"""Makes tokenizers of many kinds and what the reference implementations give for random texts.

Usage:
    python scripts/goldens/tokenizer.py --seed 42 --texts 24 --small --out test/fixtures/tokenizers/variants.jsonl.gz
    python scripts/goldens/tokenizer.py --seed 1 --texts 1500 --out fuzz.jsonl.gz        (a longer check, see below)
    FUZZ_FILE=fuzz.jsonl.gz npx vitest run test/end-to-end/tokenizer-variants.test.ts --testTimeout=600000

Needs sentencepiece 0.2.3, tokenizers 0.22.2 and transformers 4.57.6. `--texts N`: random texts a tokenizer. `--small`: a
few rules of our own instead of the 240 KB character maps nmt_nfkc and nmt_nfkc_cf.
Each line of the output is one tokenizer with a `name`, a `kind` and `cases`:
    spiece   `model` in base64; case: `text`, `ids` (without </s>), `decoded` of sentencepiece
    fast     `tokenizer`, the text of a tokenizer.json; case: `text`, `ids`, `plain` (no special tokens added), `decoded`,
             `raw` (special tokens kept) of tokenizers
    folder   `files`, texts by name, the spiece.model in base64; `size`, `pad`, `eos`, `unk`, `sentinels` and case: `text`,
             `ids`, `decoded`, `raw` of transformers, T5Tokenizer (`slow`) or T5TokenizerFast
    scores   no cases; `pairs` of a score in a tokenizer.json and what tokenizers makes of it
"""

import argparse
import base64
import gzip
import itertools
import json
import logging
import random
import struct
import tempfile
import warnings
from pathlib import Path

import sentencepiece
from sentencepiece import sentencepiece_model_pb2
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import T5Tokenizer, T5TokenizerFast

WORDS = (
    "the a of river letter bright quiet engine model teaches learning token sentence measure again winter summer garden "
    "machine reads writes small large 12 3.14 2024 don't e-mail naïve café über straße Ωmega données 学习 模型 句子 你好 世界 "
    "привет мир שלום नमस्ते ไทย 한국어 かな カナ"
).split()

SPECIALS = ["</s>", "<pad>", "<unk>", "<s>", "<extra_id_0>", "<extra_id_5>", "<extra_id_99>", "<sep>", "<NAME>", "[X]",
            "new word", "Word", "aba", "cabab", "<0x41>", "<0xE4>", "▁", "▁▁", "ab"]

RANGES = [(0, 0x20), (0x20, 0x7F), (0x7F, 0x100), (0x100, 0x250), (0x250, 0x370), (0x300, 0x370), (0x370, 0x530),
          (0x530, 0x800), (0x800, 0xE00), (0x900, 0x980), (0xE00, 0x1000), (0x1000, 0x1200), (0x1100, 0x1200),
          (0x1E00, 0x2000), (0x2000, 0x2070), (0x2000, 0x2C00), (0x3000, 0x3100), (0x3100, 0x3400), (0x4E00, 0x5000),
          (0xA840, 0xAC00), (0xAC00, 0xD7C0), (0xD7B0, 0xD7FF), (0xF900, 0xFB00), (0xFB00, 0x10000), (0x10000, 0x20000),
          (0x1D100, 0x1D800), (0x1F000, 0x1FB00), (0x1F1E6, 0x1F200), (0x2F800, 0x2FA20), (0xE0000, 0xE01F0),
          (0x10FF00, 0x110000)]
SPACES = list("\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2003\u200a\u2028\u2029\u202f\u205f\u3000\u200b\ufeff\u180e\u2060")
JOINERS = list("\u200d\u200c\u0300\u0301\u0308\u0323\u093c\u094d\u0903\ufe0f\u20e3\u0600\u0e33\u1160\u11a8\U0001f3fd")


def character(rng):
    while True:
        low, high = rng.choice(RANGES)
        code = rng.randrange(low, high)
        if not 0xD800 <= code < 0xE000:
            return chr(code)


def random_text(rng):
    style = rng.random()
    if style < 0.02:
        return ""
    parts = []
    for _ in range(rng.choice([1, 2, 3, 5, 8, 13, 30])):
        pick = rng.random()
        if pick < 0.4:
            parts.append(rng.choice(WORDS))
        elif pick < 0.5:
            parts.append("".join(character(rng) for _ in range(rng.randrange(1, 6))))
        elif pick < 0.6:
            parts.append("".join(rng.choice([character(rng), rng.choice(JOINERS)]) for _ in range(rng.randrange(1, 8))))
        elif pick < 0.7:
            parts.append("".join(rng.choice(SPACES) for _ in range(rng.randrange(1, 4))))
        elif pick < 0.8:
            parts.append(rng.choice(SPECIALS))
        elif pick < 0.9:
            parts.append(rng.choice("a.=-e \u00e9\u4f60\u2581\0<") * rng.choice([2, 3, 4, 7, 40]))
        else:
            parts.append("".join(rng.choice("abcdefghijklmnop eiaosn.,!?'()0123456789") for _ in range(rng.randrange(1, 12))))
        if rng.random() < 0.6:
            parts.append(rng.choice([" ", " ", " ", "  ", "\n"]))
    return "".join(parts)


def train(rng, folder, name, size=260, edit=None, **options):
    corpus = folder / "corpus.txt"
    if not corpus.exists():
        lines = [" ".join(rng.choice(WORDS) for _ in range(12)) for _ in range(400)]
        corpus.write_text("\n".join(lines), encoding="utf-8")
    prefix = str(folder / name)
    settings = dict(pad_id=0, eos_id=1, unk_id=2, bos_id=-1, hard_vocab_limit=False, character_coverage=0.98,
                    minloglevel=2, num_threads=1)
    settings.update(options)
    sentencepiece.SentencePieceTrainer.train(input=str(corpus), model_prefix=prefix, vocab_size=size, **settings)
    path = Path(prefix + ".model")
    proto = sentencepiece_model_pb2.ModelProto()
    proto.ParseFromString(path.read_bytes())
    for field in ["input", "model_prefix"]:
        proto.trainer_spec.ClearField(field)
    proto.normalizer_spec.ClearField("normalization_rule_tsv")
    if edit is not None:
        edit(proto)
    path.write_bytes(proto.SerializeToString())
    return path


def no_escape(proto):
    proto.normalizer_spec.escape_whitespaces = False


def unused(proto):
    for piece in proto.pieces[20:200:7]:
        piece.type = 5


def denormalizer(proto):
    proto.denormalizer_spec.CopyFrom(proto.normalizer_spec)
    proto.denormalizer_spec.add_dummy_prefix = False
    proto.denormalizer_spec.escape_whitespaces = False


def steep(proto):
    """Scores far apart, so that sums over a text pass the point where sentencepiece shifts them."""
    for piece in proto.pieces:
        piece.score *= 900


def level(proto):
    """Many pieces with equal scores, so that ties decide."""
    for piece in proto.pieces:
        piece.score = round(piece.score)


def spiece_models(rng, folder, small):
    rules = folder / "rules.tsv"
    rules.write_text("61 62\t58\n61\t59\n65 301\tE\n4f60\t6211 4eec\n7a\t\n71\t20 20\n78 78 78\t20\n", encoding="utf-8")
    make = lambda name, **options: (name, train(rng, folder, name, **options))  # noqa: E731
    rules_or = lambda name: {"normalization_rule_tsv": str(rules)} if small else {"normalization_rule_name": name}  # noqa: E731
    return [
        make("nmt_nfkc", **rules_or("nmt_nfkc")),
        make("nmt_nfkc_cf-bytes", **rules_or("nmt_nfkc_cf"), byte_fallback=True, size=520),
        make("identity", normalization_rule_name="identity"),
        make("identity-bytes", normalization_rule_name="identity", byte_fallback=True, size=520),
        make("bytes-no-unk", normalization_rule_name="identity", byte_fallback=True, unk_id=2, size=520,
             edit=lambda proto: setattr(proto.pieces[2], "type", 3)),
        make("user-defined", normalization_rule_name="identity",
             user_defined_symbols=["<sep>", "<NAME>", "new word", "你好", "ab", "▁the", "=="], control_symbols=["[X]"]),
        make("suffix", normalization_rule_name="identity", treat_whitespace_as_suffix=True),
        make("no-dummy-prefix", normalization_rule_name="identity", add_dummy_prefix=False),
        make("keep-spaces", normalization_rule_name="identity", remove_extra_whitespaces=False),
        make("keep-spaces-no-prefix", normalization_rule_name="identity", remove_extra_whitespaces=False,
             add_dummy_prefix=False, allow_whitespace_only_pieces=True),
        make("across-words", normalization_rule_name="identity", split_by_whitespace=False, size=400),
        make("rules", normalization_rule_tsv=str(rules), user_defined_symbols=["aba"]),
        make("rules-keep-spaces-suffix", normalization_rule_tsv=str(rules), remove_extra_whitespaces=False,
             treat_whitespace_as_suffix=True),
        make("no-escape", normalization_rule_name="identity", edit=no_escape),
        make("unused", normalization_rule_name="identity", edit=unused),
        make("denormalizer", normalization_rule_tsv=str(rules), edit=denormalizer),
        make("steep", normalization_rule_name="identity", edit=steep),
        make("level", normalization_rule_name="identity", edit=level, size=400),
        make("default-ids", normalization_rule_name="identity", pad_id=-1, unk_id=0, bos_id=1, eos_id=2,
             unk_surface="[?]"),
    ]


def spiece_lines(rng, models_, texts):
    for name, path in models_:
        model = sentencepiece.SentencePieceProcessor(model_file=str(path))
        cases = []
        for text in texts:
            ids = model.encode(text)
            cases.append({"text": text, "ids": ids, "decoded": model.decode(ids)})
        for _ in range(len(texts) // 4):
            ids = [rng.randrange(model.get_piece_size()) for _ in range(rng.randrange(1, 12))]
            cases.append({"ids": ids, "decoded": model.decode(ids)})
        yield {"name": name, "kind": "spiece", "model": base64.b64encode(path.read_bytes()).decode(), "cases": cases}


def vocabulary(path):
    proto = sentencepiece_model_pb2.ModelProto()
    proto.ParseFromString(path.read_bytes())
    return [(piece.piece, piece.score) for piece in proto.pieces], proto.normalizer_spec.precompiled_charsmap


def built(path, normalizer, pre_tokenizer, decoder, added=(), byte_fallback=False, post=True):
    pieces, _ = vocabulary(path)
    tokenizer = Tokenizer(models.Unigram(pieces, 2, byte_fallback))
    if normalizer is not None:
        tokenizer.normalizer = normalizer
    if pre_tokenizer is not None:
        tokenizer.pre_tokenizer = pre_tokenizer
    if decoder is not None:
        tokenizer.decoder = decoder
    if post:
        tokenizer.post_processor = processors.TemplateProcessing(
            single=["$A", "</s>"], pair=["$A", "</s>", "$B", "</s>"], special_tokens=[("</s>", 1)])
    tokenizer.add_special_tokens(["<pad>", "</s>", "<unk>"])
    tokenizer.add_tokens(list(added))
    return tokenizer


def fast_tokenizers(models_):
    paths = dict(models_)
    plain = paths["identity"]
    meta = pre_tokenizers.Metaspace
    charsmap = lambda name: normalizers.Precompiled(vocabulary(paths[name])[1])  # noqa: E731
    for name in ["nmt_nfkc", "identity", "user-defined", "identity-bytes", "rules", "across-words"]:
        for legacy in [True, False]:
            slow = T5Tokenizer(str(paths[name]), legacy=legacy, extra_ids=0 if "bytes" in name else 100)
            with tempfile.TemporaryDirectory() as folder:
                slow.save_pretrained(folder)
                fast = T5TokenizerFast.from_pretrained(folder, from_slow=True, legacy=legacy)
            yield f"t5-{name}-{'legacy' if legacy else 'new'}", fast.backend_tokenizer
    slow = T5Tokenizer(str(plain), add_prefix_space=False, extra_ids=3)
    with tempfile.TemporaryDirectory() as folder:
        slow.save_pretrained(folder)
        yield "t5-no-prefix", T5TokenizerFast.from_pretrained(folder).backend_tokenizer
    added = [AddedToken("<sep>", lstrip=True, rstrip=False), AddedToken("<NAME>", rstrip=True, normalized=False),
             AddedToken("Word", single_word=True), AddedToken("new word", normalized=True, lstrip=True),
             AddedToken("ab", normalized=False, single_word=True), AddedToken("[X]", special=True, lstrip=True, rstrip=True),
             AddedToken("naïve", normalized=True)]
    for scheme in ["always", "first", "never"]:
        for split in [True, False]:
            yield f"added-{scheme}-{'split' if split else 'whole'}", built(
                plain, normalizers.Sequence([normalizers.Strip(True, scheme != "never"), normalizers.Lowercase()]),
                meta(prepend_scheme=scheme, split=split), decoders.Metaspace(prepend_scheme=scheme), added)
    yield "flan", built(paths["nmt_nfkc"], charsmap("nmt_nfkc"),
                        pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), meta()]), decoders.Metaspace(), added)
    yield "flan-first", built(paths["nmt_nfkc"], charsmap("nmt_nfkc"), pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), meta(prepend_scheme="first")]), decoders.Metaspace(), added)
    yield "folded", built(paths["nmt_nfkc_cf-bytes"], charsmap("nmt_nfkc_cf-bytes"), meta(), decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]),
        byte_fallback=True)
    yield "rules", built(paths["rules"], charsmap("rules"), meta(), decoders.Metaspace(), added)
    yield "trained-for-flax", built(
        plain, normalizers.Sequence([normalizers.Nmt(), normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]),
        pre_tokenizers.Sequence([meta(), pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.Punctuation()]),
        decoders.Metaspace())
    yield "bytes", built(paths["identity-bytes"], normalizers.Prepend("▁"), None, decoders.Sequence(
        [decoders.ByteFallback(), decoders.Metaspace()]), added, byte_fallback=True, post=False)
    yield "bare", built(plain, None, None, None)
    for behavior in ["removed", "isolated", "merged_with_previous", "merged_with_next", "contiguous"]:
        yield f"split-{behavior}", built(plain, normalizers.NFC(), pre_tokenizers.Sequence(
            [pre_tokenizers.Split(Regex(r"[\s.]+|\d"), behavior), pre_tokenizers.Digits(behavior == "removed"),
             pre_tokenizers.Punctuation(behavior), pre_tokenizers.Split("a", behavior, invert=True), meta()]),
            decoders.Metaspace())


def fast_lines(rng, tokenizers, texts):
    for name, made in tokenizers:
        # Read back from its text: the library's JSON reader changes some scores by one bit.
        text_of_file = made.to_str()
        tokenizer = Tokenizer.from_str(text_of_file)
        cases = []
        for text in texts:
            ids = tokenizer.encode(text).ids
            cases.append({"text": text, "ids": ids, "plain": tokenizer.encode(text, add_special_tokens=False).ids,
                          "decoded": tokenizer.decode(ids), "raw": tokenizer.decode(ids, skip_special_tokens=False)})
        for _ in range(len(texts) // 4):
            ids = [rng.randrange(tokenizer.get_vocab_size() + 3) for _ in range(rng.randrange(1, 12))]
            cases.append({"ids": ids, "decoded": tokenizer.decode(ids),
                          "raw": tokenizer.decode(ids, skip_special_tokens=False)})
        yield {"name": name, "kind": "fast", "tokenizer": text_of_file, "cases": cases}


def tied_models(rng, folder):
    """Pieces over two letters whose scores tie but for rounding: the order and precision of sums decide."""
    single = lambda value: struct.unpack("f", struct.pack("f", value))[0]  # noqa: E731
    for number in range(6):
        proto = sentencepiece_model_pb2.ModelProto()
        proto.trainer_spec.unk_id = 2
        proto.normalizer_spec.name = "identity"
        base = {letter: -single(2 + 3 * rng.random()) for letter in "ab▁"}
        pieces = [("<pad>", 0, 3), ("</s>", 0, 3), ("<unk>", 0, 2), ("▁", base["▁"], 1)]
        for length in range(1, 5):
            for letters in map("".join, itertools.product("ab", repeat=length)):
                for piece in [letters, "▁" + letters] if length < 3 else [letters]:
                    if len(piece) > 1 and rng.random() < 0.3:
                        continue
                    even = sum(base[letter] for letter in piece)
                    # The last kind passes the score at which sentencepiece shifts its sums.
                    score = [even, round(-3 * len(piece) + rng.choice([0, 0.5, 1]), 1), 9000 * even][number % 3]
                    pieces.append((piece, score, 1))
        for piece, score, kind in pieces:
            entry = proto.pieces.add()
            entry.piece, entry.score, entry.type = piece, score, kind
        path = folder / f"ties-{number}.model"
        path.write_bytes(proto.SerializeToString())
        yield f"ties-{number}", path


def tied_texts(rng, count):
    for _ in range(count):
        letters = rng.choice(["ab", "ab ", "aab    "])
        yield "".join(rng.choice(letters) for _ in range(rng.choice([5, 20, 100, 400])))


def scores(rng):
    """Scores and what the tokenizers library reads them as."""
    values = [struct.unpack("f", struct.pack("f", -15 * rng.random()))[0] for _ in range(150)]
    values += [rng.choice([1, -1]) * rng.random() * 10.0 ** rng.randrange(-300, 290) for _ in range(50)]
    values += [0.0, -0.5, -3.0, -12345.678, 1e-7, -1.5e-7, 123456.0]
    made = Tokenizer(models.Unigram([(f"t{n}", value) for n, value in enumerate(values)], 0, False))
    read = json.loads(Tokenizer.from_str(made.to_str()).to_str())["model"]["vocab"]
    return {"name": "scores", "kind": "scores", "cases": [], "pairs": [[value, entry[1]] for value, entry in zip(values, read)]}


def folders(rng, path):
    """Model folders with the settings files of old and new versions of transformers."""
    token = lambda content, **flags: {  # noqa: E731
        "content": content, "lstrip": False, "normalized": False, "rstrip": False, "single_word": False, "special": True,
        **flags}
    size = sentencepiece.SentencePieceProcessor(model_file=str(path)).get_piece_size()
    t5 = {"tokenizer_class": "T5Tokenizer"}
    names = {"eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>"}
    listed = [f"<extra_id_{n}>" for n in range(7)]
    decoder = {str(n): token(content) for n, content in enumerate(["<pad>", "</s>", "<unk>"])}
    decoder |= {str(size + 6 - n): token(f"<extra_id_{n}>", lstrip=True, rstrip=True) for n in range(7)}
    added = {str(size + 7): token("<new>", special=False, normalized=True, lstrip=True), str(size + 8): token("<kept>")}
    new = {**t5, **names, "extra_ids": 7, "additional_special_tokens": listed, "added_tokens_decoder": decoder}
    settings = {
        "class-only": {"tokenizer_config.json": t5},
        "five": {"tokenizer_config.json": {**t5, "extra_ids": 5}},
        "none": {"tokenizer_config.json": {**t5, "extra_ids": 0}},
        "new": {"tokenizer_config.json": new},
        "added": {"tokenizer_config.json": {**new, "added_tokens_decoder": {**decoder, **added}}},
        "clean": {"tokenizer_config.json": {**new, "clean_up_tokenization_spaces": True}},
        "old": {"tokenizer_config.json": {**t5, "extra_ids": 7, "model_max_length": 512}, "special_tokens_map.json": {
            "eos_token": token("</s>"), "pad_token": token("<pad>"), "unk_token": token("<unk>"),
            "additional_special_tokens": listed}, "added_tokens.json": {"<new>": size + 7}},
        "additional": {"tokenizer_config.json": {**t5, "extra_ids": 0, "additional_special_tokens": ["<kept>", "<new>"]}},
        "padding": {"tokenizer_config.json": {**t5, "pad_token": "<padding>", "extra_ids": 2}},
    }
    texts = ["the <extra_id_0>river </s> a <extra_id_3>", "x <new>y <kept> z <padding>", "<pad> <unk> a , b . c 's", ""]
    for name, files in settings.items():
        for slow in [True, False]:
            if slow:
                main_file = {"spiece.model": base64.b64encode(path.read_bytes()).decode()}
            else:
                fast = built(path, normalizers.Strip(False, True), pre_tokenizers.Metaspace(), decoders.Metaspace())
                main_file = {"tokenizer.json": fast.to_str()}
            files = {**{file: json.dumps(value) for file, value in settings[name].items()}, **main_file}
            with tempfile.TemporaryDirectory() as folder:
                for file, content in files.items():
                    data = base64.b64decode(content) if file == "spiece.model" else content.encode()
                    (Path(folder) / file).write_bytes(data)
                tokenizer = (T5Tokenizer if slow else T5TokenizerFast).from_pretrained(folder)
                unknown = tokenizer.unk_token_id
                sentinels = [tokenizer.convert_tokens_to_ids(f"<extra_id_{n}>") for n in range(100)]
                count = len(tokenizer)
                cases = [] if slow else [{"text": text, "ids": tokenizer(text).input_ids} for text in texts]
                for _ in range(12):
                    ids = [rng.choice([rng.randrange(count), 0, 1, 2, count - 1, count - 2]) for _ in range(rng.randrange(1, 9))]
                    cases.append({"ids": ids, "raw": tokenizer.decode(ids)})
                    if not slow:
                        cases[-1]["decoded"] = tokenizer.decode(ids, skip_special_tokens=True)
                yield {"name": f"{name}-{'slow' if slow else 'fast'}", "kind": "folder", "files": files, "size": count,
                       "pad": tokenizer.pad_token_id, "eos": tokenizer.eos_token_id, "unk": unknown,
                       "sentinels": [id_ for id_ in sentinels if id_ != unknown], "cases": cases}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--texts", type=int, default=40)
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--out", required=True)
    options = parser.parse_args()
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    rng = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        models_ = spiece_models(rng, folder, options.small)
        lines = []
        texts = [random_text(rng) for _ in range(options.texts)]
        lines += spiece_lines(rng, models_, texts)
        texts = [random_text(rng) for _ in range(options.texts)]
        lines += fast_lines(rng, fast_tokenizers(models_), texts)
        ties = list(tied_models(rng, folder))
        texts = list(tied_texts(rng, options.texts))
        lines += spiece_lines(rng, ties, texts)
        lines += fast_lines(rng, [(name, built(path, None, pre_tokenizers.Metaspace(), None)) for name, path in ties], texts)
        lines += folders(rng, dict(models_)["identity"])
        lines.append(scores(rng))
    data = "".join(json.dumps(line) + "\n" for line in lines).encode()
    Path(options.out).write_bytes(gzip.compress(data, 9, mtime=0))


main()
