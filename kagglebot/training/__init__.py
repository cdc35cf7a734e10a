"""Training of one net: the fit loop, its settings, and the engines that train.

Doors: ``registry.make_learner`` builds a net of any family, ``fit.fit`` trains and validates it, ``fit.fit_all``
trains it on all rows. ``plan`` has the epochs of a training, ``curve`` its scores, ``settings`` every setting, and
``provenance`` what a model was trained with.

- ``files``: checkpoints, out-of-fold predictions, and what all model files share.
- ``scoring``: validation, the standard error of a score, and test-time augmentation.
- ``keras`` and ``sklearn``: the engines; ``learner`` is their contract with the fit loop.
- ``machine``: the cards, memory and speed of this machine.
"""
