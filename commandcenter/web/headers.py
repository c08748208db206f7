"""What every answer says to the browser about what it may do with it."""

from collections.abc import Sequence

from flask import Flask, Response, request

COMMON = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # Photos of what is seen, and where.
    "Permissions-Policy": "camera=(self), geolocation=(self), microphone=(), payment=(), usb=()",
}
SECURE = ("Strict-Transport-Security", "max-age=31536000")
POLICY_HEADER = "Content-Security-Policy"
POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
SCRIPTLESS = POLICY + "script-src 'none'; style-src 'self'; object-src 'none'"


def page_policy(script_hashes: Sequence[str]) -> str:
    """Return the policy of the screens.

    plotly writes its styles into the page, draws images from data and blobs, and its map runs in
    a worker made of a blob; scripts come from this server or have one of the hashes.
    """
    return (
        f"{POLICY}script-src 'self' {' '.join(script_hashes)}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; "
        "worker-src 'self' blob:; object-src 'none'"
    )


def is_screen(endpoint: str | None) -> bool:
    """Tell whether an endpoint is a page of Dash, with scripts and callbacks."""
    return endpoint is not None and endpoint.startswith("page_")


class Headers:
    """Sets the headers; `policy` is for the pages with scripts, all others get none."""

    def __init__(self, app: Flask, policy: str, secure: bool) -> None:
        self._policy = policy
        self._common = (*COMMON.items(), *([SECURE] if secure else ()))
        app.after_request(self.protect)

    def protect(self, answer: Response) -> Response:
        """Add what an answer does not say by itself."""
        policy = self._policy if is_screen(request.endpoint) else SCRIPTLESS
        said = {name.lower() for name, _ in answer.headers}
        for name, value in (*self._common, (POLICY_HEADER, policy)):
            if name.lower() not in said:
                answer.headers.add(name, value)
        if answer.mimetype == "text/html":
            answer.cache_control.no_store = True
        return answer
