"""A model as a folder for a Kaggle notebook without internet."""
