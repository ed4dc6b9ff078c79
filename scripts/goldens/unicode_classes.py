"""Writes src/metrics/text/unicode-classes.ts: the Unicode classes of the `regex` module, which sacreBLEU's `intl` uses, and
those by which CPython's `str.lower` tells a final sigma.

usage: python scripts/goldens/unicode_classes.py --out src/metrics/text/unicode-classes.ts
needs: regex (the file in the repository was made with 2026.11.15, Unicode 18, on CPython 3.11, Unicode 14)
"""

import argparse
import platform
from importlib.metadata import version

import regex

def in_class(category):
    pattern = regex.compile(rf"\p{{{category}}}")
    return lambda character: pattern.match(character) is not None


def is_cased(character):
    return ("AΣ" + character).lower()[1] == "σ"


def is_case_ignorable(character):
    return not is_cased(character) and ("AΣ" + character + "A").lower()[1] == "σ"


CLASSES = {
    "punctuation": (in_class("P"), "`\p{P}` of `regex`: dashes, brackets, quotes and other marks."),
    "symbol": (in_class("S"), "`\p{S}` of `regex`: mathematical, currency, modifier and other symbols."),
    "number": (in_class("N"), "`\p{N}` of `regex`: decimal digits, letter numbers and other numbers."),
    "cased": (is_cased, "Letters of CPython that have a case and are not in `caseIgnorable`."),
    "caseIgnorable": (is_case_ignorable, "Characters of CPython that stand between cased letters without parting them."),
}


def ranges(belongs):
    found, start = [], None
    for code in range(0x110001):
        inside = code < 0x110000 and not 0xD800 <= code < 0xE000 and belongs(chr(code))
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
 * Unicode classes as Python's `regex` module {version("regex")} and CPython {platform.python_version()} have them, for use inside a `[…]`
 * of a regular expression with the flag `u`. They are written down as `\\p{{…}}` means another Unicode version in every
 * Node.
 *
 * Made by scripts/goldens/unicode_classes.py.
 */
"""
    for name, (belongs, description) in CLASSES.items():
        body = "\n".join("  " + line.rstrip() for line in lines(ranges(belongs)))
        text += f"\n/** {description} */\nexport const {name} = classOf(`\n{body}\n`)\n"
    text += """
function classOf(ranges: string): string {
  return ranges.trim().replace(/[0-9a-f]+/g, '\\\\u{$&}').replace(/\\s+/g, '')
}
"""
    with open(out, "w", encoding="utf-8") as file:
        file.write(text)


main()
