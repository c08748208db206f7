"""The channels through which reports reach the city; that of the posters comes with them."""

from commandcenter.api import Channel, Text

CHANNELS = (
    Channel("patrol", Text("网格员巡查", "Grid patrol"), field=True),
    Channel("snapshot", Text("随手拍", "Snapshot app")),
    Channel("hotline", Text("12345热线", "12345 hotline")),
    Channel("wechat", Text("微信小程序", "WeChat")),
    Channel("device", Text("物联网", "Devices")),
    Channel("video", Text("视频AI", "Video analysis")),
    Channel("platform", Text("其他平台", "Other platforms")),
)
