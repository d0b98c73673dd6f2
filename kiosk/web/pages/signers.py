"""Who signs: a person of the desk who has just identified themselves, by a badge that was scanned or by their PIN."""

from flask import request
from sqlalchemy.orm import Session

from kiosk.desk.actors import ROLE_SCOPES, SYSTEM, Actor
from kiosk.desk.staff import StaffView
from kiosk.i18n import msg
from kiosk.web.context import current_services
from kiosk.web.pages.bags import ScanTooOld
from kiosk.web.pages.forms import whole
from kiosk.web.sessions import screen_id


def signer(scope: str) -> Actor:
    """The person of this request's form, who holds *scope*. Raises what `StaffService.approve` raises, and ScanTooOld.

    Whoever is logged in at the screen may sign, too: they prove again that it is they, for the signature stands for the
    person and not for the screen.
    """
    services = current_services()
    if scan_id := request.form.get("scan"):
        scan = services.scans.claim(scan_id, screen_id())
        if scan is None:
            raise ScanTooOld(msg("That scan is too old."), msg("Scan the badge again."))
        return services.staff.approve(services.db, SYSTEM, scope, badge=scan.text)
    user_id = whole(request.form.get("person")) or None
    return services.staff.approve(services.db, SYSTEM, scope, user_id=user_id, pin=request.form.get("pin", ""))


def signers(session: Session, scope: str) -> list[StaffView]:
    """The people who may sign with a PIN."""
    people = current_services().staff.list_users(session, active_only=True)
    return [person for person in people if scope in ROLE_SCOPES[person.role] and person.has_pin]
