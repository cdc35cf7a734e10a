"""Everything that talks to Kaggle.

Doors: ``client`` (``KaggleClient``), ``datasets`` and ``kernels`` (the user's datasets and notebooks), ``records``
(what they return), ``retry`` (``RetryPolicy``), ``endpoint`` and ``names``. The messages for Kaggle's errors, such
as a 403, are in ``connection.error_messages``.
"""
