"""Archives unpacked safely; ``unpack`` is the door."""
