"""What a shopper agrees to has a version, and every text that was ever shown under it stays on record."""

import msgspec
import pytest
from sqlalchemy import select

from kiosk.config import Settings
from kiosk.config_service import Privacy
from kiosk.desk.contacts import ContactVault
from kiosk.desk.contacts.models import ConsentText
from kiosk.desk.contacts.privacy import PrivacyService
from tests.desk.contacts.contact_world import ContactWorld


def prepared(world: ContactWorld, privacy: Privacy) -> PrivacyService:
    """A start under these settings."""
    settings = msgspec.structs.replace(Settings(), privacy=privacy)
    vault = ContactVault(settings, world.clock, world.audit, world.key_file)
    service = PrivacyService(settings, world.clock, world.audit, vault)
    world.write(service.prepare)
    return service


def test_the_products_own_text_comes_in_both_languages_and_names_the_term(desk: ContactWorld) -> None:
    chinese, english = desk.vault.consent("zh"), desk.vault.consent("en")
    assert (chinese.version, english.version) == ("2026-1", "2026-1")
    assert "90 天" in chinese.text
    assert "90 days" in english.text
    assert desk.vault.consent("fr") == english


def test_a_stores_own_text_takes_its_place(desk: ContactWorld) -> None:
    privacy = Privacy(consent_version="own-3", consent_zh="本店自己的说明")
    vault = ContactVault(msgspec.structs.replace(Settings(), privacy=privacy), desk.clock, desk.audit, desk.key_file)
    assert (vault.consent("zh").text, vault.consent("zh").version) == ("本店自己的说明", "own-3")
    assert "90 days" in vault.consent("en").text


def test_each_text_that_was_shown_is_kept_once(world: ContactWorld) -> None:
    for privacy in (Privacy(), Privacy(), Privacy(consent_version="2", consent_en="Other words")):
        prepared(world, privacy)
    rows = world.read(lambda session: session.scalars(select(ConsentText).order_by(ConsentText.id)).all())
    assert [(row.version, row.language) for row in rows] == [("2026-1", "zh"), ("2026-1", "en"), ("2", "zh"), ("2", "en")]
    assert rows[3].text == "Other words"


def test_a_text_changed_without_a_new_version_is_said(world: ContactWorld, caplog: pytest.LogCaptureFixture) -> None:
    assert not world.read(prepared(world, Privacy()).state).doubtful_consent
    service = prepared(world, Privacy(consent_en="Other words"))
    assert world.read(service.state).doubtful_consent
    assert "version 2026-1 had another text in en before; give the new text a new version" in caplog.text


def test_the_state_says_what_is_kept_and_by_which_keys(world: ContactWorld) -> None:
    service = prepared(world, Privacy())
    world.store()
    state = world.read(service.state)
    assert (state.problem, state.contacts, state.key_file) == ("", 1, str(world.key_file))
    assert [(key.current, key.in_file, key.contacts) for key in state.keys] == [(True, True, 1)]
    world.key_file.chmod(0o644)
    service = PrivacyService(world.settings, world.clock, world.audit, world.restarted())
    assert "open to other users" in world.read(service.state).problem
