"""A RouterOS device that was never one: it speaks the REST and the binary API as MikroTik documents them."""
