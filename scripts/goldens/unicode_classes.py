"""Writes src/metrics/unicode-classes.ts: the Unicode classes of the `regex` module, which sacreBLEU's `intl` uses.

usage: python scripts/goldens/unicode_classes.py --out src/metrics/unicode-classes.ts
needs: regex (the file in the repository was made with 2026.11.15, Unicode 18)
"""

import argparse
from importlib.metadata import version

import regex

NAMES = {"punctuation": "P", "symbol": "S", "number": "N"}
DOCS = {
    "punctuation": "`\\p{P}`: dashes, brackets, quotes and other marks.",
    "symbol": "`\\p{S}`: mathematical, currency, modifier and other symbols.",
    "number": "`\\p{N}`: decimal digits, letter numbers and other numbers.",
}


def ranges(category):
    pattern = regex.compile(rf"\p{{{category}}}")
    found, start = [], None
    for code in range(0x110001):
        inside = code < 0x110000 and pattern.match(chr(code)) is not None
        if inside and start is None:
            start = code
        if not inside and start is not None:
            found.append(f"{start:x}" if start == code - 1 else f"{start:x}-{code - 1:x}")
            start = None
    return found


def lines(words, width=114):
    line = ""
    for word in words:
        if len(line) + len(word) + 1 > width:
            yield line
            line = ""
        line += word + " "
    yield line


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", required=True)
    out = parser.parse_args().out
    text = f"""/**
 * Unicode classes as Python's `regex` module {version("regex")} has them, for use inside a `[…]` of a regular expression with
 * the flag `u`. They are written down as `\\p{{…}}` means another Unicode version in every Node.
 *
 * Made by scripts/goldens/unicode_classes.py.
 */
"""
    for name, category in NAMES.items():
        body = "\n".join("  " + line.rstrip() for line in lines(ranges(category)))
        text += f"\n/** {DOCS[name]} */\nexport const {name} = classOf(`\n{body}\n`)\n"
    text += """
function classOf(ranges: string): string {
  return ranges.trim().replace(/[0-9a-f]+/g, '\\\\u{$&}').replace(/\\s+/g, '')
}
"""
    with open(out, "w", encoding="utf-8") as file:
        file.write(text)


main()
