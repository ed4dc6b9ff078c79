"""Files as people bring them: class names in Parquet, Arrow and data cards, and JSON of pandas.

    python scripts/goldens/people.py --out test/fixtures/people

Needs pandas and datasets. The rows that a file stands for are written beside it, as these libraries have them.
"""

import argparse
import json
import pathlib
import random
import shutil

import pandas
import yaml
from datasets import ClassLabel, Dataset, Features, Sequence, Value

TOPICS = ["Slow Page", "Refund, late", "Login"]
TAGS = ["O", "B", "I"]


def named(feature, value):
    """The value with the names of its classes, as `int2str` has them; -1 and None are no class."""
    if value is None:
        return None
    if isinstance(feature, ClassLabel):
        return None if value == -1 else feature.int2str(value)
    if isinstance(feature, dict):
        return {key: named(feature[key], inner) for key, inner in value.items()}
    inner = getattr(feature, "feature", None)
    return value if inner is None else [named(inner, item) for item in value]


def write_lines(path, rows):
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf8")


def class_labels(out, seed):
    draw = random.Random(seed)
    features = Features(
        {
            "text": Value("string"),
            "topic": ClassLabel(names=TOPICS),
            "tags": Sequence(ClassLabel(names=TAGS)),
            "deep": Sequence(Sequence(ClassLabel(names=TAGS))),
            "more": {"tag": ClassLabel(names=TAGS), "n": Value("int32")},
            "spans": [{"tag": ClassLabel(names=TAGS), "at": Value("int32")}],
            "n": Value("int64"),
        }
    )
    tag = lambda: draw.randrange(-1, len(TAGS))
    rows = [
        {
            "text": f"text {i}",
            "topic": None if i == 3 else draw.randrange(-1, len(TOPICS)),
            "tags": [tag() for _ in range(i % 3)],
            "deep": [[tag()], [tag(), tag()]][: i % 3],
            "more": {"tag": tag(), "n": i},
            "spans": [{"tag": tag(), "at": i}] * (i % 2),
            "n": i % 3,
        }
        for i in range(12)
    ]
    data = Dataset.from_list(rows, features=features)
    write_lines(out / "expected.jsonl", [{key: named(features[key], value) for key, value in row.items()} for row in data])
    data.to_parquet(str(out / "rows.parquet"))
    shutil.rmtree(out / "saved", ignore_errors=True)
    data.save_to_disk(str(out / "saved"))
    # The same rows without metadata of their own, named by the card beside them.
    card = out / "card"
    card.mkdir(exist_ok=True)
    write_lines(card / "train.jsonl", list(data))
    header = yaml.safe_dump({"dataset_info": {"features": features._to_yaml_list()}}, sort_keys=False, allow_unicode=True)
    (card / "README.md").write_text(f"---\n{header}---\n# Rows\n", encoding="utf8")


def pandas_json(out):
    frame = pandas.DataFrame({"text": ["lamp", "灯, \"x\"", ""], "n": [1, 2, 3], "list": [["a"], [], ["b", "c"]], "gap": [1.5, None, 2.5]}, index=["r1", "r2", "7"])
    write_lines(out / "expected.jsonl", json.loads(frame.to_json(orient="records")))
    for orient in ["records", "columns", "index", "split", "table"]:
        frame.to_json(out / f"{orient}.json", orient=orient, force_ascii=False)
    frame.to_json(out / "index-indent.json", orient="index", indent=1)
    frame.reset_index(drop=True).to_json(out / "numbered.json", orient="index")
    frame.to_json(out / "values.json", orient="values", force_ascii=False)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--seed", type=int, default=42)
    arguments = parser.parse_args()
    for name, make in {"class-label": lambda out: class_labels(out, arguments.seed), "pandas": pandas_json}.items():
        folder = arguments.out / name
        folder.mkdir(parents=True, exist_ok=True)
        make(folder)


if __name__ == "__main__":
    main()
