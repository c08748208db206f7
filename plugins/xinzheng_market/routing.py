"""What is a complaint to this bureau, and which ones go elsewhere than their matter says."""

from commandcenter.api import ClassificationRule, RoutingRule, Text

RULES = (
    RoutingRule(
        key="xinzheng_market.equipment",
        title=Text("特种设备", "Lifts and boilers"),
        reason=Text("特种设备由市局专业人员查办", "The bureau has engineers for lifts and boilers"),
        words=("特种设备", "电梯", "锅炉"),
        duty="market",
    ),
    RoutingRule(
        key="xinzheng_market.kitchens",
        title=Text("餐饮卫生", "Kitchens"),
        reason=Text("餐饮卫生由辖区市场监管所就近查办", "The nearest station looks into kitchens"),
        words=("餐饮卫生",),
        duty="street_market",
    ),
)
"""A rule of a district wins over the matter's duty; its reason stands in the case's timeline."""

SIGNS = (
    ClassificationRule(
        key="xinzheng_market.weighing",
        title=Text("集市称重", "Weighing at the markets"),
        reason=Text("集市短斤少两按消费纠纷受理", "Short weight at a market is a consumer dispute"),
        matter="SJ9905",
        words=("短斤少两", "缺斤少两"),
        patterns=("秤*不准", "称*少*斤"),
    ),
)
"""What citizens say of weighing here; a rule of a district wins over the words of the matters."""
