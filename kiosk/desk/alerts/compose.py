"""Turns queued alerts into one message in a channel's language: a single one in full, many as a digest, most severe first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from kiosk.desk.alerts.channel import Item, Outgoing
from kiosk.desk.alerts.views import SEVERITIES
from kiosk.i18n import N_, Message, msg

Say = Callable[[Message, str], str]
"""A message in a language, outside of any request."""

SEVERITY_NAMES = {
    "low": N_("low"),
    "normal": N_("normal"),
    "high": N_("high"),
    "critical": N_("critical"),
}

_LIST = "/manage/alerts"


@dataclass(frozen=True, slots=True)
class Queued:
    """One alert as it lies in the outbox."""

    delivery: int
    topic: str
    severity: str
    title: Message
    lines: Sequence[Message]
    path: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Origin:
    """Where messages come from: *code* of the store (within ids), its names, the station, the address for links or ""."""

    code: str
    store: str
    store_en: str
    station: str
    base_url: str

    def store_in(self, language: str) -> str:
        return self.store_en if language == "en" and self.store_en else self.store

    def link(self, path: str | None) -> str | None:
        return self.base_url.rstrip("/") + path if self.base_url and path else None


def compose(queued: Sequence[Queued], origin: Origin, language: str, say: Say) -> Outgoing:
    """The message of *queued*, which are in order of severity."""

    def said(message: Message) -> str:
        return one_line(say(message, language))

    items = tuple(
        Item(
            entry.delivery,
            entry.topic,
            entry.severity,
            said(entry.title),
            tuple(said(line) for line in entry.lines),
            origin.link(entry.path),
            entry.at,
        )
        for entry in queued
    )
    first = queued[0]
    # Ids stand in headers, where a dot parts them from a time and only ASCII is sent.
    code = quote(origin.code, safe="").replace(".", "%2E")
    heads = tuple(said(msg("[%(severity)s] %(title)s", severity=Message(SEVERITY_NAMES[e.severity]), title=e.title)) for e in queued)
    if len(queued) == 1:
        title, lines, link, ident = heads[0], items[0].lines, items[0].link, f"{code}-{first.delivery}"
    else:
        worst = Message(SEVERITY_NAMES[max((entry.severity for entry in queued), key=SEVERITIES.index)])
        title = said(msg("%(count)s messages, the most severe one is %(severity)s", count=len(queued), severity=worst))
        # The same messages told together again make the same id.
        numbers = sorted(entry.delivery for entry in queued)
        lines, link, ident = heads, origin.link(_LIST), f"{code}-{numbers[0]}-{numbers[-1]}-{len(numbers)}"
    source = said(msg("%(store)s, %(station)s, %(at)s", store=origin.store_in(language), station=origin.station, at=first.at))
    # Of a digest the source goes first: its lines may be too many for the channel.
    lines = (*lines, source) if len(queued) == 1 else (source, *lines)
    more = one_line(say(Message(N_("... and %(count)s more")), language))
    return Outgoing(ident, max((e.severity for e in queued), key=SEVERITIES.index), title, lines, more, link, items)


def one_line(text: str) -> str:
    """*text* without line breaks and control characters: a line of it must not look like one of ours."""
    return " ".join("".join(char if char.isprintable() or char in "\u200d" else " " for char in text).split())
