"""What a refusal says to people in their language; its message is for programs and logs."""

from collections.abc import Mapping, Sequence
from typing import Any

from commandcenter.domain.cases import Command, State
from commandcenter.domain.state_titles import STATE_TITLES
from commandcenter.host.words import Words
from commandcenter.screen.desk_answers import FIELD_TITLES, ORDER_FIELDS
from commandcenter.screen.desk_board import ACT_TITLES
from commandcenter.screen.desk_commands import TITLES

BY_CODE: Mapping[str, str] = {
    "conflict": "别人已经改过，请看过现状再做",
    "illegal_move": "情况已经变化，此刻不能这样处理",
    "forbidden": "您没有这样做的权限",
    "not_found": "已不存在，或者不在您的范围内",
    "invalid": "内容有误，请改正后重新提交",
    "request_entity_too_large": "内容太大，请缩小后重新提交",
    "too_many_requests": "请求过于频繁,请稍候再试",
}
OTHERWISE = "服务器没有接受，请重新办理"
OF_WHISTLES: Mapping[str, str] = {act.value: title for act, title in ACT_TITLES.items()}
BETWEEN = {"zh": "、"}
FIELDS: Mapping[str, str] = {**ORDER_FIELDS, **FIELD_TITLES}


def words_of(words: Words, error: Mapping[str, Any]) -> str:
    """Return an error's words: what happened, how the case stands, what may be done now."""
    code, field = error["code"], error.get("field")
    said = FIELDS.get(field or "") if code == "invalid" else None
    found = [words(said or BY_CODE.get(code, OTHERWISE))]
    if state := error.get("state"):
        title = STATE_TITLES[State(state)].in_language(words.language)
        found.append(words("现为“{state}”", state=title))
    if error.get("legal") or code == "conflict":
        found.append(_legal(words, error.get("legal") or ()))
    return " · ".join(found)


def _legal(words: Words, legal: Sequence[str]) -> str:
    titles = [
        TITLES[Command(act)].in_language(words.language)
        if act in TITLES
        else words(OF_WHISTLES.get(act, act))
        for act in legal
    ]
    if not titles:
        return words("此刻您没有可办的事")
    return words("此刻可以：{acts}", acts=BETWEEN.get(words.language, ", ").join(titles))
