"""Its rule asks for cases."""

import numpy as np
from numpy.typing import NDArray

from commandcenter.api import RiskRule, Text, View, hookimpl


def grade(view: View) -> NDArray[np.int8]:
    return np.full(view.last - view.first + 1, len(view.newest(1)), np.int8)


def explain(view: View, position: int) -> str:
    return "x"


@hookimpl
def register_risk_rules() -> list[RiskRule]:
    return [RiskRule("rule_of_cases.rule", Text("规则", "Rule"), grade, explain)]
