"""E-mail by SMTP, over TLS or on this machine, one message to all recipients of the channel.

``smtps://HOST`` speaks TLS from the first byte; ``smtp://HOST`` asks for STARTTLS and goes without it only on the loopback
interface (a mail server on this machine). The server's certificate is verified. Nothing counts as sent before the server
is given the text; once it is, only its own answer tells (RFC 5321, 4.2.5).
"""

import contextlib
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from kiosk.channels.faults import reason_of
from kiosk.channels.lifeline import Lifeline
from kiosk.channels.robot import paced, shown
from kiosk.clock import Clock
from kiosk.config_service import Channel
from kiosk.desk.alerts.channel import Limits, Outcome, Outgoing, Verdict
from kiosk.desk.alerts.texts import cut, fit

if TYPE_CHECKING:
    import smtplib
    from email.message import EmailMessage

SUBJECT_BYTES = 200
TEXT_BYTES = 60_000
# No server's rule, but a person's patience.
_LIMITS = Limits(per_minute=20, burst=5)
_PORTS = {"smtp": 587, "smtps": 465}
# Of the recipients' answers: a reply code from this on is final (RFC 5321, 4.2.1).
_FINAL = 500


class _Refused(Exception):
    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.reason)
        self.outcome = outcome


class EmailChannel:
    """Sends mail through one server."""

    def __init__(self, channel: Channel, clock: Clock, timeout_s: float) -> None:
        self._channel, self._clock, self._timeout_s = channel, clock, timeout_s
        address = urlsplit(channel.url)
        self._tls_first = address.scheme == "smtps"
        self._host = address.hostname or ""
        self._port = address.port or _PORTS[address.scheme]
        self._lock = threading.Lock()
        self._lifeline: Lifeline | None = None

    @property
    def name(self) -> str:
        return self._channel.name

    @property
    def language(self) -> str:
        return self._channel.language

    @property
    def limits(self) -> Limits:
        return paced(self._channel, _LIMITS)

    def send(self, message: Outgoing) -> Outcome:
        import smtplib

        text = self._letter(message).as_bytes()
        given = False
        with self._conversation() as lifeline:
            try:
                with self._connected(lifeline) as server:
                    refused = self._address(server)
                    given = True
                    code, said = server.data(text)
            except _Refused as refusal:
                return refusal.outcome
            except smtplib.SMTPDataError as error:  # the server did not even want the text
                return _answered(error.smtp_code, _bytes(error.smtp_error))
            except (smtplib.SMTPException, OSError) as error:
                reason = "timeout" if lifeline.over else reason_of(error)
                if given:
                    return Outcome(Verdict.UNCERTAIN, reason, type(error).__name__)
                return Outcome(Verdict.REFUSED, reason, type(error).__name__, pause=True)
        outcome = _answered(code, said)
        if outcome.verdict is Verdict.DELIVERED and refused:
            return Outcome(Verdict.DELIVERED, "partly", f"{refused} of {len(self._channel.recipients)} recipients were refused")
        return outcome

    def interrupt(self) -> None:
        with self._lock:
            if self._lifeline is not None:
                self._lifeline.cut()

    def _letter(self, message: Outgoing) -> "EmailMessage":
        """The mail: headers are set by the library, which encodes them and refuses line breaks."""
        from email.message import EmailMessage
        from email.policy import SMTP
        from email.utils import format_datetime

        letter = EmailMessage(policy=SMTP)
        letter["From"] = self._channel.sender
        letter["To"] = ", ".join(self._channel.recipients)
        letter["Subject"] = cut(message.title, SUBJECT_BYTES)
        letter["Date"] = format_datetime(self._clock.now())
        # Of the delivery: a mail program that gets the same message twice shows it once.
        letter["Message-ID"] = f"<{message.id}@{self._channel.sender.rpartition('@')[2]}>"
        letter["Auto-Submitted"] = "auto-generated"  # RFC 3834: no absence notes, please
        letter.set_content(fit(message.title, message.lines, message.link or "", message.more, TEXT_BYTES) + "\n", cte="base64")
        return letter

    @contextlib.contextmanager
    def _connected(self, lifeline: Lifeline) -> Iterator["smtplib.SMTP"]:
        """A server that is ready for mail: greeted, encrypted, logged in."""
        import smtplib

        tls = ssl.create_default_context()
        # The name for the greeting: the library's own way asks the name server, which may stall.
        own = socket.gethostname()
        name = own if "." in own else "[127.0.0.1]"
        server = _connect(self._host, self._port, name, self._timeout_s, tls if self._tls_first else None, lifeline)
        try:
            server.ehlo_or_helo_if_needed()
            if not self._tls_first:
                self._encrypt(server, tls)
            if self._channel.user:
                self._log_in(server)
            yield server
            with contextlib.suppress(smtplib.SMTPException, OSError):  # politeness; the mail has its answer
                server.quit()
        finally:
            server.close()

    def _encrypt(self, server: "smtplib.SMTP", tls: ssl.SSLContext) -> None:
        if server.has_extn("starttls"):
            server.starttls(context=tls)
            server.ehlo()
        elif not _is_loopback(self._host):
            raise _Refused(Outcome(Verdict.DEAD, "no-tls", "the server offers no STARTTLS"))

    def _log_in(self, server: "smtplib.SMTP") -> None:
        import smtplib

        try:
            server.login(self._channel.user, self._channel.secret)
        except smtplib.SMTPAuthenticationError as error:
            verdict = Verdict.DEAD if error.smtp_code >= _FINAL else Verdict.REFUSED
            raise _Refused(Outcome(verdict, "login", str(error.smtp_code), pause=verdict is Verdict.REFUSED)) from None
        except smtplib.SMTPNotSupportedError:
            raise _Refused(Outcome(Verdict.DEAD, "login", "the server offers no log-in")) from None

    def _address(self, server: "smtplib.SMTP") -> int:
        """Name sender and recipients; returns how many of these were refused. Raises _Refused when all were."""
        code, said = server.mail(self._channel.sender)
        if code != 250:
            raise _Refused(_answered(code, said))
        answers = [server.rcpt(recipient) for recipient in self._channel.recipients]
        refused = [(code, said) for code, said in answers if code not in (250, 251)]
        if len(refused) == len(answers):
            # One that may work later keeps the message alive.
            raise _Refused(_answered(*min(refused)))
        return len(refused)

    @contextlib.contextmanager
    def _conversation(self) -> Iterator[Lifeline]:
        # A mail takes some ten exchanges; the time for one try is meant for each of them, within reason.
        with Lifeline(2 * self._timeout_s) as lifeline:
            with self._lock:
                self._lifeline = lifeline
            try:
                yield lifeline
            finally:
                with self._lock:
                    self._lifeline = None


