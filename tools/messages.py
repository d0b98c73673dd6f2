"""Keeps the message catalogues in step with the sources: ``tools/messages.py update`` and ``tools/messages.py check``.

`update` brings new texts into every catalogue (empty, for a translator), drops texts that no source has any more and
leaves the rest alone. `check` changes nothing and fails when a text is missing, untranslated, fuzzy, no longer used, or
translated with other ``%(placeholders)s`` than the original has.
"""

import argparse
import io
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "kiosk"
CATALOGUES = PACKAGE / "web" / "translations"
# Source language of all texts; it needs no catalogue.
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
OPTIONS: dict[str, dict[str, object]] = {"**/templates/**.html": {"silent": "false", "trimmed": "true"}}
KEYWORDS: dict[str, tuple[int, ...] | None] = {
    "_": None,
    "N_": None,
    "msg": (1,),
    "gettext": None,
    "ngettext": (1, 2),
    "lazy_gettext": None,
}
WIDTH = 120


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["update", "check"])
    command = parser.parse_args(arguments).command
    template = extract(PACKAGE)
    problems = 0
    for path in sorted(CATALOGUES.glob("*/LC_MESSAGES/messages.po")):
        if command == "update":
            update(path, template)
        for problem in problems_of(read(path), template):
            problems += command == "check"
            print(f"{path.relative_to(ROOT)}: {problem}", file=sys.stderr)
    if problems:
        print("Run `make messages`, translate what is empty, and remove the fuzzy marks that are right.", file=sys.stderr)
    return 1 if problems else 0


def extract(package: Path) -> Catalog:
    """Collect every marked text of *package*."""
    template = Catalog(charset="utf-8")
    found = extract_from_dir(
        package, method_map=METHODS, options_map=OPTIONS, keywords=KEYWORDS, comment_tags=("Translators:",), strip_comment_tags=True
    )
    for filename, _line, text, comments, context in found:
        # No line numbers: a catalogue changes when texts change, not when code moves.
        template.add(text, None, [(f"kiosk/{filename}", None)], auto_comments=comments, context=context)
    return template


def read(path: Path) -> Catalog:
    """Read one catalogue, named by its language's folder."""
    with path.open("rb") as file:
        return read_po(file, locale=path.parent.parent.name)


def update(path: Path, template: Catalog) -> None:
    """Bring *path* up to date with *template*; nothing is guessed and nothing unused is kept."""
    catalogue = read(path)
    catalogue.update(template, no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    buffer = io.BytesIO()
    write_po(buffer, catalogue, width=WIDTH, sort_output=True, omit_header=True, include_lineno=False)
    header = (
        'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
        f'"Language: {catalogue.locale_identifier}\\n"\n"Plural-Forms: {catalogue.plural_forms}\\n"\n\n'
    )
    path.write_bytes(header.encode() + buffer.getvalue())


def problems_of(catalogue: Catalog, template: Catalog) -> Iterator[str]:
    """Say in one line each what keeps *catalogue* from being complete and right."""
    for message in template:
        if not message.id:
            continue
        known = catalogue.get(message.id, message.context)
        name = _name(message)
        if known is None:
            yield f"missing: {name}"
        elif known.fuzzy:
            yield f"fuzzy: {name}"
        elif not _complete(known):
            yield f"not translated: {name}"
        else:
            yield from (f"{error}: {name}" for error in known.check(catalogue))
    for message in catalogue:
        if message.id and template.get(message.id, message.context) is None:
            yield f"not used any more: {_name(message)}"
    for message in catalogue.obsolete.values():
        yield f"not used any more: {_name(message)}"


def _complete(message: Message) -> bool:
    strings = message.string if isinstance(message.string, tuple | list) else (message.string,)
    return all(strings)


def _name(message: Message) -> str:
    text = message.id[0] if isinstance(message.id, tuple | list) else message.id
    return repr(str(text))


if __name__ == "__main__":
    sys.exit(main())
