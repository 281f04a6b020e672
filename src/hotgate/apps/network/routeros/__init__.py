"""What a RouterOS device says of its hotspot users: over REST (7.1 and later) or the binary API (6 and later)."""
