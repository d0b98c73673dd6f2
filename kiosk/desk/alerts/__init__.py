"""Messages to people outside the desk: a queue in the database, each channel's own rate limit, nothing sent twice."""

from kiosk.desk.alerts.service import AlertService
from kiosk.desk.alerts.views import Alert

__all__ = ["Alert", "AlertService"]
