"""``kagglebot doctor``: ``checks`` of this machine, and the ``benchmark`` of ``--bench``."""
