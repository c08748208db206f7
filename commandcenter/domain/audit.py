"""What is written down about those who look and act: the kinds of entries of the audit log."""

from collections.abc import Mapping
from enum import StrEnum

from commandcenter.domain.text import Text


class AuditKind(StrEnum):
    """What somebody did, or was refused."""

    SIGN_IN = "sign_in"
    SIGN_IN_FAILED = "sign_in_failed"
    LOCKED = "locked"
    SIGN_OUT = "sign_out"
    SESSION_ENDED = "session_ended"
    PASSWORD_CHANGED = "password_changed"
    SECOND_FACTOR = "second_factor"
    REFUSED = "refused"
    VIEWED_PERSONAL = "viewed_personal"
    UNMASKED = "unmasked"
    EXPORTED = "exported"
    COMMANDED = "commanded"
    INSPECTED = "inspected"
    REPORTED_PUBLIC = "reported_public"
    KEY_ADDED = "key_added"
    USER_ADDED = "user_added"
    ACCOUNT_CHANGED = "account_changed"


KIND_TITLES: Mapping[AuditKind, Text] = {
    AuditKind.SIGN_IN: Text("登录", "Signed in"),
    AuditKind.SIGN_IN_FAILED: Text("登录失败", "Sign-in failed"),
    AuditKind.LOCKED: Text("锁定", "Locked"),
    AuditKind.SIGN_OUT: Text("退出", "Signed out"),
    AuditKind.SESSION_ENDED: Text("会话结束", "Session ended"),
    AuditKind.PASSWORD_CHANGED: Text("修改密码", "Password changed"),
    AuditKind.SECOND_FACTOR: Text("双因素", "Second factor"),
    AuditKind.REFUSED: Text("拒绝访问", "Refused"),
    AuditKind.VIEWED_PERSONAL: Text("查看个人信息", "Viewed personal data"),
    AuditKind.UNMASKED: Text("解除脱敏", "Unmasked"),
    AuditKind.EXPORTED: Text("导出", "Exported"),
    AuditKind.COMMANDED: Text("指挥操作", "Commanded"),
    AuditKind.INSPECTED: Text("巡查", "Inspected"),
    AuditKind.REPORTED_PUBLIC: Text("公众上报", "Public report"),
    AuditKind.KEY_ADDED: Text("新增密钥", "Key added"),
    AuditKind.USER_ADDED: Text("新增账号", "User added"),
    AuditKind.ACCOUNT_CHANGED: Text("账号变更", "Account changed"),
}
