"""Which complaints go elsewhere than their matter says."""

from commandcenter.api import RoutingRule, Text

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
