"""Tells others of events: rules say whom and when, targets say in which form."""

from cloud.webhooks.config import Rule, WebhooksConfig
from cloud.webhooks.webhooks import Webhooks

__all__ = ["Rule", "Webhooks", "WebhooksConfig"]
