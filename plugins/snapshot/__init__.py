"""The channel of the posters: whoever scans one reports what is wrong there, without an account."""

from collections.abc import Sequence

from commandcenter.api import Channel, PublicForm, Text, hookimpl

PROMPT = Text("这里有什么问题？", "What is wrong here?")


@hookimpl
def register_channels() -> Sequence[Channel]:
    """Name the channel and what its page asks."""
    return [Channel("qr", Text("网格二维码", "Grid QR code"), form=PublicForm(PROMPT))]
