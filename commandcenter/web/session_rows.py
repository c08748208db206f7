"""Open sessions as people read them."""

from collections.abc import Mapping
from datetime import datetime

from commandcenter.cases.sessions import Factor, Session
from commandcenter.domain.clocks import MINUTE, SECOND, Millis
from commandcenter.web import preferences
from commandcenter.web.amounts import Amounts
from commandcenter.web.devices import device
from commandcenter.web.services import Services

JUST_NOW = 2 * MINUTE
"""When a session was last used is known to the minute."""
FACTORS = {
    Factor.PASSWORD: "密码",
    Factor.CODE: "密码和验证码",
    Factor.RECOVERY: "密码和恢复码",
    Factor.PROVIDER: "统一身份认证",
    Factor.PROVIDER_CODE: "统一身份认证和验证码",
    Factor.PROVIDER_RECOVERY: "统一身份认证和恢复码",
}


def session_row(
    services: Services, session: Session, here: int | None, now: Millis
) -> Mapping[str, object]:
    """Return a session in the words of this request; `here` is the one that it comes from."""
    words, zone = preferences.words(services), services.catalogue.calendar.zone
    begun = datetime.fromtimestamp(session.begun_at / SECOND, zone)
    age = Amounts(words).long((now - session.seen_at) / SECOND)
    is_now = session.id == here or now - session.seen_at < JUST_NOW
    return {
        "id": session.id,
        "device": device(session.agent) or words("未知设备"),
        "address": session.address,
        "begun": f"{begun:%Y-%m-%d %H:%M}",
        "seen": words("刚刚") if is_now else words("{age}前", age=age),
        "factor": words(FACTORS[Factor(session.factor)]),
        "is_here": session.id == here,
    }
