"""A cell with many open cases is red."""

import numpy as np
from numpy.typing import NDArray

from commandcenter.api import Colour, RiskRule, Text, View


def many_open(limit: int) -> RiskRule:
    def grade(view: View) -> NDArray[np.int8]:
        return np.where(view.counts("open") > limit, Colour.RED, 0).astype(np.int8)

    def explain(view: View, position: int) -> str:
        return view.t("未结 {n} 件", n=view.count("open", position))

    return RiskRule("lamp.many", Text("未结过多", "Many open"), grade, explain)
