"""One request to Kaggle: the official client's session, retries, and the messages for what fails.

Doors: ``connection.Connection``, ``pages.pages`` and ``error_messages``. ``session.Api`` is the official client.
"""
