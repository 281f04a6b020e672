"""Hotspot users that a ticket printer or another program made on a RouterOS device (HN-10, HN-11)."""
