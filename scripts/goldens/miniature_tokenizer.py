"""Trains the miniature world's tokenizer.

Usage: python scripts/goldens/miniature_tokenizer.py --data examples/miniature/data --out examples/miniature/tokenizer

A SentencePiece Unigram model as T5 has it: ids 0 pad, 1 end, 2 unknown, byte fallback, and the sentinels <extra_id_63> to
<extra_id_0> as the last pieces. It learns from texts.jsonl, the lesson's own texts, and from the titles, answers and
prefixes that tasks have. No seed: Unigram training has no random part here.
"""

import argparse
import csv
import io
import json
import pathlib
import re
import tempfile
from collections import Counter

import sentencepiece
from sentencepiece import sentencepiece_model_pb2 as schema
from transformers import T5Tokenizer

# Where Chinese is cut for training, see below.
CUT = "||"


def train(lines: list[str], seeds: str) -> io.BytesIO:
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
        character_coverage=1.0,
        seed_sentencepieces_file=seeds,
        byte_fallback=True,
        pretokenization_delimiter=CUT,
        split_digits=True,
        # A character map for NFKC would be four times as large as the rest of the model.
        normalization_rule_name="identity",
        num_threads=1,
        minloglevel=2,
    )
    return model


parser = argparse.ArgumentParser()
parser.add_argument("--data", type=pathlib.Path, required=True)
parser.add_argument("--out", type=pathlib.Path, required=True)
parser.add_argument("--pieces", type=int, default=960, help="pieces without sentinels")
parser.add_argument("--sentinels", type=int, default=64)
arguments = parser.parse_args()

texts = [json.loads(line)["text"] for line in (arguments.data / "texts.jsonl").open(encoding="utf-8")]
titles = [json.loads(line)["title"] for line in (arguments.data / "abstracts.jsonl").open(encoding="utf-8")]
with (arguments.data / "reviews.csv").open(encoding="utf-8", newline="") as file:
    cells = [row["policies_violated"] for row in csv.DictReader(file)]
# Chinese has no spaces: cut at each character, its sentences do not compete with English words for pieces.
texts = [re.sub(r"(?<=.)(?=[\u3000-\u9fff\uff00-\uffef])", CUT, text) for text in texts]
answers = [" , ".join(cell.split("\n")).lower() if cell not in ("", "na") else "none" for cell in cells]

prefixes = ["abstract to title:", "translate English to Chinese:", "multi-label classification:"] * 500
lines = texts + titles + answers + prefixes

# The trainer draws its first pieces from the list of distinct words, where a word of a small world occurs once: give it
# every part of a word with its true count instead.
counts = Counter()
for line in lines:
    for word in line.replace(CUT, " ").split():
        word = "\u2581" + re.sub(r"\d", "", word) if word[0].isascii() else word
        counts.update({word[a:b] for a in range(len(word)) for b in range(a + 2, len(word) + 1)})
seeds = sorted(((piece, count) for piece, count in counts.items() if count > 1), key=lambda item: (-item[1], item[0]))
with tempfile.NamedTemporaryFile("w", suffix=".tsv", encoding="utf-8") as seed_file:
    seed_file.writelines(f"{piece}\t{count}\n" for piece, count in seeds)
    seed_file.flush()
    model = train(lines, seed_file.name)
proto = schema.ModelProto.FromString(model.getvalue())
for number in reversed(range(arguments.sentinels)):
    piece = proto.pieces.add()
    piece.piece = f"<extra_id_{number}>"
    piece.score = 0.0
    piece.type = schema.ModelProto.SentencePiece.Type.USER_DEFINED
proto.trainer_spec.vocab_size = len(proto.pieces)
arguments.out.mkdir(parents=True, exist_ok=True)
path = arguments.out / "spiece.model"
path.write_bytes(proto.SerializeToString())
T5Tokenizer(str(path), extra_ids=0, legacy=True).save_pretrained(arguments.out)
print(len(proto.pieces), "pieces")
