"""Messages to people outside the desk: a queue in the database, each channel's own rate limit, nothing sent twice."""

from kiosk.desk.alerts.service import Alert, AlertService

__all__ = ["Alert", "AlertService"]
