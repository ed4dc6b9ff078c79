"""Scores random texts, label sets and numbers with the reference implementations, for test/fixtures/metrics.

usage: python scripts/goldens/metrics.py --seed 42 --cases 400 --out test/fixtures/metrics/fuzz.jsonl
       python scripts/goldens/metrics.py --seed 1 --cases 20000 --out /tmp/fuzz.jsonl    (a longer check)
       python scripts/goldens/metrics.py --seed 42 --words 3000 --stems test/fixtures/metrics/stems.json
       python scripts/goldens/metrics.py --seed 42 --distributions test/fixtures/metrics/distributions.json
       python scripts/goldens/metrics.py --seed 42 --paired test/fixtures/metrics/paired.json
       python scripts/goldens/metrics.py --characters test/fixtures/metrics/characters.json
needs: sacrebleu 2.6.0, rouge_score 0.1.2, scikit-learn 1.9.1, scipy 1.17.1, nltk 3.10.4

One JSON object a line: {"kind", "options", …inputs, …results}. Texts mix languages, scripts, marks, digits, odd white
space, what looks like an entity or a number, and code points from anywhere in Unicode.
"""

import argparse
import json
import logging
import random
import warnings

import numpy as np

logging.disable(logging.CRITICAL)
warnings.simplefilter("ignore")

SPACES = [" "] * 12 + ["  ", "\t", "\n", "\r\n", "\x0b", "\x1c", "\x1f", "\x85", "\xa0", "\u1680", "\u2003", "\u2028"]
SPACES += ["\u202f", "\u3000", "\ufeff", "\u200b", "\u180e"]
PIECES = {
    "words": "the The river builds BATTERY lamp after lunch neighbour sleeps running relational happily ponies".split(),
    "numbers": ["3.14", "1,000", "2-3", "12.", ",5", "1.000,5", "x-1", "1-x", "2023-01-02", "5%", "-7", "٣٫٥", "½", "Ⅷ", "x²"],
    "marks": list("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~") + ["...", "--", "''", "“", "”", "—", "…", "¿", "«", "»", "、", "。"],
    "entities": ["&quot;", "&amp;", "&lt;", "&gt;", "&apos;", "&amp;quot;", "<skipped>", "-\n", "a-\nb", "& amp;", "&"],
    "chinese": list("的知机著医有岁相知道生旧器人门吗？，。！：（）《》") + ["𠀀", "𪜶", "㐀", "豈", "〇"],
    "others": ["ΟΔΟΣ", "ΣΑΣ", "Σ", "İstanbul", "ǅ", "ẞ", "ﬁn", "Ångström", "K", "é", "e\u0301", "привет", "Мир", "שלום"]
    + ["مرحبا", "नमस्ते", "१२३", "안녕", "ガンダム", "ｶﾞ", "ＡＢＣ", "１２", "ไทย", "Ԁ", "Ꭰ", "Ა", "ꟋꟜ", "𐐀", "𐵐", "𖺠"],
    "symbols": ["€", "£", "₿", "+", "√", "→", "∑", "©", "™", "°", "☃", "✓", "★", "😀", "👩‍👩‍👧", "🇩🇪", "♥️", "𝟙", "𝔸"],
}


def random_piece(rng):
    kind = rng.choices([*PIECES, "any"], weights=[10, 3, 4, 1, 4, 3, 2, 1])[0]
    if kind != "any":
        return rng.choice(PIECES[kind])
    while True:
        code = rng.choice([rng.randrange(0x20, 0x3000), rng.randrange(0x10000), rng.randrange(0x10000, 0x20000), rng.randrange(0x110000)])
        if not 0xD800 <= code < 0xE000:
            return chr(code)


def random_text(rng):
    style = rng.random()
    if style < 0.03:
        return rng.choice(["", " ", "\n", "\u3000", "\x1c"])
    if style < 0.06:
        return "".join(rng.choice(PIECES["marks"]) for _ in range(rng.randrange(1, 8)))
    length = rng.choice([1, 2, 3, 5, 8, 13, 21, 40]) if style < 0.98 else 400
    glue = [""] * 3 + SPACES if style > 0.5 else SPACES
    only = rng.choice(list(PIECES)) if rng.random() < 0.3 else None
    pieces = []
    for _ in range(length):
        pieces += [rng.choice(PIECES[only]) if only else random_piece(rng), rng.choice(glue)]
    return "".join(pieces)


