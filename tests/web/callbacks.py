"""What a page sends to run one of its callbacks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def body_of(known: Mapping[str, Any], values: Iterable[object]) -> dict[str, Any]:
    """Return the body that runs a callback of `/_dash-dependencies`.

    The values are of its inputs and states, in their order; where they end the rest is None.
    """
    given, output = iter(values), known["output"]
    sent: dict[str, list[Any]] = {
        part: [{**each, "value": next(given, None)} for each in known[part]]
        for part in ("inputs", "state")
    }
    names = [piece.split("@")[0].rpartition(".") for piece in output.strip(".").split("...")]
    outputs = [{"id": id_, "property": prop} for id_, _, prop in names]
    first = sent["inputs"][0]
    return {
        "output": output, "outputs": outputs if output.startswith("..") else outputs[0], **sent,
        "changedPropIds": [f"{first['id']}.{first['property']}"],
    }  # fmt: skip
