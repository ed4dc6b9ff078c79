"""Writes one table of many types in Parquet and Arrow, and a data set as Hugging Face `datasets` saves it.

    python scripts/goldens/data_types.py --out test/fixtures/data-types [--seed 42]

Needs pyarrow, polars and datasets. `expected.json` holds the rows as the reader gives them, printed as JSON: dates and times as
ISO texts in UTC with milliseconds, times of day as ISO texts, bytes as base64, integers of any size as integers, NaN as null.
"""

import argparse
import base64
import datetime as dt
import decimal
import json
import math
import pathlib
import random
import shutil

import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq


def iso(value):
    if isinstance(value, dt.datetime):
        value = value.replace(tzinfo=None) if value.tzinfo is None else value.astimezone(dt.timezone.utc).replace(tzinfo=None)
        return value.isoformat(timespec="milliseconds") + "Z"
    return value.isoformat() + "T00:00:00.000Z"


def plain(value):
    if isinstance(value, (dt.datetime, dt.date)):
        return iso(value)
    if isinstance(value, dt.time):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, decimal.Decimal):
        return float(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        if value and all(isinstance(item, tuple) for item in value):
            return {key: plain(inner) for key, inner in value}
        return [plain(item) for item in value]
    return value


def some(rng, value):
    return None if rng.random() < 0.2 else value


def table(rng, rows, for_parquet):
    words = ["lamp", "灯", "naïve", "🙂 emoji", "", "line\nbreak", "a" * 40]
    ints = {"i8": (pa.int8(), 7), "i16": (pa.int16(), 15), "i32": (pa.int32(), 31), "i64": (pa.int64(), 63)}
    uints = {"u8": (pa.uint8(), 8), "u16": (pa.uint16(), 16), "u32": (pa.uint32(), 32), "u64": (pa.uint64(), 64)}
    columns = {}
    for name, (kind, bits) in ints.items():
        columns[name] = pa.array([some(rng, rng.randrange(-(2**bits), 2**bits)) for _ in range(rows)], kind)
    for name, (kind, bits) in uints.items():
        columns[name] = pa.array([some(rng, rng.randrange(0, 2**bits)) for _ in range(rows)], kind)
    small = [some(rng, rng.randrange(-1000, 1000)) for _ in range(rows)]
    columns["small"] = pa.array(small, pa.int64())
    columns["f32"] = pa.array([some(rng, rng.randrange(-64, 64) / 8) for _ in range(rows)], pa.float32())
    columns["f64"] = pa.array([some(rng, rng.choice([rng.uniform(-1, 1), math.nan, 1e300])) for _ in range(rows)], pa.float64())
    columns["bool"] = pa.array([some(rng, rng.random() < 0.5) for _ in range(rows)])
    columns["text"] = pa.array([some(rng, rng.choice(words)) for _ in range(rows)])
    columns["long"] = pa.array([some(rng, rng.choice(words)) for _ in range(rows)], pa.large_string())
    columns["kind"] = pa.array([some(rng, rng.choice(words[:3])) for _ in range(rows)]).dictionary_encode()
    columns["bytes"] = pa.array([some(rng, rng.randbytes(rng.randrange(0, 5)) + b"\xff") for _ in range(rows)], pa.binary())
    days = [some(rng, dt.date(1950, 1, 1) + dt.timedelta(days=rng.randrange(40000))) for _ in range(rows)]
    columns["date"] = pa.array(days, pa.date32())
    moments = [some(rng, dt.datetime(1990, 5, 17, 3, 4, 5, 678000) + dt.timedelta(seconds=rng.randrange(10**9))) for _ in range(rows)]
    for unit in ["ms", "us", "ns"] if for_parquet else ["s", "ms", "us", "ns"]:
        whole = [m if m is None or unit != "s" else m.replace(microsecond=0) for m in moments]
        columns[f"time_{unit}"] = pa.array(whole, pa.timestamp(unit))
    columns["time_zone"] = pa.array(moments, pa.timestamp("ms", tz="UTC"))
    columns["decimal"] = pa.array(
        [some(rng, decimal.Decimal(rng.randrange(-(10**8), 10**8)).scaleb(-2)) for _ in range(rows)], pa.decimal128(12, 2)
    )
    columns["list"] = pa.array([some(rng, [some(rng, rng.choice(words)) for _ in range(rng.randrange(4))]) for _ in range(rows)])
    columns["lists"] = pa.array(
        [some(rng, [[rng.randrange(9) for _ in range(rng.randrange(3))] for _ in range(rng.randrange(3))]) for _ in range(rows)],
        pa.list_(pa.list_(pa.int32())),
    )
    columns["struct"] = pa.array(
        [some(rng, {"en": rng.choice(words), "n": some(rng, rng.randrange(9)), "deep": {"zh": "灯"}}) for _ in range(rows)]
    )
    columns["structs"] = pa.array(
        [some(rng, [{"text": rng.choice(words), "start": rng.randrange(99)} for _ in range(rng.randrange(3))]) for _ in range(rows)],
        pa.list_(pa.struct([("text", pa.string()), ("start", pa.int32())])),
    )
    columns["map"] = pa.array(
        [some(rng, [(f"k{i}", rng.randrange(9)) for i in range(rng.randrange(3))]) for _ in range(rows)],
        pa.map_(pa.string(), pa.int32()),
    )
    columns["none"] = pa.nulls(rows)
    clock = [some(rng, dt.time(rng.randrange(24), rng.randrange(60), rng.randrange(60), rng.choice([0, 250000]))) for _ in range(rows)]
    columns["clock_ms"] = pa.array(clock, pa.time32("ms"))
    columns["clock_us"] = pa.array(clock, pa.time64("us"))
    price = lambda: some(rng, decimal.Decimal(rng.randrange(-(10**11), 10**11)).scaleb(-5))
    columns["prices"] = pa.array([some(rng, [price() for _ in range(rng.randrange(3))]) for _ in range(rows)], pa.list_(pa.decimal128(30, 5)))
    columns["priced"] = pa.array(
        [some(rng, {"price": price(), "raw": rng.randbytes(2) + b"\xff"}) for _ in range(rows)],
        pa.struct([("price", pa.decimal128(16, 5)), ("raw", pa.binary())]),
    )
    if not for_parquet:
        columns["fixed"] = pa.array([some(rng, [rng.randrange(9), rng.randrange(9)]) for _ in range(rows)], pa.list_(pa.int16(), 2))
        columns["half"] = pa.array([some(rng, rng.randrange(-64, 64) / 8) for _ in range(rows)], pa.float16())
        columns["view"] = pa.array([some(rng, rng.choice(words)) for _ in range(rows)], pa.string_view())
    return pa.table(columns)


def rows_of(data):
    names = data.column_names
    rows = []
    for row in data.to_pylist():
        plain_row = {}
        for name in names:
            value = row[name]
            if name == "map" and value is not None:
                value = dict(value)
            plain_row[name] = plain(value)
        rows.append(plain_row)
    return rows


def write_json(path, value):
    path.write_text(json.dumps(value, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--rows", type=int, default=40)
    arguments = parser.parse_args()
    out = arguments.out
    out.mkdir(parents=True, exist_ok=True)

    data = table(random.Random(arguments.seed), arguments.rows, for_parquet=True)
    write_json(out / "parquet.expected.json", rows_of(data))
    pq.write_table(data, out / "snappy-v1.parquet", row_group_size=16)
    pq.write_table(data, out / "brotli-v2.parquet", compression="brotli", data_page_version="2.0", row_group_size=16, data_page_size=64)
    pq.write_table(data, out / "lz4-plain.parquet", compression="lz4", use_dictionary=False, data_page_version="2.0")
    pq.write_table(
        data,
        out / "zstd-delta.parquet",
        compression="zstd",
        use_dictionary=False,
        column_encoding={"i32": "DELTA_BINARY_PACKED", "i64": "DELTA_BINARY_PACKED", "text": "DELTA_BYTE_ARRAY", "long": "DELTA_LENGTH_BYTE_ARRAY"},
    )

    # Texts as old writers have them: without a logical type, in a file that has no schema of Arrow's either.
    (out / "unmarked").mkdir(exist_ok=True)
    pq.write_table(pa.table({"text": [b"lamp", "naïve 灯".encode(), b"\xff\x00", None]}), out / "unmarked/texts.parquet", store_schema=False)

    data = table(random.Random(arguments.seed + 1), arguments.rows, for_parquet=False)
    write_json(out / "arrow.expected.json", rows_of(data))
    batches = data.to_batches(max_chunksize=16)
    with pa.ipc.new_stream(out / "batches.stream.arrow", data.schema) as writer:
        for batch in batches:
            writer.write_batch(batch)
    for codec in ["lz4", "zstd"]:
        options = pa.ipc.IpcWriteOptions(compression=codec)
        with pa.ipc.new_file(out / f"{codec}.arrow", data.schema, options=options) as writer:
            for batch in batches:
                writer.write_batch(batch)
    long = pa.table({"text": ["the same words again and again " * 8000 + str(i) for i in range(3)]})
    feather.write_feather(long, out / "large-blocks.feather", compression="lz4")
    write_json(out / "large-blocks.expected.json", [{"text": f"{row['text'][:31]}…{len(row['text'])}"} for row in long.to_pylist()])

    import polars

    # Polars puts the schema into the footer only, and texts into views.
    rows = [{"id": i, "text": "naïve 灯 " * (i % 4), "labels": ["a", "b"][: i % 3]} for i in range(9)]
    polars.DataFrame(rows).write_ipc(out / "polars.feather")
    write_json(out / "polars.expected.json", rows)

    from datasets import Dataset, DatasetDict

    shutil.rmtree(out / "saved", ignore_errors=True)
    splits = {
        "train": Dataset.from_dict({"en": [f"train {i}" for i in range(7)], "n": list(range(7))}).shuffle(seed=1),
        "test": Dataset.from_dict({"en": ["test 0", "test 1"], "n": [0, 1]}),
    }
    DatasetDict(splits).save_to_disk(str(out / "saved"), num_shards={"train": 2, "test": 1})
    write_json(out / "saved.expected.json", {name: list(split) for name, split in splits.items()})


if __name__ == "__main__":
    main()
