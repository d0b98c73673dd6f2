"""Stable words for what breaks on the way to a receiver; never an error's own text, which may repeat a secret address."""

import socket
import ssl

# The first that is found anywhere among an error's causes: libraries wrap what happened, some several times.
FAULTS: tuple[tuple[type[BaseException], str], ...] = (
    (socket.gaierror, "unknown-host"),
    (ConnectionRefusedError, "refused"),
    (ssl.SSLError, "certificate"),
    (ConnectionResetError, "reset"),
    (BrokenPipeError, "reset"),
    (TimeoutError, "timeout"),
)
OTHER = "network"


def reason_of(error: BaseException, kinds: tuple[tuple[type[BaseException], str], ...] = FAULTS) -> str:
    """The word of *kinds* for *error* or one of its causes."""
    chain: list[BaseException] = []
    seen: BaseException | None = error
    while seen is not None and seen not in chain:
        chain.append(seen)
        seen = seen.__cause__ or seen.__context__
    return next((word for kind, word in kinds if any(isinstance(link, kind) for link in chain)), OTHER)
