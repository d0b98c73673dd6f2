"""What makes a survey one that a screen can ask; every mistake is named by its field."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from kiosk.desk.feedback.errors import WrongSurvey
from kiosk.desk.feedback.views import Language, Reason, Survey, Texts
from kiosk.desk.plain_text import one_line, shortened
from kiosk.errors import FieldError
from kiosk.i18n import Message, msg

TEXT_LENGTH = 120
MOST_REASONS = 40
# Reasons on a screen: more than six are not read.
REASONS_SHOWN = 6
_MOST_SPANS = 6
_MOST_STATIONS = 50
# Addresses of pages and of the API beside those of the surveys.
_RESERVED = frozenset(("current", "new", "preview", "words"))
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
_SPAN = re.compile(r"([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)")


def checked(survey: Survey) -> Survey:
    """Return *survey* with its texts cleaned. Raises WrongSurvey that names each wrong field."""
    survey = _cleaned(survey)
    problems = list(_problems(survey))
    if problems:
        raise WrongSurvey(
            problems[0].message, msg("Correct the named fields and save again; screens keep asking the version before."), fields=problems
        )
    return survey


def _cleaned(survey: Survey) -> Survey:
    return Survey(
        slug=survey.slug,
        question=_clean(survey.question),
        thanks=_clean(survey.thanks),
        scale=survey.scale,
        reasons=[Reason(reason.id, _clean(reason.text), sorted(set(reason.ratings))) for reason in survey.reasons],
        hours=list(survey.hours),
        languages=list(dict.fromkeys(survey.languages)),
        stations=list(dict.fromkeys(survey.stations)),
        counters=survey.counters,
        comment=survey.comment,
        complaint=survey.complaint,
    )


def _clean(texts: Texts) -> Texts:
    return {language: text for language, given in texts.items() if (text := one_line(given))}


def _problems(survey: Survey) -> Iterator[FieldError]:
    if not _NAME.fullmatch(survey.slug):
        yield _wrong("slug", survey.slug, msg("The name has a-z, 0-9 and '-' only, at most 32 characters."))
    if survey.slug in _RESERVED:
        yield _wrong("slug", survey.slug, msg("This name is used by a page; choose another."))
    if not survey.languages:
        yield _wrong("languages", [], msg("Choose at least one language."))
    if any(language not in ("zh", "en") for language in survey.languages):
        yield _wrong("languages", survey.languages, msg("Languages are zh and en."))
    yield from _texts("question", survey.question, survey.languages, required=True)
    yield from _texts("thanks", survey.thanks, survey.languages, required=False)
    yield from _reasons(survey)
    if len(survey.hours) > _MOST_SPANS:
        yield _wrong("hours", len(survey.hours), msg("At most %(limit)s spans of hours are possible.", limit=_MOST_SPANS))
    for number, span in enumerate(survey.hours):
        begin, _, end = span.partition("-")
        if not _SPAN.fullmatch(span) or begin == end:
            yield _wrong(f"hours[{number}]", span, msg("Hours are written like 08:00-22:00."))
    if len(survey.stations) > _MOST_STATIONS:
        yield _wrong("stations", len(survey.stations), msg("At most %(limit)s stations can be named.", limit=_MOST_STATIONS))
    for number, station in enumerate(survey.stations):
        if not _NAME.fullmatch(station):
            yield _wrong(f"stations[{number}]", station, msg("Stations are named as in their configuration: a-z, 0-9 and '-'."))


def _texts(field: str, texts: Texts, languages: Sequence[Language], *, required: bool) -> Iterator[FieldError]:
    # A text in one language alone would leave the screen of the other empty.
    if required or any(texts.values()):
        for language in languages:
            if not texts.get(language):
                yield _wrong(f"{field}.{language}", "", msg("The text in each language must not be empty: %(field)s.", field=field))
    for language, text in texts.items():
        if len(text) > TEXT_LENGTH:
            said = msg(
                "A text has at most %(limit)s characters; %(field)s has %(length)s.", limit=TEXT_LENGTH, field=field, length=len(text)
            )
            yield _wrong(f"{field}.{language}", shortened(text), said)


def _reasons(survey: Survey) -> Iterator[FieldError]:
    if len(survey.reasons) > MOST_REASONS:
        yield _wrong("reasons", len(survey.reasons), msg("At most %(limit)s reasons are possible.", limit=MOST_REASONS))
    seen: set[str] = set()
    shown: Counter[int] = Counter()
    for number, reason in enumerate(survey.reasons):
        field = f"reasons[{number}]"
        if not _NAME.fullmatch(reason.id):
            yield _wrong(f"{field}.id", reason.id, msg("The name has a-z, 0-9 and '-' only, at most 32 characters."))
        if reason.id in seen:
            yield _wrong(f"{field}.id", reason.id, msg("Two reasons have the same name: %(name)s.", name=reason.id))
        seen.add(reason.id)
        yield from _texts(f"{field}.text", reason.text, survey.languages, required=True)
        if not reason.ratings:
            yield _wrong(f"{field}.ratings", [], msg("Say for which ratings the reason is offered: %(name)s.", name=reason.id))
        if any(not 1 <= rating <= survey.scale.steps for rating in reason.ratings):
            said = msg("Ratings of this scale run from 1 to %(steps)s.", steps=survey.scale.steps)
            yield _wrong(f"{field}.ratings", reason.ratings, said)
        shown.update(reason.ratings)
    for rating, count in sorted(shown.items()):
        if count > REASONS_SHOWN:
            said = msg(
                "Rating %(rating)s would offer %(count)s reasons; at most %(limit)s are shown.",
                rating=rating,
                count=count,
                limit=REASONS_SHOWN,
            )
            yield _wrong("reasons", count, said)


def _wrong(field: str, value: object, said: Message) -> FieldError:
    return FieldError(field, value, said)
