"""A person at the desk without a browser: opens pages, reads them, and sends their forms with what the server put in."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlsplit

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

_VOID = frozenset({"input", "meta", "link", "br", "img", "hr"})


@dataclass
class Form:
    """One form as it stands in the page; *fields* are its hidden ones."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class Page(HTMLParser):
    """What a person sees of an answer: its words, its forms, its links, the language that it claims."""

    def __init__(self, response: TestResponse) -> None:
        super().__init__()
        self.status = response.status_code
        self.location = response.headers.get("Location", "")
        self.headers = response.headers
        self.html = response.get_data(as_text=True)
        self.forms: list[Form] = []
        self.links: list[str] = []
        self.icons = 0
        self.attributes: list[tuple[str, str, str]] = []
        self._words: list[str] = []
        self._open: list[str] = []
        self.language = ""
        self.feed(self.html)
        self.close()

    @property
    def text(self) -> str:
        """All words of the page, with single spaces."""
        return " ".join(" ".join(self._words).split())

    def form(self, ending: str) -> Form:
        """The form whose action ends with *ending*."""
        found = [form for form in self.forms if urlsplit(form.action).path.endswith(ending)]
        assert found, f"no form for {ending}; there are {[form.action for form in self.forms]}"
        return found[0]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.attributes += [(tag, name, value) for name, value in values.items()]
        if tag == "html":
            self.language = values.get("lang", "")
        if tag == "a":
            self.links.append(values.get("href", ""))
        if tag == "svg":
            self.icons += 1
        if tag == "form":
            self.forms.append(Form(values.get("action", ""), values.get("method", "get")))
        if tag == "input" and values.get("type") == "hidden" and self.forms:
            self.forms[-1].fields[values["name"]] = values.get("value", "")
        if tag == "button" and "name" in values and self.forms:
            self.forms[-1].buttons.append((values["name"], values.get("value", "")))
        if tag not in _VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            continue

    def handle_data(self, data: str) -> None:
        if not {"script", "style", "title"} & set(self._open):
            self._words.append(data)


class Visitor:
    """Somebody in front of a screen; *language* as they chose it."""

    def __init__(self, client: FlaskClient, language: str = "en") -> None:
        self.client = client
        self.speak(language)

    def speak(self, language: str) -> None:
        self.client.set_cookie("lang", language)

    def open(self, path: str, **headers: str) -> Page:
        return Page(self.client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()}))

    def follow(self, page: Page) -> Page:
        """Open where *page* leads to."""
        assert page.status == 303, f"no redirect but {page.status}: {page.text}"
        return self.open(page.location)

    def send(self, form: Form, **values: str) -> Page:
        """Send *form* with its hidden fields and *values*."""
        return Page(self.client.post(form.action, data=form.fields | values))

    def fill(self, path: str, ending: str, **values: str) -> Page:
        """Open *path* and send its form for *ending*."""
        return self.send(self.open(path).form(ending), **values)
