"""Times the reference tokenizer on one thread: prints {"name", "tokens", "seconds": processor time of each round}.

usage: python bench/tokenizer_peer.py --model spiece.model|tokenizer.json --texts texts.json [--rounds 5]
"""

import argparse
import json
import os
import time

parser = argparse.ArgumentParser()
parser.add_argument("--model", required=True)
parser.add_argument("--texts", required=True)
parser.add_argument("--rounds", type=int, default=5)
options = parser.parse_args()
with open(options.texts, encoding="utf-8") as file:
    texts = json.load(file)

if options.model.endswith(".json"):
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    import tokenizers

    name = f"tokenizers {tokenizers.__version__}"
    tokenizer = tokenizers.Tokenizer.from_file(options.model)
    encode = lambda text: len(tokenizer.encode(text, add_special_tokens=False).ids)  # noqa: E731
else:
    import sentencepiece

    name = f"sentencepiece {sentencepiece.__version__}"
    processor = sentencepiece.SentencePieceProcessor(model_file=options.model)
    encode = lambda text: len(processor.encode(text))  # noqa: E731

seconds = []
for _ in range(options.rounds):
    begun = time.process_time()
    tokens = sum(map(encode, texts))
    seconds.append(time.process_time() - begun)
print(json.dumps({"name": name, "tokens": tokens, "seconds": seconds}))
