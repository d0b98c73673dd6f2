"""The key file: reads, creates and replaces it, so that its content is never half there and never for other eyes.

One line a key: when it was made, and 32 random bytes in URL-safe base64. Which of them encrypts is not the file's affair
but the database's (`kiosk.desk.contacts.ring`): several stations have copies of one file.
"""

import base64
import binascii
import contextlib
import hashlib
import os
import secrets
import stat
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from kiosk.errors import ConfigError

_HEADER = """\
# Keys of the contact data in this store's database. Without this file that data cannot be read by anybody.
# Keep a copy in a safe place, apart from the copies of the database; all stations of one database have the same file.
"""
_KEY_BYTES = 32  # what Fernet takes: 16 to sign, 16 to encrypt
# Far beyond any number of rotations; stops a wrong path from being read into memory.
_MAX_BYTES = 64 * 1024


class KeyFileMissing(ConfigError):
    """There is no key file."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key. Its secret never appears in a message or a traceback's repr."""

    created_at: datetime
    secret: bytes = field(repr=False)

    @property
    def fingerprint(self) -> str:
        """16 hexadecimal digits that tell this key from others and say nothing about it."""
        return hashlib.sha256(b"kiosk contact key\0" + self.secret).hexdigest()[:16]


def new_key(now: datetime) -> Key:
    """Make a key from the operating system's random source."""
    return Key(now, secrets.token_bytes(_KEY_BYTES))


def load(path: Path) -> list[Key]:
    """Read the keys in *path*, oldest first. Raises KeyFileMissing, ConfigError; no message repeats a key."""
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise ConfigError(f"contact keys: {path} is no file")
            if status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise ConfigError(
                    f"contact keys: {path} is open to other users (mode {stat.S_IMODE(status.st_mode):04o}); "
                    f"run `chmod 600 {path}`, and rotate the keys if somebody may have read them"
                )
            raw = file.read(_MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise KeyFileMissing(f"contact keys: {path} does not exist") from error
    except OSError as error:
        raise ConfigError(f"contact keys: {path} cannot be read: {error.strerror}; it must belong to the station's user") from error
    if len(raw) > _MAX_BYTES:
        raise ConfigError(f"contact keys: {path} is too large to be a key file")
    return _parse(path, raw)


def create(path: Path, key: Key) -> None:
    """Write *path* with *key* alone; complete and on disk, or not there. Raises ConfigError, also when it exists by now."""
    with _written_beside(path, [key]) as written:
        try:
            os.link(written, path)  # unlike a rename it never replaces a file that appeared meanwhile
        except FileExistsError as error:
            raise ConfigError(f"contact keys: {path} was created by another process just now; start again") from error
        _sync_folder(path)


def replace(path: Path, keys: Iterable[Key]) -> None:
    """Put *keys* in place of the content of *path*, all at once. Raises ConfigError."""
    try:
        owner = path.stat().st_uid
    except OSError as error:
        raise ConfigError(f"contact keys: {path} cannot be replaced: {error.strerror}") from error
    if owner != os.geteuid():
        # The new file would belong to this user, and the station could read it no more.
        raise ConfigError(f"contact keys: {path} belongs to user number {owner}; run this command as that user, e.g. sudo -u kiosk")
    with _written_beside(path, keys) as written:
        written.rename(path)
        _sync_folder(path)


@contextlib.contextmanager
def _written_beside(path: Path, keys: Iterable[Key]) -> Iterator[Path]:
    """Yield a file in the folder of *path* that holds *keys* durably, for its owner alone; it is gone afterwards."""
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)  # mode 0600
        written = Path(name)
        try:
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(_HEADER)
                file.writelines(f"{key.created_at.isoformat()} {base64.urlsafe_b64encode(key.secret).decode()}\n" for key in keys)
                file.flush()
                os.fsync(file.fileno())
            yield written
        finally:
            written.unlink(missing_ok=True)
    except OSError as error:
        raise ConfigError(f"contact keys: {path} cannot be written: {error.strerror}; let the station's user write there") from error


def _sync_folder(path: Path) -> None:
    """Make the name of *path* survive a power cut, too."""
    descriptor = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _parse(path: Path, raw: bytes) -> list[Key]:
    keys: list[Key] = []
    for number, line in enumerate(raw.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith(b"#"):
            continue
        try:
            when, secret = line.decode("ascii").split()
            key = Key(datetime.fromisoformat(when), base64.b64decode(secret, altchars=b"-_", validate=True))
        except (ValueError, binascii.Error):
            # Without the cause: its text may repeat a part of the key.
            raise ConfigError(
                f"contact keys: {path}, line {number}: not a time and a key; put back the copy that was kept of this file"
            ) from None
        if len(key.secret) != _KEY_BYTES or key.created_at.tzinfo is None:
            raise ConfigError(f"contact keys: {path}, line {number}: the key or its time is incomplete; put back the copy of this file")
        if any(key.secret == other.secret for other in keys):
            raise ConfigError(f"contact keys: {path}, line {number}: this key is there twice")
        keys.append(key)
    if not keys:
        raise ConfigError(f"contact keys: {path} holds no key; put back the copy that was kept of this file")
    return sorted(keys, key=lambda key: key.created_at)
