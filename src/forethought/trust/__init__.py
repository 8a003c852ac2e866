"""People and roles, agreements, access, audit: who may do what, and what was done."""
