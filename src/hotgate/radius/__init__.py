"""RADIUS on the wire: octets to packets and back, signatures, duplicates, retransmission times.

Nothing here opens a socket, reads a clock or draws a random number: addresses, times and random octets are
arguments. RFC 2865, 2866, 2869, 5080, 5176 and 5997, with the measures against CVE-2024-3596.
"""
