"""Writes the dictionary of the on-screen keyboard: Chinese words by the first letters of their syllables.

Words and how often they are used come from jieba's dictionary (a data file; none of its code runs), readings from
pypinyin, and what shoppers write about a store from tools/shop_words.txt. The same input gives the same bytes.

Usage: pinyin_words.py FOLDER     writes words.txt and the licences of its sources there

A line holds all words whose syllables begin with the same letters, grouped by reading; a character after each word
says how common it is, from 0 to Z on a logarithmic scale::

    th tai'hu太湖Gtui'huo退货Z退伙9
"""

import math
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from importlib.metadata import distribution
from pathlib import Path

SHOP_WORDS = Path(__file__).with_name("shop_words.txt")

# How often a word must stand in jieba's corpus (60 million words of news and novels) to be offered.
_MIN_COUNT = 80
# Names of people are many and rarely meant; the corpus also tags some everyday words so, the frequent ones.
_MIN_COUNT_OF_NAMES = 500
_NAMES = ("nr", "nrt", "nrfg")
_LENGTHS = range(2, 5)
# A shop word counts as one of the corpus's most frequent, less its place in the list.
_SHOP_COUNT = 60_000
_LEVELS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SYLLABLE = re.compile(r"[a-z]{1,6}")
# The library's spellings of interjections that nobody types.
_SPELLING = {"n": "en", "ng": "en", "m": "mu", "hm": "hen", "hng": "heng", "ê": "ei"}

Entry = tuple[str, tuple[str, ...], float]


def main(folder: Path) -> int:
    """Write the dictionary into *folder*; returns the number of words."""
    entries = collect(corpus(), shop_words(SHOP_WORDS.read_text(encoding="utf-8")))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "words.txt").write_text("".join(lines(entries)), encoding="utf-8", newline="\n")
    for name in ("jieba", "pypinyin"):
        (folder / f"LICENSE.{name}").write_text(_licence(name), encoding="utf-8", newline="\n")
    return len(entries)


def corpus() -> Iterator[tuple[str, int, str]]:
    """Word, count and tag of each entry of jieba's dictionary."""
    path = Path(str(distribution("jieba").locate_file("jieba/dict.txt")))
    with path.open(encoding="utf-8") as file:
        for line in file:
            word, count, tag = line.split(" ")
            yield word, int(count), tag.strip()


def shop_words(text: str) -> Iterator[tuple[str, tuple[str, ...] | None]]:
    """Words of *text* in order, each with its reading where one is given."""
    for line in text.splitlines():
        parts = line.partition("#")[0].split()
        if parts:
            yield parts[0], tuple(parts[1:]) or None


def collect(words: Iterable[tuple[str, int, str]], own: Iterable[tuple[str, tuple[str, ...] | None]]) -> list[Entry]:
    """Every word and character that is offered, with its reading and count."""
    from pypinyin import Style, lazy_pinyin, pinyin

    counts: dict[str, float] = {}
    characters: dict[str, float] = {}
    for word, count, tag in words:
        if len(word) == 1 and _is_common(word):
            characters[word] = count
        elif len(word) in _LENGTHS and count >= (_MIN_COUNT_OF_NAMES if tag in _NAMES else _MIN_COUNT) and all(map(_is_common, word)):
            counts[word] = count
    given: dict[str, tuple[str, ...]] = {}
    for place, (word, reading) in enumerate(own):
        if len(word) > 1:
            counts[word] = max(counts.get(word, 0), _SHOP_COUNT - place)
        if reading is not None:
            given[word] = reading
    entries: list[Entry] = []
    heard: dict[str, Counter[str]] = defaultdict(Counter)
    for word, count in counts.items():
        reading = given.get(word) or tuple(_spelt(syllable) for syllable in lazy_pinyin(word))
        if len(reading) != len(word) or not all(map(_SYLLABLE.fullmatch, reading)):
            continue
        entries.append((word, reading, count))
        for character, syllable in zip(word, reading, strict=True):
            heard[character][syllable] += int(count)
    for character in map(chr, range(0x4E00, 0xA000)):
        if not _is_common(character):
            continue
        readings = dict.fromkeys(_spelt(one) for one in pinyin(character, style=Style.NORMAL, heteronym=True)[0])
        total = sum(heard[character][one] for one in readings)
        for place, reading_ in enumerate(one for one in readings if _SYLLABLE.fullmatch(one)):
            # A reading that no word has is one of old books; a character without words has its first one.
            share = heard[character][reading_] / total if total else float(place == 0)
            if share:
                entries.append((character, (reading_,), characters.get(character, 0) * share))
    return entries


def lines(entries: Iterable[Entry]) -> Iterator[str]:
    """The dictionary's lines, sorted; within a reading the most common word is first."""
    by_letters: dict[str, dict[tuple[str, ...], list[Entry]]] = defaultdict(lambda: defaultdict(list))
    most = 1.0
    for entry in entries:
        by_letters["".join(syllable[0] for syllable in entry[1])][entry[1]].append(entry)
        most = max(most, entry[2])
    for letters in sorted(by_letters):
        groups = by_letters[letters]
        yield letters + " "
        for reading in sorted(groups):
            yield "'".join(reading)
            yield from (word + _level(count, most) for word, _, count in sorted(groups[reading], key=lambda entry: (-entry[2], entry[0])))
        yield "\n"


def _level(count: float, most: float) -> str:
    return _LEVELS[round(math.log1p(count) / math.log1p(most) * (len(_LEVELS) - 1))]


def _is_common(character: str) -> bool:
    """Whether *character* is one of the 6,763 of GB 2312, which every Chinese font has."""
    if not "\u4e00" <= character <= "\u9fff":
        return False
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def _spelt(syllable: str) -> str:
    return _SPELLING.get(syllable, syllable.replace("ü", "v"))


def _licence(name: str) -> str:
    """The licence of the package *name*, whose data is passed on."""
    files = distribution(name).files or []
    for file in files:
        if file.name.upper().startswith(("LICENSE", "LICENCE")):
            return file.read_text()
    about = distribution(name).metadata
    return f"{name} {about['Version']}, {about['Author']}: {about['License']} licence (the package has no file of it)\n"


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: pinyin_words.py FOLDER")
    main(Path(sys.argv[1]))
