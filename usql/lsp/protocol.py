"""The protocol, with an answer to every request, even to one whose parameters make no sense."""

from __future__ import annotations

from typing import Any

from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams
from pygls.protocol import LanguageServerProtocol

from usql.errors import ControlFlow


class AnsweredError(ControlFlow, JsonRpcException):
    """A message that was refused with an answer: there is nothing more to report."""


class Protocol(LanguageServerProtocol):
    """pygls shows the user that some message was wrong, but leaves the request unanswered: the
    editor would wait for it forever."""

    def structure_message(self, data: dict[str, Any]) -> Any:
        """The message in a JSON object, or the object itself if it is not a message."""
        try:
            return super().structure_message(data)
        except JsonRpcException as error:
            if "id" not in data or "method" not in data:
                raise
            reason = f"The parameters of {data['method']} are not those of the protocol."
            refused = JsonRpcInvalidParams(reason).to_response_error()
            self._send_response(data["id"], error=refused)
            raise AnsweredError(reason) from error
