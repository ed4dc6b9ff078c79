"""The numbers that a lesson has logged, for the scripts that compare them with what other programs have kept."""

import json
from pathlib import Path


def logged(lesson: Path):
    """Tag, step and number of every field of log.jsonl and evaluations.jsonl, as they are shown; None where it is not finite."""
    for group, name in (("train", "log.jsonl"), ("eval", "evaluations.jsonl")):
        path = lesson / name
        for line in path.read_text().splitlines() if path.exists() else []:
            row = json.loads(line)
            step = row.pop("step")
            for key, value in {**row, **row.pop("scores", {})}.items():
                if value is None or (isinstance(value, (int, float)) and not isinstance(value, bool)):
                    yield f"{group}/{key}", step, value
