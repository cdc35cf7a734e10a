"""A competition's archive on the disk: resumed after a broken connection, whole or of chosen files.

Doors: ``download.download_archive``, ``download.download_chosen`` and ``archive_files.ArchiveFiles``.
"""
