"""Storages of trials: a journal file, a database, or a proxy in front of one."""
