"""People and roles, agreements, decisions on access, the audit chain."""
