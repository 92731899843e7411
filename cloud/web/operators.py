"""Who may give orders: who shows an operator's token.

A browser adds the password of HTTP Basic by itself, also where the page of somebody else makes it
ask. So an order must carry a header that no form and no other site can send.
"""

from typing import Annotated, Final

from fastapi import Header, HTTPException
from starlette.requests import Request

from cloud.store.tokens import Tokens
from cloud.web.reading import shown_tokens

ORDER_HEADER: Final = "X-Requested-With"

_OrderHeader = Annotated[
    str | None, Header(alias=ORDER_HEADER, max_length=64, description="Any word")
]


class Operators:
    """Says who somebody is.

    Args:
        tokens: Those that hold.
    """

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens

    def name(self, request: Request) -> str | None:
        """Return whose operator's token a request shows; None where it shows none."""
        shown = shown_tokens(request.headers.getlist("authorization"))
        names = (self._tokens.operator(token) for token in shown)
        return next((name for name in names if name is not None), None)

    def must(self, request: Request, word: _OrderHeader = None) -> str:
        """Return who gives an order; refuse whoever may not.

        Raises:
            HTTPException: 403.
        """
        name = self.name(request)
        if name is None:
            raise HTTPException(
                403,
                "orders need an operator's token as Authorization: Bearer TOKEN; "
                "`cloud-aggregator token add NAME --operator` makes one",
            )
        if not word:
            raise HTTPException(403, f"an order needs the header {ORDER_HEADER}, with any word")
        return name
