"""What a study says, without training anything."""
