"""The export of a model for a Kaggle notebook without internet."""
