"""Writes label sets and how evenly iterative-stratification divides them: see test/fixtures/stratification/SOURCE.md.

    python scripts/goldens/stratification.py test/fixtures/stratification/cases.json
"""

import json
import sys

import iterstrat
import numpy as np
from iterstrat.ml_stratifiers import MultilabelStratifiedShuffleSplit


def label_sets(rng, rows, shares, together):
    """Labels drawn with their shares; with `together` a row that has the first is likelier to have the next ones, too."""
    marks = rng.random((rows, len(shares))) < np.array(shares)
    for label in range(1, len(shares)):
        marks[:, label] |= marks[:, 0] & (rng.random(rows) < together)
    return marks.astype(int)


def deviation(marks, test):
    """Mean over labels of the distance between the test part's share of a label's rows and the part's share of all rows."""
    wanted = len(test) / len(marks)
    counts = marks.sum(axis=0)
    shares = marks[test].sum(axis=0)[counts > 0] / counts[counts > 0]
    return float(np.abs(shares - wanted).mean())


def case(name, rows, shares, together, test):
    marks = label_sets(np.random.default_rng(7), rows, shares, together)
    found = []
    for seed in range(20):
        split = MultilabelStratifiedShuffleSplit(n_splits=1, test_size=test / rows, random_state=seed)
        _, chosen = next(split.split(np.zeros(rows), marks))
        found.append(deviation(marks, chosen))
    return {
        "name": name,
        "test": test,
        "labels": [[int(i) for i in np.flatnonzero(row)] for row in marks],
        "reference": {"mean": float(np.mean(found)), "worst": float(np.max(found))},
    }


cases = [
    case("few rows, rare labels", 190, [0.3, 0.2, 0.1, 0.05, 0.03, 0.02], 0.1, 38),
    case("labels that come together", 400, [0.4, 0.3, 0.2, 0.2, 0.1, 0.1, 0.05, 0.05], 0.4, 60),
    case("many labels", 600, [0.5 / (i + 1) for i in range(20)], 0.05, 120),
]
with open(sys.argv[1], "w") as file:
    file.write(json.dumps(cases) + "\n")
