"""Training of one net: the fit loop, its settings, and the engines that train.

Doors: ``registry.make_learner`` builds a net of any family, ``fit.fit`` trains and validates it, ``fit.fit_all``
trains it on all rows. ``settings`` has every training setting, ``oof_predictions`` and ``checkpoints`` read and
write the files of a trial.
"""
