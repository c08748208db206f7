"""What a person needs to set up an app for codes: a QR code, and the secret to type by hand."""

from dataclasses import dataclass

import segno
from markupsafe import Markup

from commandcenter.cases.second_factors import enrolment, in_groups

BORDER = 4
"""Modules of white around the code: what readers need to find it on a dark page."""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What is shown of a secret, once."""

    qr: Markup
    secret: str
    address: str


def shown(secret: str, name: str, issuer: str) -> Enrolment:
    """Return what is shown of a secret of the account `name` of this server, `issuer`."""
    address = enrolment(secret, name, issuer)
    code = segno.make(address, error="m", micro=False)
    drawn = code.svg_inline(border=BORDER, light="#fff", dark="#000", omitsize=True)
    return Enrolment(Markup(drawn), in_groups(secret), address)
