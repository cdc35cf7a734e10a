"""What commands print, one view a module."""
