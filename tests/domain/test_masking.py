"""What is personal in words is covered, wherever it stands; what is not stays as it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commandcenter.domain.masking import (
    Person,
    mask,
    masked_link,
    masked_name,
    masked_payload,
    masked_phone,
)
from commandcenter.personal import is_identity

COVERED = {
    "联系人张三丰，电话13812345678": "联系人张**，电话138****5678",
    "联系人王芳，请找王芳，王芳说不在": "联系人王*，请找王*，王*说不在",
    "联系人：刘洋 13912345678": "联系人：刘* 139****5678",
    "张三 13812345678 报": "张* 138****5678 报",
    "姓名：欧阳修，男": "姓名：欧阳*，男",
    "我叫李小明反映夜间施工": "我叫李**反映夜间施工",
    "联系人谌宥翊，电话13812345678，找谌宥翊": "联系人谌**，电话138****5678，找谌**",
    "联系人冘小明电话13812345678": "联系人冘**电话138****5678",
    "业主谌霖。": "业主谌*。",
    "王小明先生投诉": "王**先生投诉",
    "业主王大锤。": "业主王**。",
    "Name: John Smith": "Name: J*** S***",
    "138 1234 5678": "138****5678",
    "+86 138-1234-5678": "138****5678",
    "１３８１２３４５６７８": "138****5678",
    "一三八一二三四五六七八": "一三八****五六七八",
    "致电0371-67891234": "致电0371*******34",
    "电话：67891234": "电话：6*****34",
    "身份证41010519800101001X": "身份证4101************1X",
    "旧证410105800101001": "旧证4101*********01",
    "卡号6222 0212 3456 7894": "卡号6222***********7894",
    "豫A12345占道": "豫A****5占道",
    "豫AD12345占道": "豫A*****5占道",
    "车牌豫a·f5678": "车牌豫a*****8",
    "写信到zhang.san@qq.com": "写信到z***@qq.com",
    "阳光花园3号楼2单元501室": "阳光花园*号楼*单元*室",
    "东风路12号院6号楼东户": "东风路*号院*号楼*户",
    "三单元五室漏水": "*单元*室漏水",
    "阳光花园3-2-501": "阳光花园*-*-*",
    "12号楼3单元501室": "*号楼*单元*室",
    "建设路12号院门口": "建设路*号院门口",
    "东风路12号附3号": "东风路*号附*号",
    "花园路59-1号门前": "花园路*号门前",
    "十二号楼停电": "*号楼停电",
    "3号楼前积水": "*号楼前积水",
    "阳光花园5栋着火": "阳光花园*栋着火",
    "2单元电梯坏": "*单元电梯坏",
    "A座大堂": "*座大堂",
}
LEFT = (
    "联系人物业", "联系人居委会", "联系人社区网格员", "来电人咨询医保", "报案人现场等候",
    "暴露垃圾", "建设路与农业路口积水30厘米", "张先生来电", "业主反映停水",
    "影响300户居民，共5栋楼", "12345热线",
    "地铁5号线3号口", "3号航站楼", "11月12号停水", "共5栋", "郑东新区8号井", "政通路与107国道",
    "410105004004001001", "2026-01-02 10:00:00", "一楼二楼三楼都停电", "教室内12人",
    "我是金水区居民", "第三方施工", "案件 1381234567", "物业经理说不管", "1795237048000",
    "Pothole at 123 Main St, Ward 17", "¥1,234,567.00", "卫生室关门", "10G 5G基站",
)  # fmt: skip


@pytest.mark.parametrize("said", COVERED)
def test_what_is_personal_in_words_is_covered(said: str) -> None:
    assert mask(said) == COVERED[said]


@pytest.mark.parametrize("said", LEFT)
def test_what_is_of_nobody_stays_as_it_is(said: str) -> None:
    assert mask(said) == said


PIECES = "张王李三五先生业主联系人姓名电话豫A0123456789@.-：:室单元号楼 abX户"


@given(st.text(alphabet=PIECES, max_size=40))
def test_covering_what_is_covered_changes_nothing(said: str) -> None:
    assert mask(mask(said)) == mask(said)


@given(st.integers(3, 9), st.integers(0, 10**9 - 1), st.text(max_size=8), st.text(max_size=8))
def test_no_mobile_number_comes_through(second: int, rest: int, before: str, after: str) -> None:
    number = f"1{second}{rest:09d}"
    if before[-1:].isdigit() or after[:1].isdigit():
        return
    assert number not in mask(f"{before}{number}{after}")


def test_a_name_is_known_by_its_surname_alone() -> None:
    assert [masked_name(name) for name in ("张三", "欧阳修远", "Ann Lee", "")] == [
        "张*", "欧阳**", "A*** L***", "",
    ]  # fmt: skip


def test_a_number_shows_its_ends() -> None:
    assert masked_phone("13812345678") == "138****5678"
    assert masked_phone("12345") == "*****"


def test_the_number_of_a_person_has_a_birthday() -> None:
    assert is_identity("41010519800101001X")
    assert not is_identity("410105004004001001")


def test_who_is_known_is_covered_wherever_the_name_stands() -> None:
    who = Person("谌龙", "678912")
    assert who.covered("谌龙家门口，打678912找谌龙") == "谌*家门口，打******找谌*"
    assert Person("市民", "").covered("市民反映") == "市民反映"


def test_a_link_whose_name_is_personal_is_no_link() -> None:
    assert masked_link("https://a.cn/photo-1.jpg", Person()) == "https://a.cn/photo-1.jpg"
    covered = masked_link("https://a.cn/%E5%BC%A0%E4%B8%89%2013812345678.jpg", Person())
    assert covered == "https://a.cn/张* 138****5678.jpg"


def test_what_was_handed_in_is_covered_by_its_keys_too() -> None:
    letter = '{"reporter":{"name":"谌龙","phone":"6789"},"title":"13812345678","service_name":"灯"}'
    assert masked_payload(letter) == (
        '{"reporter":{"name":"谌*","phone":"****"},"title":"138****5678","service_name":"灯"}'
    )
    assert masked_payload("no json 13812345678") == "no json 138****5678"
