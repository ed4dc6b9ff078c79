"""Scores texts that have unlike many references with sacreBLEU, for test/fixtures/metrics/unequal-references.jsonl.

usage: python scripts/goldens/unequal_references.py --seed 42 --cases 60 --out test/fixtures/metrics/unequal-references.jsonl
needs: sacrebleu 2.6.0, rouge_score 0.1.2, and numpy for metrics.py, whose texts it takes

One JSON object a line: {"hyps", "refs" (a list for each reference, null where an example has fewer), "bleu", "chrf", "ter"
with "score" and "signature", "rouge" (mean F of each kind)}.
"""

from metrics import mutated, random_text, write_cases
from rouge_score.rouge_scorer import RougeScorer
from sacrebleu.metrics import BLEU, CHRF, TER

KINDS = ["rouge1", "rouge2", "rougeL", "rougeLsum"]


def case(rng):
    most = rng.choice([1, 2, 3, 4])
    counts = [rng.randrange(1, most + 1) for _ in range(rng.randrange(1, 6))]
    texts = [random_text(rng) for _ in counts]
    hyps = [mutated(rng, text) for text in texts]
    rows = [[mutated(rng, text) for _ in range(count)] for text, count in zip(texts, counts)]
    refs = [[row[i] if i < len(row) else None for row in rows] for i in range(max(counts))]
    found = {"hyps": hyps, "refs": refs}
    for name, metric in [("bleu", BLEU()), ("chrf", CHRF()), ("ter", TER())]:
        score = metric.corpus_score(hyps, refs).score
        found[name] = {"score": score, "signature": str(metric.get_signature())}
    scorer = RougeScorer(KINDS)
    scores = [scorer.score_multi(row, hyp) for row, hyp in zip(rows, hyps)]
    found["rouge"] = {kind: sum(score[kind].fmeasure for score in scores) / len(scores) for kind in KINDS}
    return found


write_cases(lambda rng, _: case(rng))
