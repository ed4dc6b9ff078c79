"""Makes test/fixtures/calibration/platt.json: what scikit-learn's Platt scaling and Brier score give for random log-odds.

Run: python scripts/goldens/calibration.py test/fixtures/calibration
Needs: scikit-learn (made with 1.9.1), numpy.
"""

import json
import math
import random
import sys
from pathlib import Path

import numpy as np
import sklearn
from sklearn.calibration import _sigmoid_calibration
from sklearn.metrics import brier_score_loss

# Mean, spread and sharpness of the log-odds, the share that is right by chance, and how many there are.
CASES = [
    ("well calibrated", 0.0, 2.0, 1.0, 400),
    ("overconfident", -1.0, 6.0, 0.3, 300),
    ("underconfident and rare", -2.0, 1.0, 2.5, 500),
    ("few rows", 0.5, 3.0, 1.0, 12),
    ("parted without a rest", 0.0, 4.0, 1e6, 60),
    ("of no use", 0.0, 2.0, 0.0, 200),
]


def draw(rng, mean, spread, sharpness, count):
    odds = [round(rng.gauss(mean, spread), 6) for _ in range(count)]
    chance = [1 / (1 + math.exp(-max(-60, min(60, sharpness * x)))) for x in odds]
    truths = [rng.random() < p for p in chance]
    return odds, truths


def main():
    rng = random.Random(20)
    cases = []
    for name, *rest in CASES:
        odds, truths = draw(rng, *rest)
        a, b = _sigmoid_calibration(np.array(odds), np.array(truths, dtype=float))
        probabilities = 1 / (1 + np.exp(a * np.array(odds) + b))
        cases.append(
            {
                "name": name,
                "logOdds": odds,
                "truths": truths,
                "slope": -float(a),
                "intercept": -float(b),
                "brier": float(brier_score_loss(truths, probabilities)),
            }
        )
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    (out / "platt.json").write_text(json.dumps(cases) + "\n")
    print(sklearn.__version__, [(c["name"], c["slope"], c["intercept"]) for c in cases])


main()
