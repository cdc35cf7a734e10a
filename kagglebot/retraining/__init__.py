"""From a chosen trial to a model trained on all rows."""
