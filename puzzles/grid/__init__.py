"""Any grid to any grid: what is trained on a person's own data, without code."""
