"""Scores texts with sacreBLEU's TER, for test/fixtures/metrics/ter.jsonl.

usage: python scripts/goldens/ter.py --seed 42 --cases 450 --out test/fixtures/metrics/ter.jsonl
       python scripts/goldens/ter.py --seed 1 --cases 20000 --out /tmp/ter.jsonl    (a longer check)
needs: sacrebleu 2.6.0, and numpy for metrics.py, whose texts it takes

One JSON object a line: {"options", "hyps", "refs" (a list for each reference), "score", "edits", "lengths" and
"sentences" of each example, "signature"}. Kinds of texts, in turn: English with moved blocks, Chinese, Japanese and
Korean, punctuation and entities, long sentences (beyond the beam, the longest shift and the number of candidates),
sentences of unlike length, few words that repeat, empty ones, and anything in Unicode.
"""

from metrics import mutated, random_text, write_cases
from sacrebleu.metrics import TER

WORDS = (
    "the a river old mill lamp after lunch neighbour sleeps running past quiet hills while she reads twelve letters "
    "from her brother who left town before winter came and nobody knew why it had been so cold that year"
).split()
CHINESE = list("的知机著医有岁相知道生旧器人门吗我们在岁月里读书写字") + ["，", "。", "？", "！", "：", "（", "）", "《", "》", "、"]
JAPANESE = list("私は今日学校へ行きましたガンダム東京タワー") + ["、", "。", "・", "「", "」", "ｶﾞ", "㍿", "㈱", "ㇰ"]
KOREAN = ["안녕", "하세요", "나는", "학교에", "갑니다", "서울", "날씨가", "좋아요", "。", "?"]
MARKS = ["hello", "world", "it", "John's", "dogs'", "3.14", "1,000", "2-3", "x-1", "end.", "(yes)", '"quoted"', "a,b", ",5", "5.", "-", "...", "!", ";", ":", "&quot;", "&amp;", "&lt;b&gt;", "e.g.", "U.S.", "\n", "\n-", "/path", "[x]", "{y}", "~", "'s"]


def pick(rng, words, length, glue=" "):
    return glue.join(rng.choice(words) for _ in range(length))


def shifted(rng, text, glue=" "):
    """The text with blocks moved, words dropped, replaced and doubled."""
    words = text.split(glue) if glue else list(text)
    for _ in range(rng.randrange(1, 5)):
        if not words:
            break
        at = rng.randrange(len(words))
        block = words[at : at + rng.choice([1, 2, 3, 5, 8, 12])]
        del words[at : at + len(block)]
        to = rng.randrange(len(words) + 1)
        words[to:to] = block
    for _ in range(rng.randrange(4)):
        if not words:
            break
        at = rng.randrange(len(words))
        action = rng.randrange(4)
        if action == 0:
            del words[at]
        elif action == 1:
            words[at] = words[at].upper()
        elif action == 2:
            words.insert(at, words[at])
        else:
            words[at] = rng.choice(WORDS)
    return glue.join(words)


def pair(rng, kind, nref):
    if kind == "english":
        text = pick(rng, WORDS, rng.choice([1, 2, 4, 7, 12, 20, 30]))
        return shifted(rng, text), [shifted(rng, text) if i else text for i in range(nref)]
    if kind == "chinese":
        text = pick(rng, CHINESE, rng.choice([1, 3, 8, 20]), "")
        return shifted(rng, text, ""), [shifted(rng, text, "") if i else text for i in range(nref)]
    if kind == "japanese and korean":
        text = pick(rng, JAPANESE, rng.choice([2, 8, 16]), "") + " " + pick(rng, KOREAN, rng.choice([1, 3, 6]))
        return shifted(rng, text), [shifted(rng, text, "") if i else text for i in range(nref)]
    if kind == "marks":
        text = pick(rng, MARKS, rng.choice([1, 2, 5, 10, 18]), rng.choice([" ", " ", ""]))
        return shifted(rng, text), [shifted(rng, text) if i else text for i in range(nref)]
    if kind == "long":
        # A large vocabulary, so that the shifts are few and long, or a small one, so that they are many.
        words = [f"w{i}" for i in range(rng.choice([8, 40, 400]))]
        text = pick(rng, words, rng.choice([50, 80, 120]))
        return shifted(rng, shifted(rng, text)), [shifted(rng, text) if i else text for i in range(nref)]
    if kind == "unlike":
        lengths = rng.choice([(1, 60), (60, 1), (3, 160), (160, 3), (2, 130), (20, 90), (90, 20)])
        return pick(rng, WORDS, lengths[0]), [pick(rng, WORDS, lengths[1]) for _ in range(nref)]
    if kind == "few words":
        words = ["a", "b", "c"][: rng.randrange(1, 4)]
        return pick(rng, words, rng.randrange(1, 16)), [pick(rng, words, rng.randrange(1, 16)) for _ in range(nref)]
    if kind == "empty":
        texts = ["", " ", "\n", ".", "!?", "a", "a b", "\u3000", "。"]
        return rng.choice(texts), [rng.choice(texts) for _ in range(nref)]
    text = random_text(rng)
    return mutated(rng, text), [mutated(rng, text) if i else text for i in range(nref)]


KINDS = ["english", "chinese", "japanese and korean", "marks", "long", "unlike", "few words", "empty", "any"]


def case(rng, index):
    kind = KINDS[index % len(KINDS)]
    flags = rng.randrange(16)
    names = ["normalized", "no_punct", "asian_support", "case_sensitive"]
    options = {name: True for bit, name in enumerate(names) if flags >> bit & 1}
    nref = rng.choice([1, 1, 2, 3])
    if kind in ("long", "unlike"):
        nref = min(nref, 2)
    count = 1 if kind == "long" else rng.randrange(1, 4)
    pairs = [pair(rng, kind, nref) for _ in range(count)]
    hyps = [hyp for hyp, _ in pairs]
    refs = [[refs[i] for _, refs in pairs] for i in range(nref)]
    metric = TER(**options)
    score = metric.corpus_score(hyps, refs)
    statistics = metric._extract_corpus_statistics(hyps, refs)
    return {
        "options": options,
        "hyps": hyps,
        "refs": refs,
        "score": score.score,
        "edits": [edits for edits, _ in statistics],
        "lengths": [length for _, length in statistics],
        "sentences": [metric.sentence_score(hyp, refs).score for hyp, refs in pairs],
        "signature": str(metric.get_signature()),
    }


write_cases(case)
