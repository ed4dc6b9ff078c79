"""Makes the tokenizer.json that transformers makes of a folder whose tokenizer is a spiece.model.

Usage:
    python scripts/goldens/fast_from_spiece.py test/fixtures/fast-from-spiece test/fixtures/models/tiny-mt5 test/fixtures/models/small-relu

Needs transformers 4.57.6, tokenizers 0.22.2 and sentencepiece 0.2.3. Of each folder one NAME.json; the pieces are left out, but for
the first and the last three, as they are those of the spiece.model, and of the character map only the SHA-256 of its base64.
"""

import hashlib
import json
import sys
from pathlib import Path

from transformers import AutoTokenizer

out = Path(sys.argv[1])
out.mkdir(parents=True, exist_ok=True)
for folder in map(Path, sys.argv[2:]):
    tokenizer = AutoTokenizer.from_pretrained(folder, use_fast=True)
    made = json.loads(tokenizer.backend_tokenizer.to_str())
    vocab = made["model"]["vocab"]
    made["model"]["vocab"] = {"length": len(vocab), "first": vocab[:3], "last": vocab[-3:]}
    for normalizer in made["normalizer"]["normalizers"]:
        if "precompiled_charsmap" in normalizer:
            text = normalizer["precompiled_charsmap"]
            normalizer["precompiled_charsmap"] = hashlib.sha256(text.encode()).hexdigest()
    config = {k: v for k, v in tokenizer.init_kwargs.items() if k in ("extra_ids", "model_max_length", "clean_up_tokenization_spaces")}
    golden = {"tokenizer": made, "config": config}
    (out / f"{folder.name}.json").write_text(json.dumps(golden, ensure_ascii=False, indent=1) + "\n")
