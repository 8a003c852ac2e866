"""Control records: accounts, sessions, approvals, choices, answers and rows of the audit chain.

Named functions over an open `Control`, with bound parameters, on SQLite or PostgreSQL by the
same code. What the records mean (who may sign in, what an approval allows) is said in `trust`.
"""

from forethought.data.control.accounts import (
    Account,
    Attempts,
    account,
    accounts,
    begin_attempt,
    clear_attempts,
    disable_account,
    save_account,
)
from forethought.data.control.audit import (
    AuditHead,
    AuditRow,
    append_audit,
    audit_head,
    audit_rows,
    latest_audit,
)
from forethought.data.control.connection import Control, open_control
from forethought.data.control.records import (
    Approval,
    Choice,
    add_approval,
    add_choice,
    approvals,
    choices,
)
from forethought.data.control.responses import ResponseRow, add_response, responses
from forethought.data.control.sessions import (
    SessionRow,
    add_session,
    end_session,
    end_sessions,
    find_session,
    forget_sessions,
    see_session,
)

__all__ = [
    "Account",
    "Approval",
    "Attempts",
    "AuditHead",
    "AuditRow",
    "Choice",
    "Control",
    "ResponseRow",
    "SessionRow",
    "account",
    "accounts",
    "add_approval",
    "add_choice",
    "add_response",
    "add_session",
    "append_audit",
    "approvals",
    "audit_head",
    "audit_rows",
    "begin_attempt",
    "choices",
    "clear_attempts",
    "disable_account",
    "end_session",
    "end_sessions",
    "find_session",
    "forget_sessions",
    "latest_audit",
    "open_control",
    "responses",
    "save_account",
    "see_session",
]
