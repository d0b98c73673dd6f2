"""The survey editor's form and the survey that it stands for, there and back; what is wrong is the survey service's to say."""

from collections.abc import Mapping
from typing import Literal

from werkzeug.datastructures import MultiDict

from kiosk.desk.feedback.views import Reason, Scale, Survey
from kiosk.errors import FieldError, Invalid
from kiosk.i18n import msg

# Rows for new reasons that the form offers below the ones that there are.
NEW_ROWS = 3
# Rows that a form may have; a survey has at most forty reasons.
_MOST_ROWS = 60
_LANGUAGES: tuple[Literal["zh", "en"], ...] = ("zh", "en")


def survey_of(form: MultiDict[str, str], slug: str) -> Survey:
    """The survey that *form* describes. Raises Invalid for a scale that does not exist; the rest is checked at saving."""
    try:
        scale = Scale(form.get("scale", ""))
    except ValueError as error:
        said = msg("Choose how the survey asks.")
        raise Invalid(said, fields=[FieldError("scale", form.get("scale"), said)]) from error
    return Survey(
        slug=slug,
        question=_texts(form, "question"),
        thanks=_texts(form, "thanks"),
        scale=scale,
        reasons=_reasons(form, scale),
        hours=_words(form.get("hours", "")),
        languages=[code for code in _LANGUAGES if form.get(f"language-{code}")],
        stations=_words(form.get("stations", "")),
        counters=bool(form.get("counters")),
        comment=bool(form.get("comment")),
        complaint=bool(form.get("complaint")),
    )


def _reasons(form: Mapping[str, str], scale: Scale) -> list[Reason]:
    reasons: list[Reason] = []
    taken = {form.get(f"reason-{row}-id", "") for row in range(_MOST_ROWS)}
    for row in range(_MOST_ROWS):
        texts = _texts(form, f"reason-{row}")
        if not texts:
            continue  # an emptied row is a reason taken out: old presses keep theirs in their version
        name = form.get(f"reason-{row}-id", "") or _new_id(taken)
        taken.add(name)
        reasons.append(Reason(name, texts, [step for step in range(1, scale.steps + 1) if form.get(f"reason-{row}-{step}")]))
    return reasons


def _new_id(taken: set[str]) -> str:
    return next(name for number in range(1, 1000) if (name := f"reason-{number}") not in taken)


def _texts(form: Mapping[str, str], name: str) -> dict[Literal["zh", "en"], str]:
    return {code: text for code in _LANGUAGES if (text := form.get(f"{name}-{code}", "").strip())}


def _words(text: str) -> list[str]:
    return text.replace(",", " ").replace("，", " ").split()
