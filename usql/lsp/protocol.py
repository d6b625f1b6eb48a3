"""The protocol with an answer to each request, also to one whose parameters make no sense."""

from __future__ import annotations

from typing import Any

from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams
from pygls.protocol import LanguageServerProtocol

from usql.errors import ControlFlow


class AnsweredError(ControlFlow, JsonRpcException):
    """A message that was refused with an answer: nothing more needs to be told."""


class Protocol(LanguageServerProtocol):
    """pygls shows a person that some message was wrong and leaves the request without an answer:
    the editor would wait for it forever."""

    def structure_message(self, data: dict[str, Any]) -> Any:
        """The message of a JSON object, or that object if it is none."""
        try:
            return super().structure_message(data)
        except JsonRpcException as error:
            if "id" not in data or "method" not in data:
                raise
            reason = f"The parameters of {data['method']} are not those of the protocol."
            refused = JsonRpcInvalidParams(reason).to_response_error()
            self._send_response(data["id"], error=refused)
            raise AnsweredError(reason) from error
