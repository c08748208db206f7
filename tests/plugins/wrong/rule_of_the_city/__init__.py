"""Its rule speaks of more cells than it was asked for."""

import numpy as np
from numpy.typing import NDArray

from commandcenter.api import RiskRule, Text, View, hookimpl


def grade(view: View) -> NDArray[np.int8]:
    return np.zeros(len(view.tree) + 1, np.int8)


def explain(view: View, position: int) -> str:
    return "x"


@hookimpl
def register_risk_rules() -> list[RiskRule]:
    return [RiskRule("rule_of_the_city.rule", Text("规则", "Rule"), grade, explain)]
