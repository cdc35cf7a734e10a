"""Tables, in CSV or JSON, read fast and in bounded memory."""
