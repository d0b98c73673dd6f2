"""What a shopper agrees to before leaving a contact: the text, its version, and a record of every text that was shown."""

import hashlib
import logging

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from kiosk.clock import Clock
from kiosk.config_service import Privacy
from kiosk.db.upsert import insert_if_missing
from kiosk.desk.contacts.models import ConsentText

log = logging.getLogger(__name__)

# Named by privacy.consent_version; whoever changes one gives it another version. %(days)s is privacy.contact_days.
_TEXTS = {
    "zh": (
        "您留下的姓名和联系方式仅用于答复您本次的意见，加密保存，只有经办人员可以查看，办结 %(days)s 天后删除。"
        "您可以随时要求查阅或删除。未满 14 周岁请由监护人填写。"
    ),
    "en": (
        "Your name and contact serve to answer you about this, and for nothing else. They are kept encrypted, are seen only by the "
        "staff who deal with it, and are deleted %(days)s days after it is closed. You may ask to see or delete them at any time. "
        "Under 14, please let a parent or guardian fill this in."
    ),
}
LANGUAGES = tuple(_TEXTS)


class Consent(msgspec.Struct, frozen=True):
    """The text to show, and the version to send with the contact."""

    version: str
    language: str
    text: str


def consent(privacy: Privacy, language: str) -> Consent:
    """The text in *language*, English for one that there is none in."""
    language = language if language in _TEXTS else "en"
    own = {"zh": privacy.consent_zh, "en": privacy.consent_en}[language]
    return Consent(privacy.consent_version, language, own or _TEXTS[language] % {"days": privacy.contact_days})


def record_texts(session: Session, privacy: Privacy, clock: Clock) -> list[str]:
    """Keep the texts that are shown from now on, for as long as their version is named anywhere.

    Returns the languages in which this version has had another text before: what the version then stands for is doubtful.
    """
    doubtful = []
    for language in LANGUAGES:
        shown = consent(privacy, language)
        digest = hashlib.sha256(shown.text.encode()).hexdigest()
        insert_if_missing(
            session, ConsentText, version=shown.version, language=language, digest=digest, text=shown.text, first_shown_at=clock.now()
        )
        under = (ConsentText.version == shown.version, ConsentText.language == language)
        if len(session.scalars(select(ConsentText.digest).where(*under)).all()) > 1:
            doubtful.append(language)
            log.warning(
                "privacy.consent_version: version %s had another text in %s before; give the new text a new version",
                shown.version,
                language,
            )
    return doubtful
