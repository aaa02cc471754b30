"""The checkpoints that ship, each with a card (`NAME.json`) that says how it was trained."""
