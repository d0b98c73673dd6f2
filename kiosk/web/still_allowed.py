"""Finds out later whether somebody who once began to follow something still may: sessions end, tokens are revoked, roles change."""

from collections.abc import Callable

from flask import request

from kiosk.desk.actors import Actor
from kiosk.web import sessions
from kiosk.web.context import Services


def still_allowed(services: Services, actor: Actor, scope: str) -> Callable[[], bool]:
    """A question for any thread: whether *actor*, who sent this request, may still use *scope*."""
    if actor.kind == "token":
        token = request.headers["Authorization"].partition(" ")[2].strip()

        def token_is_valid() -> bool:
            with services.db.read() as records:
                found = services.tokens.authenticate(records, token)
            return found is not None and found.may(scope)

        return token_is_valid
    login = sessions.current_login()
    if login is None:
        return lambda: False
    presence = sessions.presence()

    def person_may_follow() -> bool:
        if not presence.is_active(login):
            return False
        with services.db.read() as records:
            found = services.staff.actor_for_user(records, login.user_id, login.epoch)
        return found is not None and found.may(scope)

    return person_may_follow
