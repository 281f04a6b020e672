"""Rows of the capabilities, as pages hand them on to services and templates without looking into their classes."""

from __future__ import annotations

from typing import Any, TypeAlias

Operator: TypeAlias = Any
Staff: TypeAlias = Any
Nas: TypeAlias = Any
Subscriber: TypeAlias = Any
Voucher: TypeAlias = Any
Site: TypeAlias = Any