def _connect(host: str, port: int, own_name: str, timeout_s: float, tls: ssl.SSLContext | None, lifeline: Lifeline) -> "smtplib.SMTP":
    """A server that has greeted us; *lifeline* holds the connection from its first byte."""
    import smtplib

    class Plain(smtplib.SMTP):
        def _get_socket(self, *arguments: Any) -> socket.socket:
            connection: socket.socket = super()._get_socket(*arguments)  # type: ignore[misc]
            lifeline.hold(connection)
            return connection

    class Secure(smtplib.SMTP_SSL):
        def _get_socket(self, *arguments: Any) -> socket.socket:
            connection: socket.socket = super()._get_socket(*arguments)  # type: ignore[misc]
            lifeline.hold(connection)
            return connection

    if tls is None:
        return Plain(host, port, own_name, timeout_s)
    return Secure(host, port, own_name, timeout=timeout_s, context=tls)


def _answered(code: int, said: bytes) -> Outcome:
    """What a reply code means (RFC 5321, 4.2.1: 2 done, 4 not now, 5 never)."""
    detail = f"{code} {shown(said)}".strip()
    if 200 <= code < 300:
        return Outcome(Verdict.DELIVERED)
    if code >= _FINAL:
        return Outcome(Verdict.DEAD, "rejected", detail)
    return Outcome(Verdict.REFUSED, "busy", detail)


def _bytes(said: bytes | str) -> bytes:
    return said if isinstance(said, bytes) else said.encode()


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
