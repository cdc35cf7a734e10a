"""What metrics fit to choose classes from probabilities: see ``metric.Adjustment``. Several metrics share each."""
