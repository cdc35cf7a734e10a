"""The fit loop: schedules, augmentation, final retraining, prediction."""
