"""Names of persons in running words: a surname, usual given letters, and what stands around them.

No dictionary is asked. Each side of what may be a name counts: nothing or a mark (1), a word that
goes with persons (2); the given letters must be usual ones. A name of three letters needs two
points, one of two letters three. A street or a house named like a person is told by its last word.
"""

import re

COVER = "*"
SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁"
    "任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付傅方白邹孟熊秦邱江尹薛闫阎段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃"
    "武戴莫孔向汤温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯"
    "纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪"
    "简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎"
    "甄丛仲虞敖巩明佘池查麻苑迟邝"
    "谌郗昝鄢酆隗郜璩濮阚訾蒯逯郏缑仉芮羿邴宓钭蓟邰蔺屠胥莘逄郦雍扈庾暨匡阙殳夔厍晁毋乜鞠竺桓佴储赖宦"
)
COMPOUND = "欧阳|司马|诸葛|上官|司徒|夏侯|皇甫|东方|尉迟|公孙|慕容|令狐|宇文|长孙|端木|南宫|西门"
SURNAME = f"(?:{COMPOUND}|[{SURNAMES}])"
GIVEN = "[\u4e00-\u9fff]"
USUAL = (
    "英华玉秀明珍文芳兰国春红建志梅平海金荣桂强云军丽生艳林小德伟永秋辉玲霞凤忠清晓敏燕娟新素光静勇杰"
    "龙学晶祥福亮立宝超莲仁鑫世青良庆雪萍景义洪爱东兴成家胜正俊莉佳振宇婷飞安美少峰涛亚昌娜长欣斌江洁"
    "雷慧琴月波山宁刚树香晨天子雅维启诗瑞先廷锋凯达嘉瑶琳士登喜远贵继培怀全雯柏君梓涵浩轩诺雨泽怡桐萱"
    "睿瑜琪彤鹏磊洋威武博思源曼妮蓉莎露倩颖珊媛岚馨茜蕾薇丹彩娣淑惠巧翠凡佩瑾昕昊宸皓翔哲瀚岩彬旭阳毅"
    "坤震豪贤民航茂礼智诚友善心森松柱铁根锁栓宏康健利顺才财富有益卫党援朝跃进昭曦烁炎煜灿然一鸣书儿羽"
    "润珠隆真实之谦恒贞芬菊花芝芸莹蓓琼瑛璐璇珂玥悦恩圣尧舜禹冰冬夏寒霖淼沛泓澜渊湘漫滢奇星辰晖晗昱暄"
    "旺朋佑佐俐倪兆冠则力化北南中克农剑助励勤占参双发可吉向和品唯喆坚奎姗姣娅婧婵宗宪寅尚展岳川左帆师"
    "年广庭延弘彦念忆恺悠意愉懿房捷敬斯方旻易映晋朗本李杉杨桃楠榕欢歌毓汉治泉洲济涌添溪滨满漪牧犁玮环"
    "珏珑理琦琛琰琬瑗璋甜甲申男界畅皎盈盛相睦石硕祖禄秉科程稳竹笑笛笙筠纯纲纳纹绍经绮缘群翊翎耀聪肖育"
    "胤舒艺苗若茹草荷菁菲萌葆蒙蓝薪虎融行衡裕西言训许诠谊谋谷赞越轶辛迅迎迪逸邦郁郎郡钊钢钦钧钰铃铎铭"
    "锦镇闯阔陆陶隽雄雁霄霏韬韵韶顶颂颜风飏首骁骏高魁鸿鹃鹤麒麟黛齐从战炳婉元大田锤丰千百万卓"
)
STRICT = frozenset(
    "和文时路方师全应成连关管解单向明华古任高白金易阳农简游项宫费席房车党商冷温包时司农安于何有年"
    "边左池查麻桑沙池向乔迟应米石盛曲"
)
"""Surnames that are usual words too: both sides of such a name must speak for it."""
MARK, PERSON = 1, 2
BEFORE_ONE = dict.fromkeys("给被找由向经让请叫把为及同因访见是对与和", MARK) | {"跟": PERSON}
PEOPLE = (
    "居民 村民 市民 群众 业主 住户 租户 租客 房东 户主 房主 车主 司机 店主 老板 商户 摊主 "
    "员工 职工 工人 保安 保洁 学生 同学 孩子 儿子 女儿 父亲 母亲 爸爸 妈妈 我爸 我妈 丈夫 "
    "妻子 老公 老婆 爷爷 奶奶 外婆 姥姥 弟弟 哥哥 姐姐 妹妹 老人 老伴 老汉 孙子 孙女 患者 "
    "病人 邻居 隔壁 楼上 楼下 对门 家属 亲属 伤者 死者 男子 女子 男孩 女孩 名为 通知 回访 "
    "联系 找到 见到 走访 询问 告知 法人 之子 之女 是我 名叫 朋友 同事 "
)
TIMES = "今早 昨晚 今天 昨天 刚才 上午 下午 晚上 中午 凌晨"
BEFORE = dict.fromkeys(PEOPLE.split(), PERSON) | dict.fromkeys(TIMES.split(), MARK)
AFTER_ONE = dict.fromkeys("说称住被骂喊患家", PERSON) | dict.fromkeys("的将把在和与及等", MARK)
DOES = (
    "反映 投诉 举报 来电 致电 报修 报警 报案 表示 要求 希望 建议 咨询 求助 受伤 摔倒 摔伤 "
    "晕倒 走失 失踪 本人 一家 夫妻 夫妇 父子 母女 母子 父女 等人 二人 两人 三人 打架 电话 "
    "家里 家中 家门 家属 需要 独居 生病 患病 去世 死亡 占用 打人 酒后 没有 不在 同意 拒绝 "
    "确认 负责 多次 今天 昨天 自称 私自 擅自 殴打 辱骂 沟通 整改 核实 催办 认为 居住 租住 "
    "户口 身份 联系 手机 今年 之妻 之子 的车 扔的 停的 放的 催促 诉求 回复 打电 都说 走后 "
    "不听 不让 "
)
AFTER = dict.fromkeys(DOES.split(), PERSON)
PLACE = frozenset(
    "路街巷道村庄区园城站店桥河湖山镇乡县市院校馆楼苑府湾里坊寨营岗沟屯堡厅厦场号线社小花广公大学医超银药饭酒餐幼胡新国"
    "组厂所局队部会寺庙塔渠闸井岭坡洼湾台池"
)
"""What goes on with one of these is the name of a place."""
WORDS = (
    "高新 金水 文明 文化 文博 文学 平安 安全 安康 和平 和谐 和睦 时间 方向 方案 方便 路口 "
    "路面 路边 路东 路西 路南 路北 成立 成功 全家 全体 全国 全天 全力 全年 关心 关爱 任意 "
    "任务 明天 明显 明年 明月 华山 江山 阳光 石家 马家 张家 王家 李家 刘家 陈家 杨家 赵家 "
    "孙家 周家 徐家 何家 高家 郭家 石榴 白天 金星 金海 金色 应急 安居 安心 于是 连续 管理 "
    "解决 单元 向阳 高峰 高龄 高中 高考 温馨 康复 车辆 房屋 商业 党员 师生 农业 农民 农村 "
    "农贸 司法 简易 项目 游园 游乐 查处 何时 易燃 易发 万达 万科 龙湖 龙源 天然 郑州 郑东 "
    "郑开 海马 马上 白云 江南 江北 河北 华北 华南 华中 华东 南北 东西 司机 商户 关于 向西 "
    "向东 向南 向北 连云 左右 包子 安装 安排 和美 盛世 华夏 华润 世贸 时代 方圆 卫生 卫健 "
    "卫计 于家 万家 金融 金属 石化 夏天 夏季 汪洋 白菊 黄金 黄山 温度 高度 高兴 高速 高大 "
    "高压 高清 高空 高铁 高低 高端 全部 全景 全程 全员 成都 成年 成品 成本 祝福 祝愿 马路 "
    "时光 时候 牛奶 毛病 钱财 方才 方可 方式 任何 单位 古树 古城 雷雨 雷达 易经 甘肃 蓝天 "
    "梅花 兰花 桂花 荷花 党建 党群 党政 党委 谷子 米面 苗木 沙石 池塘 游客 师傅 路灯 路政 "
    "路过 路段 车道 车位 车站 房产 房子 应当 华盛 连锁 卫士 文艺 文旅 文科 文件 文字 孙子 "
    "孙女 温泉 关注 关系 关键 关口 关门 查看 查验 简单 明确 明细 同意 申请 申报 申诉 施工 "
    "管道 柏油 司令 先生 女士 小姐 太太 大爷 大妈 大娘 大伯 大哥 大姐 阿姨 同志 老人 经理 "
    "老师 主任 书记 医生 警官 店长 队长 "
)
NO_WORDS = frozenset(WORDS.split())
COMPOUNDS = frozenset(COMPOUND.split("|"))
BEGIN_COMPOUNDS = frozenset(name[0] for name in COMPOUNDS) - frozenset(SURNAMES)
GIVEN_LETTERS = frozenset(USUAL)
FIRST = re.compile(
    f"[{SURNAMES}{''.join(sorted(name[0] for name in COMPOUNDS))}]"
    f"(?=[{USUAL}{''.join(sorted(name[1] for name in COMPOUNDS))}])"
)


