"""Encrypts bytes under a named key, and hashes phone numbers so that they can be found without being readable.

A sealed value is one byte of format, the eight bytes of the key's fingerprint, and a Fernet token without its base64:
AES-128-CBC and HMAC-SHA256 as the Fernet specification has them. `cryptography` is imported at the first use.
"""

import base64
import hashlib
import hmac
from datetime import datetime

from kiosk.desk.contacts.keys import Key
from kiosk.errors import StorageError

_FORMAT = b"\x01"
# Length of what `prefix` returns.
PREFIX_BYTES = 9


def prefix(key: Key) -> bytes:
    """What everything sealed under *key* begins with."""
    return _FORMAT + bytes.fromhex(key.fingerprint)


def fingerprint_of(sealed: bytes) -> str:
    """The fingerprint of the key that *sealed* needs. Raises StorageError when it is nothing sealed."""
    if len(sealed) <= PREFIX_BYTES or sealed[:1] != _FORMAT:
        raise StorageError("an encrypted value of the database is damaged: it does not begin as one")
    return sealed[1:PREFIX_BYTES].hex()


def seal(key: Key, data: bytes, now: datetime) -> bytes:
    """Encrypt *data* under *key*; *now* stands in the token in the clear."""
    from cryptography.fernet import Fernet

    token = Fernet(base64.urlsafe_b64encode(key.secret)).encrypt_at_time(data, int(now.timestamp()))
    return prefix(key) + base64.urlsafe_b64decode(token)


def unseal(key: Key, sealed: bytes) -> bytes:
    """Undo `seal`. Raises StorageError when *sealed* was changed since, or is another key's."""
    from cryptography.fernet import Fernet, InvalidToken

    try:
        return Fernet(base64.urlsafe_b64encode(key.secret)).decrypt(base64.urlsafe_b64encode(sealed[PREFIX_BYTES:]))
    except InvalidToken as error:
        raise StorageError(f"an encrypted value of the database is damaged: key {key.fingerprint} does not open it") from error


def phone_hash(key: Key, phone: str) -> str:
    """A hash of the normalised number *phone* that nobody without *key* can try numbers against."""
    search_key = hmac.digest(key.secret, b"kiosk phone search", "sha256")  # apart from what signs and encrypts
    return hmac.new(search_key, phone.encode(), hashlib.sha256).hexdigest()
