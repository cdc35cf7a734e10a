"""The engine for models of scikit-learn.

Door: ``learner`` has their ``Learner``.
"""
