"""Keras nets: steps, schedules, augmentation, averaging."""
