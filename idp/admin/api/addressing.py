"""One handler for what has several addresses: a role by name or by id, the roles of an account or of a group."""

import functools
import inspect
from collections.abc import Callable
from typing import Any

from idp.admin.api.call import Call


def found_by(find: Callable[..., Any], handler: Callable[..., Any]) -> Callable[..., Any]:
    """Return *handler* with the parameters of *find* in the place of its second one, for which it gets what *find* returns."""
    address = list(inspect.signature(find).parameters.values())[1:]
    signature = inspect.signature(handler)
    call_parameter, _, *others = signature.parameters.values()

    @functools.wraps(handler)
    def handle(call: Call, **arguments: Any) -> Any:
        found = find(call, **{parameter.name: arguments.pop(parameter.name) for parameter in address})
        return handler(call, found, **arguments)

    named = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in (*address, *others)]
    described: Any = handle
    described.__signature__ = signature.replace(parameters=[call_parameter, *named])
    return handle
