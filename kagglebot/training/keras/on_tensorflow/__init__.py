"""Training steps of Keras nets on TensorFlow."""
