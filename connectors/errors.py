"""Everything that can go wrong with a call to a vendor, sorted by what the caller may do next.

Callers branch on the class, never on the text. The three-way outcome of a creating call is:
returned (done), `UnknownOutcome` (may have happened), any other class (certainly did not happen).
"""

from __future__ import annotations


class ConnectorError(Exception):
    """A failed call: our sentence, plus what the vendor said (already redacted)."""

    def __init__(
        self,
        sentence: str,
        *,
        code: str = "",
        http_status: int | None = None,
        request_id: str = "",
        answer: str = "",
    ) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.code = code
        self.http_status = http_status
        self.request_id = request_id
        self.answer = answer


class NotSent(ConnectorError):
    """Nothing left this machine: name look-up, refused connection, TLS failure. Try again later."""


class Refused(ConnectorError):
    """The vendor read the request and said no for a reason of its own; the same request will fail again.

    `fields` names the refused inputs as the vendor does (Shopify: userErrors.field joined by dots).
    """

    def __init__(self, sentence: str, *, fields: tuple[str, ...] = (), **about: object) -> None:
        super().__init__(sentence, **about)  # type: ignore[arg-type]  # keywords of ConnectorError
        self.fields = fields


class Throttled(ConnectorError):
    """Certainly not done: the vendor, or our own budget, asks to wait `wait` seconds."""

    def __init__(self, sentence: str, *, wait: float, **about: object) -> None:
        super().__init__(sentence, **about)  # type: ignore[arg-type]  # keywords of ConnectorError
        self.wait = wait


class Unauthorized(ConnectorError):
    """The connection itself is broken (token, scope, frozen or locked shop) until a person or a renewal mends it.

    `expired` is true when only the access token ran out, so that one refresh and one more call are worth it.
    """

    def __init__(self, sentence: str, *, expired: bool = False, **about: object) -> None:
        super().__init__(sentence, **about)  # type: ignore[arg-type]  # keywords of ConnectorError
        self.expired = expired


class UnknownOutcome(ConnectorError):
    """Bytes left, and no trustworthy answer came back: a creating call may have had its effect."""


class BadAnswer(ConnectorError):
    """A read was answered with something that cannot be understood; nothing was changed by it."""
