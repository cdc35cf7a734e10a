"""Checks of decoded images: those that hold no picture, and those that are copies of others, or nearly."""