def in_context(words: str) -> list[str]:
    """Return the names that stand in words without a cue or a title."""
    match = FIRST.search(words)
    found = []
    while match:
        at = match.start()
        if words[at : at + 2] not in NO_WORDS and (name := _name_at(words, at)):
            found.append(name)
        match = FIRST.search(words, at + 1)
    return found


def _name_at(words: str, at: int) -> str:
    """Return the name that begins there, "" where none does."""
    is_compound = words[at : at + 2] in COMPOUNDS
    given = at + 1 + is_compound
    if words[given : given + 1] not in GIVEN_LETTERS:
        return ""
    if words[at] in BEGIN_COMPOUNDS and not is_compound:
        return ""
    before = _before(words, at)
    least = 3 + (words[at] in STRICT)
    if words[given + 1 : given + 2] in GIVEN_LETTERS:
        least = max(2, least - (given - at))
        if before + _after(words, given + 2) >= least and not _is_place(words, at, given + 2):
            return words[at : given + 2]
        least += 1
    end = given + 1
    is_name = before and before + _after(words, end) >= least and not _is_place(words, at, end)
    return words[at:end] if is_name else ""


def _before(words: str, at: int) -> int:
    """Return how much what stands before speaks for a person."""
    if at == 0 or not "\u4e00" <= words[at - 1] <= "\u9fff":
        return 0 if words[max(0, at - 1) : at] == COVER else MARK
    return max(BEFORE.get(words[max(0, at - 2) : at], 0), BEFORE_ONE.get(words[at - 1], 0))


def _after(words: str, end: int) -> int:
    """Return how much what follows speaks for a person."""
    if end >= len(words) or not "\u4e00" <= words[end] <= "\u9fff":
        return 0 if words[end : end + 1] == COVER else MARK
    return max(AFTER.get(words[end : end + 2], 0), AFTER_ONE.get(words[end], 0))


def _is_place(words: str, at: int, end: int) -> bool:
    """Tell whether a place or a thing is named, which goes on, or begins with the next letter."""
    after = words[end : end + 2]
    if (after[:1] in PLACE and after not in AFTER) or words[end : end + 3] == "家属院":
        return True
    return words[at + 1 : at + 3] in NO_WORDS or words[at + 1 : end] == "家"
