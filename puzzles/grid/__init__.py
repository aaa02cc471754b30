"""Any grid to any grid of the same size: what is trained on a person's own data, without code."""