def mutated(rng, text):
    if rng.random() < 0.05:
        return random_text(rng)
    if rng.random() < 0.05:
        return text
    characters = list(text)
    for _ in range(rng.randrange(1, 2 + len(text) // 6)):
        at = rng.randrange(len(characters) + 1)
        end = min(len(characters), at + rng.randrange(6))
        action = rng.random()
        if action < 0.4:
            del characters[at:end]
        elif action < 0.6:
            characters[at:at] = random_piece(rng)
        elif action < 0.8:
            characters[at:at] = characters[at:end]
        else:
            characters[at:end] = "".join(characters[at:end]).swapcase()
    return "".join(characters)


def pairs(rng, references):
    first = [random_text(rng) for _ in range(rng.choice([1, 1, 2, 3, 6]))]
    refs = [first] + [[mutated(rng, text) for text in first] for _ in range(references - 1)]
    return [mutated(rng, text) for text in first], refs


def bleu_options(rng):
    options = {"tokenize": rng.choice(["13a", "zh", "intl", "char", "none"])}
    if rng.random() < 0.3:
        options["lowercase"] = True
    if rng.random() < 0.5:
        options["smooth_method"] = rng.choice(["exp", "floor", "add-k", "none"])
        if options["smooth_method"] in ("floor", "add-k") and rng.random() < 0.6:
            options["smooth_value"] = rng.choice([0.01, 0.125, 0.375, 1, 2, 0.5])
    if rng.random() < 0.3:
        options["max_ngram_order"] = rng.choice([1, 2, 3, 5, 6])
    if rng.random() < 0.3:
        options["effective_order"] = True
    return options


def bleu_case(rng):
    from sacrebleu.metrics import BLEU

    options = bleu_options(rng)
    hyps, refs = pairs(rng, rng.choice([1, 1, 2, 3]))
    metric = BLEU(force=True, **options)
    result = metric.corpus_score(hyps, refs)
    sentences = [metric.sentence_score(hyp, [ref[i] for ref in refs]).score for i, hyp in enumerate(hyps)]
    metric.corpus_score(hyps, refs)
    return {
        "kind": "bleu",
        "options": options,
        "hyps": hyps,
        "refs": refs,
        "score": result.score,
        "counts": list(result.counts),
        "totals": list(result.totals),
        "precisions": list(result.precisions),
        "bp": result.bp,
        "sys_len": result.sys_len,
        "ref_len": result.ref_len,
        "text": str(result),
        "signature": str(metric.get_signature()),
        "sentences": sentences,
    }


def chrf_case(rng):
    from sacrebleu.metrics import CHRF

    options = {}
    if rng.random() < 0.5:
        options["word_order"] = rng.choice([1, 2, 3])
    if rng.random() < 0.3:
        options["lowercase"] = True
    if rng.random() < 0.2:
        options["whitespace"] = True
    if rng.random() < 0.2:
        options["char_order"] = rng.choice([1, 3, 8])
    if rng.random() < 0.2:
        options["beta"] = rng.choice([1, 3])
    hyps, refs = pairs(rng, rng.choice([1, 1, 2, 3]))
    metric = CHRF(**options)
    score = metric.corpus_score(hyps, refs).score
    return {"kind": "chrf", "options": options, "hyps": hyps, "refs": refs, "score": score, "signature": str(metric.get_signature())}


ROUGE_KINDS = ["rouge1", "rouge2", "rougeL", "rougeLsum"]


def rouge_case(rng):
    from rouge_score.rouge_scorer import RougeScorer

    stemmer = rng.random() < 0.5
    hyps, refs = pairs(rng, rng.choice([1, 1, 1, 2]))
    scorer = RougeScorer(ROUGE_KINDS, use_stemmer=stemmer)
    scores = [scorer.score_multi([ref[i] for ref in refs], hyp) for i, hyp in enumerate(hyps)]
    values = [[float(x) for kind in ROUGE_KINDS for x in score[kind]] for score in scores]
    return {"kind": "rouge", "options": {"stemmer": stemmer}, "hyps": hyps, "refs": refs, "scores": values}


def labels_case(rng):
    from sklearn import metrics

    count, rows = rng.choice([2, 3, 8, 12]), rng.choice([1, 2, 5, 30])
    density = rng.choice([0.05, 0.2, 0.5, 0.9])
    gold = [[int(rng.random() < density) for _ in range(count)] for _ in range(rows)]
    noise = rng.choice([0, 0.1, 0.3, 1])
    predicted = [[int(rng.random() < density) if rng.random() < noise else x for x in row] for row in gold]
    zero = rng.choice([0, 1])
    g, p = np.array(gold), np.array(predicted)
    f1 = {a: float(metrics.f1_score(g, p, average=a, zero_division=zero)) for a in ["macro", "micro", "samples", "weighted"]}
    precision, recall, by_label, _ = metrics.precision_recall_fscore_support(g, p, zero_division=zero)
    return {
        "kind": "labels",
        "options": {"zero_division": zero},
        "gold": gold,
        "predicted": predicted,
        "exact": float(metrics.accuracy_score(g, p)),
        "hamming": float(metrics.hamming_loss(g, p)),
        "f1": f1,
        "per_label": [precision.tolist(), recall.tolist(), by_label.tolist()],
    }


def stems(rng, count):
    from nltk.stem.porter import PorterStemmer

    starts = "a e i o u y b gr str qu sky hop rel oper commun electr gener ti d l ly sy yy yay bay".split()
    middles = "at iz bl ation al iv ous ful bil ic ing ed eed ll ss zz tt ogi alli ie y ry oy ement ion s t".split()
    ends = "s es ed ing ies ied ss sses eed ational tional enci anci izer bli alli entli eli ousli ization ation ator alism iveness".split()
    ends += "fulness ousness aliti iviti biliti fulli logi icate ative alize iciti ical ful ness al ance ence er ic able ible".split()
    ends += "ant ement ment ent ion sion tion ou ism ate iti ous ive ize e l ll le y ly bly ally".split()
    words = {"sky", "skies", "dying", "news", "innings", "howe", "proceed", "died", "spied", "dies", "flies", "enjoy", "yyyyy", "1990s", "2nd"}
    while len(words) < count:
        if rng.random() < 0.8:
            words.add(rng.choice(starts) + "".join(rng.choices(middles, k=rng.randrange(3))) + rng.choice(ends))
        else:
            words.add("".join(rng.choices("aeiouybcdlsty0", k=rng.randrange(1, 9))))
    stemmer = PorterStemmer()
    return {word: stemmer.stem(word) for word in sorted(words)}


def distributions(rng):
    from scipy import stats

    student = []
    for df in [1, 2, 3, 4, 5, 9, 29, 100, 1999, 100000, 2.5]:
        # Not 1e-8: scipy's value for df 1 is wrong in the ninth digit there (½ + atan(t)/π tells).
        for t in [0, 0.001, 0.1, 0.7, 1, 2, 5, 12, 40, 1000]:
            student.append([df, t, float(stats.t.cdf(t, df)), float(stats.t.sf(t, df))])
    quantiles = [
        [df, p, float(stats.t.ppf(p, df))]
        for df in [1, 2, 3, 4, 9, 29, 190, 1999, 100000, 2.5]
        for p in [1e-9, 0.001, 0.025, 0.2, 0.49, 0.5, 0.6, 0.9, 0.975, 0.995, 0.99999]
    ]
    normal = [[p, float(stats.norm.ppf(p))] for p in [1e-12, 1e-6, 0.001, 0.025, 0.2, 0.4999, 0.5, 0.8, 0.95, 0.975, 0.999999]]
    mcnemar = []
    for a, b in [(0, 0), (0, 1), (1, 0), (5, 0), (3, 3), (10, 4), (4, 10), (50, 30), (500, 430), (60000, 59300), (1, 1000)]:
        mcnemar.append([a, b, float(stats.binomtest(a, a + b).pvalue) if a + b else 1.0])
    wilson = []
    for k, n in [(0, 1), (1, 1), (0, 191), (191, 191), (71, 191), (98, 191), (1000, 2000), (3, 100000)]:
        for level in [0.9, 0.95, 0.99]:
            interval = stats.binomtest(k, n).proportion_ci(level, method="wilson")
            wilson.append([k, n, level, float(interval.low), float(interval.high)])
    paired = []
    for n in [2, 3, 5, 30, 500]:
        a = [rng.gauss(0.4, 0.05) for _ in range(n)]
        b = [x + rng.gauss(0.01, 0.03) for x in a]
        result = stats.ttest_rel(b, a)
        low, high = result.confidence_interval(0.95)
        paired.append({"a": a, "b": b, "t": float(result.statistic), "p": float(result.pvalue), "diff_ci95": [float(low), float(high)]})
    return {"student": student, "quantiles": quantiles, "normal": normal, "mcnemar": mcnemar, "wilson": wilson, "paired": paired}


def characters():
    """What CPython (Unicode 14.0 in 3.11) lowers, and what it takes for white space."""
    every = [chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000]
    greek = ["ΟΔΟΣ", "ΣΑΣ", "Σ", "ΑΣ.", "ΑΣ.Β", "Α'Σ", "ΑΣ\u0301Β", "1Σ", "\ua7cbΣ", "Α\ua7cbΣ", "ΑΣ\U00010d50", "ΑΣ\ua7cbΒ", "Α\u0897Σ", "ΑΣ\u1acfΒ", "ΑΣʕ", "ʕΣ", "ΑʰΣ", "A\u0345\u0301Σ"]
    return {
        "lower": {character: character.lower() for character in every if character != character.lower()},
        "texts": {text: text.lower() for text in greek},
        "spaces": [character for character in every if len(f"a{character}b".split()) == 2],
    }


def paired_systems(rng):
    """Three systems of growing quality and sacreBLEU's paired tests between the first and the others."""
    from sacrebleu.metrics import BLEU, CHRF
    from sacrebleu.significance import PairedTest

    words = "the a river lamp builds sells opens bright slow friendly village battery after before lunch week and with of".split()
    refs = [" ".join(rng.choices(words, k=rng.randrange(5, 14))) + "." for _ in range(200)]

    def system(error, mark):
        def word(text):
            return rng.choice(words) if rng.random() < error else text

        return [" ".join(word(text) for text in ref.split()) for ref in refs]

    systems = {"base": system(0.3, "a"), "same": system(0.3, "b"), "near": system(0.27, "c"), "better": system(0.24, "d")}
    out = {"refs": refs, "systems": systems, "tests": []}
    for kind, samples in [("ar", 10000), ("bs", 1000)]:
        metrics = {"BLEU": BLEU(), "CHRF": CHRF()}
        _, scores = PairedTest(list(systems.items()), metrics, [refs], test_type=kind, n_samples=samples)()
        for name, column in [("bleu", "BLEU"), ("chrf", "chrF2")]:
            for system_name, result in zip(scores["System"], scores[column]):
                test = {"test": kind, "samples": samples, "metric": name, "system": system_name, "score": float(result.score)}
                for field in ["p_value", "mean", "ci"]:
                    value = getattr(result, field)
                    test[field] = None if value is None else float(value)
                out["tests"].append(test)
    return out


def write_cases(case):
    """What a script that imports this one does when it is run: writes --cases N cases, one JSON object a line, to --out.

    `case` takes the random numbers, seeded with --seed, and how many cases came before.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--cases", type=int, required=True)
    parser.add_argument("--out", required=True)
    given = parser.parse_args()
    rng = random.Random(given.seed)
    with open(given.out, "w", encoding="utf-8") as out:
        for index in range(given.cases):
            print(json.dumps(case(rng, index), ensure_ascii=False), file=out)


def dump(path, value):
    with open(path, "w", encoding="utf-8") as file:
        json.dump(value, file, ensure_ascii=False)
        file.write("\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--cases", type=int, default=400)
    parser.add_argument("--out")
    parser.add_argument("--words", type=int, default=3000)
    parser.add_argument("--stems")
    parser.add_argument("--distributions")
    parser.add_argument("--paired")
    parser.add_argument("--characters")
    args = parser.parse_args()
    rng = random.Random(args.seed)
    if args.out:
        makers = [bleu_case, bleu_case, chrf_case, rouge_case, labels_case]
        with open(args.out, "w", encoding="utf-8") as file:
            for i in range(args.cases):
                # ASCII, so that no reader can trip over the line separators inside the texts.
                file.write(json.dumps(makers[i % len(makers)](rng)) + "\n")
    if args.stems:
        dump(args.stems, stems(rng, args.words))
    if args.distributions:
        dump(args.distributions, distributions(rng))
    if args.characters:
        dump(args.characters, characters())
    if args.paired:
        dump(args.paired, paired_systems(rng))


if __name__ == "__main__":
    main()
