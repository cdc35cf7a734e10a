"""The engine for Keras nets, on TensorFlow or PyTorch.

Doors: ``learner`` has the ``Learner`` of a Keras net, ``backends`` what Keras runs on in this process,
``on_tensorflow.tensorflow_import`` the only import of TensorFlow.
"""
