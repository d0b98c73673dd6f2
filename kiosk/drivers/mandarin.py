"""Chinese text as tone-numbered pinyin, for speech engines that cannot read characters; a program of its own as well."""

import re
import sys


def to_pinyin(text: str) -> str:
    """*text* with its characters as tone-numbered pinyin; letters, digits and syllables stand apart, pauses stay."""
    from pypinyin import Style, lazy_pinyin

    parts: list[str] = []
    for part in lazy_pinyin(text, style=Style.TONE3, neutral_tone_with_five=True):
        # One syllable, or everything between two characters: punctuation, digits, letters.
        parts += re.findall(r"[a-zü]+[1-5]|[A-Za-z]|\d+|[^\sA-Za-z\d]+", part)
    joined = " ".join(parts)
    return re.sub(r"\s+([,.!?;:，。！？；：、])", r"\1", joined)


if __name__ == "__main__":
    sys.stdout.buffer.write(to_pinyin(sys.stdin.buffer.read().decode("utf-8")).encode("utf-8"))
