"""A NAS and its guests over real UDP, against any RADIUS server: `hotgate simulate`."""
