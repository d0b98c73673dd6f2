"""The return policy: versioned data with a decision table, and the verdict that it gives on goods."""

from kiosk.desk.returns.policy.service import PolicyService

__all__ = ["PolicyService"]
