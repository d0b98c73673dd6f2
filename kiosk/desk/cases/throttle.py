"""Counts wrong codes of the slips' holders, so that the states of other people's cases cannot be found by trying."""

from kiosk.desk.actors import SHOPPER, Actor
from kiosk.desk.bags.errors import TooManyWrongCodes
from kiosk.desk.bags.throttle import WrongCodes
from kiosk.desk.cases.errors import TooManyCaseCodes
from kiosk.i18n import msg


class CaseCodes:
    """Wrong codes of each address in the last minute."""

    def __init__(self, wrong: WrongCodes) -> None:
        self._wrong = wrong

    def check(self, address: str) -> None:
        """Raises TooManyCaseCodes when *address* has used up this minute's tries; right codes wait as well."""
        try:
            self._wrong.check(_somebody(address))
        except TooManyWrongCodes as error:
            raise TooManyCaseCodes(
                msg("Too many wrong codes in the last minute."),
                msg("Wait %(seconds)s seconds, then read the 12 digits from your slip.", seconds=round(error.retry_after_s)),
                retry_after_s=error.retry_after_s,
            ) from None

    def count(self, address: str) -> None:
        """Note one wrong code of *address*."""
        self._wrong.count(_somebody(address))


def _somebody(address: str) -> Actor:
    return Actor(f"{SHOPPER.kind}@{address}", 0, SHOPPER.name) if address else SHOPPER
