"""The practice competition and its loopback server."""
