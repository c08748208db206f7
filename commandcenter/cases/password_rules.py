"""What a new password must be; one that was given before stays good."""

from enum import StrEnum

from commandcenter.cases.passwords import LONGEST_PASSWORD, SHORTEST_PASSWORD, AccountError

LEAST_SCORE = 3
"""Of zxcvbn's 0 to 4: not found within 100 million guesses that begin with the commonest."""
LONGEST_JUDGED = 72
"""What is longer is judged by its beginning: judging takes longer than linear time."""
SHORTEST_NAME = 3
"""A name of one or two letters stands in many good passwords."""
COMMON_HERE = (
    "commandcenter", "zhihuizhongxin", "zhihui", "wangge", "wanggezhang", "woaini", "woaizhongguo",
    "zhongguo", "beijing", "zhengzhou", "henan", "shanghai", "5201314", "1314520", "woaini1314",
    "qwe123", "admin", "administrator", "mima", "mima123", "huawei", "woaibeijing", "woaizhengzhou",
    "人民", "中国", "郑州", "北京", "密码", "管理员", "网格", "网格长", "指挥中心", "我爱你",
)  # fmt: skip
"""What is guessed first in this country and of this product, which lists of English words lack."""


class Fault(StrEnum):
    """What is wrong with a new password, in words for its owner."""

    SHORT = "密码至少要有 12 个字符"
    LONG = "密码最多 256 个字符"
    NAME = "密码里不能有用户名"
    UNEQUAL = "两次输入的新密码不一致"
    SAME = "新密码不能与旧密码相同"
    COMMON = "这个密码太容易被猜到,请换一个"


REASONS = {
    Fault.SHORT: f"give at least {SHORTEST_PASSWORD} characters",
    Fault.LONG: f"give at most {LONGEST_PASSWORD} characters",
    Fault.NAME: "it holds the name of its account",
    Fault.UNEQUAL: "it was typed in two ways",
    Fault.SAME: "it is the old one",
    Fault.COMMON: "it is easy to guess: give some more words",
}


class PasswordFault(AccountError):
    """A password cannot be used; `fault` says why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(f"this cannot be a password: {REASONS[fault]}")
        self.fault = fault


def check_new(password: str, name: str) -> None:
    """Raise PasswordFault for what cannot be the new password of an account."""
    if len(password) < SHORTEST_PASSWORD:
        raise PasswordFault(Fault.SHORT)
    if len(password) > LONGEST_PASSWORD:
        raise PasswordFault(Fault.LONG)
    if len(name) >= SHORTEST_NAME and name.casefold() in password.casefold():
        raise PasswordFault(Fault.NAME)
    if _score(password) < LEAST_SCORE:
        raise PasswordFault(Fault.COMMON)


def _score(password: str) -> int:
    # Its lists take 15 MB and a quarter of a second, which only who sets a password need pay.
    from zxcvbn import zxcvbn

    # The same words each time: it keeps them in a table that all calls share.
    judged = zxcvbn(password[:LONGEST_JUDGED], user_inputs=COMMON_HERE)
    return int(judged["score"])
