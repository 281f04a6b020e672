"""The rules: every decision about access, metering, cycles, price, caps and money, as pure functions."""
