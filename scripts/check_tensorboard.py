"""Reads event files with the real readers and compares every number with the logs that they were made of.

Usage:
    reteach teach ... --out LESSON --tensorboard BOARD
    python scripts/check_tensorboard.py BOARD LESSON

Needs tensorboard, and trackio with tbparse for its import_tf_events (both 'pip install'). Numbers are float32 in event files.
"""

import math
import os
import struct
import sys
import tempfile
from pathlib import Path

import tensorboard
from logged_numbers import logged
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator


def as_float32(number):
    return struct.unpack("f", struct.pack("f", math.nan if number is None else number))[0]


def same(a, b):
    return a == b or (math.isnan(a) and math.isnan(b))


board, lesson = Path(sys.argv[1]), Path(sys.argv[2])
accumulator = EventAccumulator(str(board), size_guidance={"scalars": 0, "tensors": 0})
accumulator.Reload()
read = {}
for tag in accumulator.Tags()["scalars"]:
    for event in accumulator.Scalars(tag):
        read[tag, event.step] = event.value
for tag in accumulator.Tags()["tensors"]:
    for event in accumulator.Tensors(tag):
        read[tag, event.step] = tensorboard.util.tensor_util.make_ndarray(event.tensor_proto).item()
wanted = {(tag, step): as_float32(value) for tag, step, value in logged(lesson)}
wrong = [key for key in wanted if key not in read or not same(read[key], wanted[key])]
print(f"tensorboard {tensorboard.__version__}: {len(wanted) - len(wrong)} of {len(wanted)} numbers are as logged, {len(read)} read")

imported = None
try:
    # A project that is there already is not imported into.
    os.environ["TRACKIO_DIR"] = tempfile.mkdtemp()
    import trackio
    import trackio.sqlite_storage as storage

    trackio.import_tf_events(str(board), project="reteach-check", name="lesson")
    names = storage.SQLiteStorage.get_runs("reteach-check")
    rows = [row for name in names for row in storage.SQLiteStorage.get_logs("reteach-check", name)]
    imported = sum(1 for row in rows for key, value in row.items() if "/" in key and value is not None)
    print(f"trackio {trackio.__version__}: runs {names}, {imported} numbers imported")
except ImportError:
    print("trackio is not installed: not tried")
sys.exit(1 if wrong or len(read) != len(wanted) or imported not in (None, len(wanted)) else 0)
