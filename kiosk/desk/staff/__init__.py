"""People of the desk and programs with a token: who they are, how they log in, what they may do."""

from kiosk.desk.staff.service import StaffService
from kiosk.desk.staff.tokens import TokenService
from kiosk.desk.staff.views import LoggedIn, StaffView, TokenView

__all__ = ["LoggedIn", "StaffService", "StaffView", "TokenService", "TokenView"]
