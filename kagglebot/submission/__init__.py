"""Predictions to CSV, its check, the ledger, and submitting once."""
