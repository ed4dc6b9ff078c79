"""Trains the tokenizer of examples/real on the texts that its study teaches.

Usage: python scripts/goldens/real_tokenizer.py --data DIR --out examples/real/tokenizer

DIR holds arxiv-csai-a.arrow, arxiv-csai-b.arrow and tatoeba-cmn-eng.tsv. A SentencePiece Unigram model as T5 has it: NFKC,
ids 0 pad, 1 end, 2 unknown, byte fallback. No seed: Unigram training has no random part here.
"""

import argparse
import io
import pathlib

import pyarrow
import sentencepiece
from transformers import T5Tokenizer

parser = argparse.ArgumentParser()
parser.add_argument("--data", type=pathlib.Path, required=True)
parser.add_argument("--out", type=pathlib.Path, required=True)
parser.add_argument("--pieces", type=int, default=6000)
arguments = parser.parse_args()

lines = (arguments.data / "tatoeba-cmn-eng.tsv").read_text(encoding="utf-8").replace("\t", "\n").splitlines()
for name in ("arxiv-csai-a.arrow", "arxiv-csai-b.arrow"):
    with pyarrow.memory_map(str(arguments.data / name)) as source:
        for row in pyarrow.ipc.open_stream(source).read_all().to_pylist():
            lines += [" ".join(row[column].split()) for column in ("abstract", "title")]

# How label sets are written as answers.
lines += ["orderproblem , badfood , slowservice , filthy , rudeservice , cost , scarymcds , missingfood , none"] * 200

model = io.BytesIO()
sentencepiece.SentencePieceTrainer.train(
    sentence_iterator=iter(lines),
    model_writer=model,
    model_type="unigram",
    vocab_size=arguments.pieces,
    pad_id=0,
    eos_id=1,
    unk_id=2,
    bos_id=-1,
    pad_piece="<pad>",
    character_coverage=0.9995,
    byte_fallback=True,
    num_threads=1,
    minloglevel=2,
)
arguments.out.mkdir(parents=True, exist_ok=True)
path = arguments.out / "spiece.model"
path.write_bytes(model.getvalue())
T5Tokenizer(str(path), extra_ids=0, legacy=True).save_pretrained(arguments.out)
