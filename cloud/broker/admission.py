"""Who may connect to the embedded broker: everybody on this machine.

amqtt's own plugin for that marks the sessions as anonymous, and forgets what waits for an
anonymous client that is away for a moment; the aggregator wants to be waited for.
"""

from amqtt.plugins.base import BaseAuthPlugin
from amqtt.session import Session


class AdmitEverybody(BaseAuthPlugin):  # type: ignore[misc] # amqtt is not typed
    """An authentication plugin of amqtt."""

    async def authenticate(self, *, session: Session) -> bool:
        """Let the client in, whatever name it gives."""
        session.is_anonymous = False
        return True
