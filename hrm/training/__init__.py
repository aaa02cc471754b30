"""Training: settings, the trainer, and a run's folder."""
