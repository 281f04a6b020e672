"""The captive pages: what a guest meets before going online."""
