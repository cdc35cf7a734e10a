"""Everything that talks to Kaggle.

Doors: ``client`` (``KaggleClient``), ``models`` (the records that it returns), ``retry`` (``RetryPolicy``),
``endpoint`` and ``names``. The messages for Kaggle's errors, such as a 403, are in ``error_messages``.
"""
