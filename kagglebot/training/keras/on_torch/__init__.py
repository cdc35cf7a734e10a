"""Training steps of Keras nets on PyTorch."""
