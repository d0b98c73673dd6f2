"""Marks texts for translation below the web layer, which alone knows the reader's language.

English is the source language: a `Message` read without a translation is complete English.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for "mark, translate later"
    """Mark *text* for the message catalogue and return it unchanged."""
    return text


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence for a person, with named ``%(placeholders)s``, translated where it is shown."""

    text: str
    params: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.text % self.params if self.params else self.text


def msg(text: str, **params: object) -> Message:
    """Build a `Message`; the extractor reads *text* from calls of this name."""
    return Message(text, params)
