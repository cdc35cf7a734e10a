"""The search: trials of a study, run by workers until the requested number has ended or the time is up.

Doors: ``prepare.start_search`` and ``tune.tune`` run a search. ``storage`` reads what a search has stored: open
storages with ``storage.journal`` and ``storage.rdb``, read trials by the names in ``storage.attributes``, serve
them to others with ``storage.grpc_proxy`` and ``storage.dashboard``. ``worker_count`` has the number of workers
that a machine can run. The folders ``trial``, ``workers``, ``sampling`` and ``cluster`` are the search's own.
"""
