"""Makes test/fixtures/label-confusion/cases.json: what scikit-learn says of random label sets.

Run: python scripts/goldens/label_confusion.py test/fixtures/label-confusion
Needs: scikit-learn (made with 1.9.1).

Of sets of several labels precision, recall, F1 and support of each (classification_report); of single labels, some of them
none, the confusion matrix as well.
"""

import json
import random
import sys
import warnings
from pathlib import Path

from sklearn.metrics import classification_report, confusion_matrix
from sklearn.preprocessing import MultiLabelBinarizer

LABELS = ["BadFood", "Cost", "Slow", "Rude"]
NONE = "(no label)"


def single(rng):
    return [] if rng.random() < 0.2 else [rng.choice(LABELS)]


def several(rng):
    return [label for label in LABELS if rng.random() < 0.35]


def report(references, predictions):
    binarizer = MultiLabelBinarizer(classes=LABELS)
    told = classification_report(
        binarizer.fit_transform(references),
        binarizer.transform(predictions),
        target_names=LABELS,
        output_dict=True,
        zero_division=0,
    )
    return [{"label": label, **told[label]} for label in LABELS]


def case(rng, draw, count):
    references = [draw(rng) for _ in range(count)]
    predictions = [r if rng.random() < 0.6 else draw(rng) for r in references]
    made = {"references": references, "predictions": predictions, "report": report(references, predictions)}
    if draw is single:
        names = [*LABELS, NONE]
        flat = lambda sets: [(one or [NONE])[0] for one in sets]
        made["confusion"] = confusion_matrix(flat(references), flat(predictions), labels=names).tolist()
    return made


def main():
    warnings.simplefilter("ignore")
    rng = random.Random(11)
    cases = [case(rng, draw, count) for draw in (single, several) for count in (7, 60, 200)]
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    (out / "cases.json").write_text(json.dumps({"labels": LABELS, "cases": cases}) + "\n")


main()
