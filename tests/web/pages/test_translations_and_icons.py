"""Every text has its Chinese, every icon its file, every reason its words."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from kiosk.devices.printer import PrinterFault
from kiosk.i18n import Message
from kiosk.web.pages.icons import icon
from kiosk.web.pages.words import REASONS, reason_words
from tools import messages

WEB = Path(messages.PACKAGE) / "web"


def test_every_text_of_the_product_is_translated() -> None:
    template = messages.extract(messages.PACKAGE)
    for path in messages.CATALOGUES.glob("*/LC_MESSAGES/messages.po"):
        assert list(messages.problems_of(messages.read(path), template)) == []


@pytest.mark.parametrize(
    ("translation", "problem"),
    [
        ("", "not translated"),
        ("%(nummer)s 号", "unknown named placeholder"),
    ],
)
def test_the_check_names_a_text_that_is_not_right(translation: str, problem: str) -> None:
    template, catalogue = Catalog(), Catalog(locale="zh")
    template.add("number %(number)s")
    catalogue.add("number %(number)s", translation)
    (found,) = messages.problems_of(catalogue, template)
    assert found.startswith(problem)


def test_the_check_names_missing_fuzzy_and_unused_texts() -> None:
    template, catalogue = Catalog(), Catalog(locale="zh")
    template.add("new")
    template.add("guessed")
    catalogue.add("guessed", "猜的", flags=["fuzzy"])
    catalogue.add("old", "旧的")
    assert list(messages.problems_of(catalogue, template)) == ["missing: 'new'", "fuzzy: 'guessed'", "not used any more: 'old'"]


def test_an_update_brings_new_texts_and_drops_old_ones_without_guessing(tmp_path: Path) -> None:
    path = tmp_path / "zh" / "LC_MESSAGES" / "messages.po"
    path.parent.mkdir(parents=True)
    path.write_text(
        'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "stays"\nmsgstr "留"\n\nmsgid "goes"\nmsgstr "走"\n'
    )
    template = Catalog()
    template.add("stays")
    template.add("stays too")
    messages.update(path, template)
    catalogue = messages.read(path)
    assert {str(message.id): message.string for message in catalogue if message.id} == {"stays": "留", "stays too": ""}
    assert not any(message.fuzzy for message in catalogue if message.id)


def test_every_icon_that_a_page_names_is_brought_by_the_build() -> None:
    listed = set((WEB / "icons.txt").read_text().split())
    named = set()
    for path in WEB.glob("templates/**/*.html"):
        for call in re.findall(r'icon\(("[^)]*|\{[^)]*)\)', path.read_text()):
            named |= {name for name in re.findall(r'"([a-z0-9-]+)"', call) if (WEB / f"static/vendor/icons/{name}.svg").exists()}
            assert not re.fullmatch(r'"[a-z0-9-]+"', call) or call.strip('"') in listed, f"{path.name}: {call}"
    assert named <= listed
    for name in listed:
        assert str(icon(name)).startswith("<svg")


def test_an_icon_takes_the_colour_of_its_text_and_is_silent_for_readers() -> None:
    drawn = str(icon("printer"))
    assert 'aria-hidden="true"' in drawn
    assert "width=" not in drawn.partition(">")[0]


@pytest.mark.parametrize("fault", list(PrinterFault))
def test_every_fault_that_a_printer_reports_has_words_and_a_remedy(fault: PrinterFault) -> None:
    assert fault.value in REASONS


def test_an_unknown_reason_still_says_what_to_do() -> None:
    text, remedy = reason_words("something-new")
    assert (text, bool(remedy.text)) == (Message("Out of order"), True)
