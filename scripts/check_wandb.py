"""Logs a lesson with wandb without a network, as docs/OUTPUT.md shows it, and compares every number that wandb has kept.

Usage:
    python scripts/check_wandb.py LESSON

Needs wandb ('pip install wandb'). LESSON holds log.jsonl and, where something was validated, evaluations.jsonl.
"""

import glob
import json
import math
import os
import re
import struct
import sys
import tempfile
from pathlib import Path

import wandb
from logged_numbers import logged
from wandb.proto import wandb_internal_pb2


def shown_program(lesson: Path) -> str:
    """The lines of docs/OUTPUT.md, with this lesson's folder."""
    text = (Path(__file__).parent.parent / "docs" / "OUTPUT.md").read_text()
    code = re.search(r"```python\n(.*?wandb.*?)```", text, re.S).group(1)
    assert '"taught"' in code, "docs/OUTPUT.md names no folder"
    return code.replace('"taught"', json.dumps(str(lesson)))


def records(path: str):
    """Records of a .wandb file: LevelDB's log format behind a header of 7 bytes."""
    data, whole, at = Path(path).read_bytes(), b"", 7
    while at + 7 <= len(data):
        left = 32768 - at % 32768
        if left < 7:
            at += left
            continue
        _, length, kind = struct.unpack("<IHB", data[at : at + 7])
        piece = data[at + 7 : at + 7 + length]
        at += 7 + length
        if kind in (1, 2):
            whole = b""
        whole += piece
        if kind in (1, 4):
            yield wandb_internal_pb2.Record.FromString(whole)


lesson = Path(sys.argv[1]).resolve()
with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    exec(shown_program(lesson), {})
    # Its own process writes the file.
    wandb.teardown()
    paths = glob.glob("wandb/offline-run-*/run-*.wandb")
    kept = {}
    for record in records(max(paths)):
        if record.WhichOneof("record_type") != "history":
            continue
        items = {".".join(item.nested_key) or item.key: json.loads(item.value_json) for item in record.history.item}
        step = record.history.step.num
        kept.update({(key, step): value for key, value in items.items() if "/" in key})
wanted = {(tag, step): value for tag, step, value in logged(lesson) if value is not None}
right = [key for key in wanted if key in kept and math.isclose(kept[key], wanted[key], rel_tol=1e-12)]
print(f"wandb {wandb.__version__}, offline: {len(right)} of {len(wanted)} numbers are as logged, {len(kept)} kept")
sys.exit(0 if len(right) == len(wanted) == len(kept) else 1)
