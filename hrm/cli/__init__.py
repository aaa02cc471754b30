"""The `hrm` command: one module a command, `boundary` has its table and its errors."""
