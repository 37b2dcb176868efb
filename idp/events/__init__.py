"""The audit trail: what happened, to whom, from where. Rows are only ever added."""
