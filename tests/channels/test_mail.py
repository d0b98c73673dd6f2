"""Mail through a real SMTP server on the loopback interface, and through servers that refuse, stall and break off."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from kiosk.desk.alerts.channel import Channel, Outcome, Verdict
from tests.channels.channel_world import channel, message
from tests.fakes.clock import FakeClock

TO = ["duty@store.example", "manager@store.example"]


class Mailbox:
    """A mail server's handler: keeps what it takes, answers what a test says."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.raw: list[bytes] = []
        self.answers: dict[str, str] = {}  # by command: "MAIL", "DATA", or a recipient
        self.encrypted: list[bool] = []

    async def handle_MAIL(  # noqa: N802 - the library's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return self.answers.get("MAIL", "250 OK")

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        answer = self.answers.get(address, "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        answer = self.answers.get("DATA", "250 OK")
        if answer.startswith("250"):
            assert isinstance(envelope.content, bytes)
            self.raw.append(envelope.content)
            mail = message_from_bytes(envelope.content, policy=policy.default)
            assert isinstance(mail, EmailMessage)
            self.mails.append(mail)
            self.encrypted.append(server.transport.get_extra_info("ssl_object") is not None)
        return answer


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def serve(mailbox: Mailbox) -> Iterator[Callable[..., Controller]]:
    """Start a mail server; options as aiosmtpd has them."""
    started: list[Controller] = []

    def start(**options: Any) -> Controller:
        controller = Controller(mailbox, hostname="127.0.0.1", port=_free_port(), **options)
        controller.start()
        started.append(controller)
        return controller

    yield start
    for controller in started:
        controller.stop()


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A server's certificate for 127.0.0.1 that this process trusts, as it would the store's own authority."""
    certificate, key = tmp_path / "server.pem", tmp_path / "server.key"
    _make_certificate(certificate, key)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    return context


def mail(controller: Controller, clock: FakeClock, scheme: str = "smtp", **more: Any) -> Channel:
    url = f"{scheme}://127.0.0.1:{controller.port}"
    return channel("email", url, clock, **{"sender": "kiosk@store.example", "recipients": TO, **more})


def test_a_mail_says_everything_and_cannot_be_made_to_say_more(
    serve: Callable[..., Controller], mailbox: Mailbox, clock: FakeClock
) -> None:
    outcome = mail(serve(), clock).send(message("[high] 收到投诉 K1", "Department: 生鲜"))
    assert outcome == Outcome(Verdict.DELIVERED)
    (letter,) = mailbox.mails
    assert letter["Subject"] == "[high] 收到投诉 K1"
    assert letter["Message-ID"] == "<S001-7@store.example>"
    assert letter["Date"].datetime == clock.now()
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter.get_content().splitlines()[:3] == ["[high] 收到投诉 K1", "Department: 生鲜", "http://desk/desk/cases/1"]
    assert all(len(line) <= 998 for line in mailbox.raw[0].split(b"\r\n"))


def test_a_line_break_in_a_title_makes_no_header(serve: Callable[..., Controller], mailbox: Mailbox, clock: FakeClock) -> None:
    with pytest.raises(ValueError, match=r"[Hh]eader"):  # what composes messages lets none through; the library insists
        mail(serve(), clock).send(message("x\r\nBcc: everybody@example.com"))
    assert mailbox.mails == []


def test_over_tls_from_the_first_byte(
    serve: Callable[..., Controller], mailbox: Mailbox, clock: FakeClock, trusted: ssl.SSLContext
) -> None:
    assert mail(serve(ssl_context=trusted), clock, "smtps").send(message()).verdict is Verdict.DELIVERED
    assert mailbox.encrypted == [True]


def test_by_starttls_with_a_log_in(serve: Callable[..., Controller], mailbox: Mailbox, clock: FakeClock, trusted: ssl.SSLContext) -> None:
    def check(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: object) -> AuthResult:
        assert isinstance(data, LoginPassword)
        return AuthResult(success=(data.login, data.password) == (b"kiosk", b"pass"), handled=False)

    server = serve(tls_context=trusted, require_starttls=True, authenticator=check, auth_required=True)
    assert mail(server, clock, user="kiosk", secret="pass").send(message()).verdict is Verdict.DELIVERED
    assert mailbox.encrypted == [True]
    refused = mail(server, clock, user="kiosk", secret="wrong").send(message())
    assert (refused.verdict, refused.reason) == (Verdict.DEAD, "login")


def test_an_unknown_certificate_gets_no_mail(
    serve: Callable[..., Controller], mailbox: Mailbox, clock: FakeClock, trusted: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(ssl_context=trusted)
    monkeypatch.delenv("SSL_CERT_FILE")
    outcome = mail(server, clock, "smtps").send(message())
    assert (outcome.verdict, outcome.reason) == (Verdict.REFUSED, "certificate")
    assert mailbox.mails == []


@pytest.mark.parametrize(
    ("answers", "verdict", "reason"),
    [
        ({"DATA": "451 try later"}, Verdict.REFUSED, "busy"),
        ({"DATA": "554 spam"}, Verdict.DEAD, "rejected"),
        ({"MAIL": "421 busy"}, Verdict.REFUSED, "busy"),
        ({TO[0]: "550 unknown", TO[1]: "450 greylisted"}, Verdict.REFUSED, "busy"),
        ({TO[0]: "550 unknown", TO[1]: "550 unknown"}, Verdict.DEAD, "rejected"),
        ({TO[0]: "550 unknown"}, Verdict.DELIVERED, "partly"),
    ],
)
def test_what_the_server_says_counts(
    serve: Callable[..., Controller], mailbox: Mailbox, clock: FakeClock, answers: dict[str, str], verdict: Verdict, reason: str
) -> None:
    mailbox.answers = answers
    outcome = mail(serve(), clock).send(message())
    assert (outcome.verdict, outcome.reason) == (verdict, reason)


class Script:
    """A mail server that says line after line, one for each line that it reads, and then hangs or breaks off."""

    def __init__(self, *lines: str, hang: bool = False, reads_on: bool = True) -> None:
        self._lines, self._hang, self._reads_on = lines, hang, reads_on
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._over = threading.Event()
        self.hanging = threading.Event()
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> "Script":
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        connection, _address = self._listener.accept()
        with connection, connection.makefile("rb") as reader:
            for number, line in enumerate(self._lines):
                if number:
                    reader.readline()
                connection.sendall(f"{line}\r\n".encode())
            if self._hang:
                self.hanging.set()
                self._over.wait(10)
            while self._reads_on and not self._hang and reader.readline() not in (b".\r\n", b""):
                pass


GREETED = ("220 here", "250 hello", "250 sender", "250 first", "250 second")


def through(script: Script, clock: FakeClock, timeout_s: float = 5.0) -> Outcome:
    settings: dict[str, Any] = {"sender": "kiosk@store.example", "recipients": TO, "timeout_s": timeout_s}
    return channel("email", f"smtp://127.0.0.1:{script.port}", clock, **settings).send(message())


def test_a_server_that_breaks_off_before_the_text_was_sent_nothing(clock: FakeClock) -> None:
    with Script("220 here", reads_on=False) as script:
        assert through(script, clock).verdict is Verdict.REFUSED


def test_a_server_that_breaks_off_after_the_text_leaves_a_question(clock: FakeClock) -> None:
    with Script(*GREETED, "354 go on") as script:
        assert through(script, clock).verdict is Verdict.UNCERTAIN


@pytest.mark.parametrize(("lines", "verdict"), [((), Verdict.REFUSED), ((*GREETED, "354 go on"), Verdict.UNCERTAIN)])
def test_a_server_that_hangs_is_left_after_the_time_for_a_try(clock: FakeClock, lines: tuple[str, ...], verdict: Verdict) -> None:
    with Script(*lines, hang=True) as script:
        outcome = through(script, clock, timeout_s=0.2)
    assert (outcome.verdict, outcome.reason) == (verdict, "timeout")


def test_a_stop_ends_a_try_at_once_though_the_server_stalls(clock: FakeClock) -> None:
    with Script(hang=True) as script:
        settings: dict[str, Any] = {"sender": "kiosk@store.example", "recipients": TO, "timeout_s": 60}
        mailer = channel("email", f"smtp://127.0.0.1:{script.port}", clock, **settings)
        found: list[Outcome] = []
        thread = threading.Thread(target=lambda: found.append(mailer.send(message())))
        thread.start()
        assert script.hanging.wait(5)
        mailer.interrupt()
        thread.join(1.0)
        assert not thread.is_alive()
    assert found[0].verdict is Verdict.REFUSED


def test_a_server_elsewhere_without_tls_gets_nothing(clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that only looks foreign: it leads here."""
    monkeypatch.setattr(socket, "getaddrinfo", _all_here(socket.getaddrinfo))
    with Script("220 here", "250 hello") as script:
        settings: dict[str, Any] = {"sender": "kiosk@store.example", "recipients": TO}
        outcome = channel("email", f"smtp://mail.example:{script.port}", clock, **settings).send(message())
    assert (outcome.verdict, outcome.reason) == (Verdict.DEAD, "no-tls")


def _all_here(original: Callable[..., Any]) -> Callable[..., Any]:
    return lambda _host, port, *more, **others: original("127.0.0.1", port, *more, **others)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def _make_certificate(certificate: Path, key: Path) -> None:
    import ipaddress

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    import datetime

    now = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(private, hashes.SHA256())
    )
    certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    key.write_bytes(private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
