"""A study as one HTML page. Others use ``page`` alone: ``write_page`` and ``render``."""
