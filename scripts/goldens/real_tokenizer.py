"""Trains the tokenizers of the studies on real texts.

Usage, for examples/paper-small.yaml and examples/real/study.yaml:
  python scripts/goldens/real_tokenizer.py --data DIR --out examples/real/tokenizer
  python scripts/goldens/real_tokenizer.py --data DIR --out examples/real/small-tokenizer --pieces 4000 --coverage 0.999 \\
    --reviews

DIR holds arxiv-csai-a.arrow, arxiv-csai-b.arrow, tatoeba-cmn-eng.tsv and, for --reviews, McDonalds-Yelp-Sentiment-DFE.csv.
A SentencePiece Unigram model as T5 has it: NFKC, ids 0 pad, 1 end, 2 unknown, byte fallback. No seed: Unigram training has
no random part here.
"""

import argparse
import csv
import io
import pathlib

import pyarrow
import sentencepiece
from transformers import T5Tokenizer

parser = argparse.ArgumentParser()
parser.add_argument("--data", type=pathlib.Path, required=True)
parser.add_argument("--out", type=pathlib.Path, required=True)
parser.add_argument("--pieces", type=int, default=6000)
parser.add_argument("--coverage", type=float, default=0.9995, help="share of characters that are pieces; others are bytes")
parser.add_argument("--reviews", action="store_true", help="learn words of the reviews, too")
arguments = parser.parse_args()

lines = (arguments.data / "tatoeba-cmn-eng.tsv").read_text(encoding="utf-8").replace("\t", "\n").splitlines()
for name in ("arxiv-csai-a.arrow", "arxiv-csai-b.arrow"):
    with pyarrow.memory_map(str(arguments.data / name)) as source:
        for row in pyarrow.ipc.open_stream(source).read_all().to_pylist():
            lines += [" ".join(row[column].split()) for column in ("abstract", "title")]

if arguments.reviews:
    path = arguments.data / "McDonalds-Yelp-Sentiment-DFE.csv"
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        lines += [" ".join(row["review"].replace("\ufffd", " ").split()) for row in csv.DictReader(file)]

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
    character_coverage=arguments.coverage,
    byte_fallback=True,
    num_threads=1,
    minloglevel=2,
)
arguments.out.mkdir(parents=True, exist_ok=True)
path = arguments.out / "spiece.model"
path.write_bytes(model.getvalue())
T5Tokenizer(str(path), extra_ids=0, legacy=True).save_pretrained(arguments.out)
