"""Helpers for all rooms, which know nothing of competitions.

- ``files``: atomic writes, errors of the disk, digests, JSON, text, HDF5, the user's cache folder.
- ``hardware``: CPU cores, memory and cards, within the limits of a container.
- ``processes``: child processes and their signals, environment variables, standard streams.
- ``logging`` and ``progress``: the log of a study, and callbacks of long tasks.
- ``plugins``: packages that may be installed.
- ``storage_url``: what may be shown of the URL of a storage; ``listing``: names in a sentence.
"""
