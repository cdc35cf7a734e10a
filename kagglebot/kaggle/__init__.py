"""The only door to Kaggle: client, endpoint, errors turned into hints."""
