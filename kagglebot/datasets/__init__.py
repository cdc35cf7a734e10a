"""What Kaggle sent, recognised, checked and decoded once: layouts, schema, cache, splits."""
