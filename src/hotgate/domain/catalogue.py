"""What is sold or given: frozen terms. A plan never changes once it is saved; entitlements point at it for ever."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple


class Payment(StrEnum):
    FREE = "free"
    PREPAID = "prepaid"
    POSTPAID = "postpaid"


class Measure(StrEnum):
    TIME = "time"  # counted in seconds
    TRAFFIC = "traffic"  # counted in octets
    NONE = "none"  # flat: nothing is counted


class Period(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


class Unit(StrEnum):
    """Units of a validity. A minute, hour is elapsed time; a day, week, month is calendar time in the site's zone."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class ValidityKind(StrEnum):
    ALWAYS = "always"
    FROM_CREATION = "from_creation"
    FROM_FIRST_USE = "from_first_use"
    END_OF_DAY = "end_of_day"  # of the day of creation, in the site's zone (EN-A17)


class Direction(StrEnum):
    BOTH = "both"
    DOWNLOAD = "download"
    UPLOAD = "upload"


class CapAction(StrEnum):
    DISCONNECT = "disconnect"
    THROTTLE = "throttle"
    OVERAGE = "overage"


class Validity(NamedTuple):
    kind: ValidityKind = ValidityKind.ALWAYS
    amount: int = 0  # of `unit`; 0 where the kind takes none
    unit: Unit = Unit.DAY


class CycleRule(NamedTuple):
    """An amount that comes again: what is left at the end of a cycle is lost (EN-31)."""

    period: Period
    repeats: int | None = 1  # how many cycles the entitlement lives; None: without end (a cap's cycle)
    calendar: bool = False  # True: from midnight, Monday, the 1st, 1 January. Months always are (EN-32)


def may_limit_bandwidth(cycle: CycleRule | None) -> bool:
    """A cyclic plan has no fixed limit of bandwidth (EN-18)."""
    return cycle is None


class ServiceProfile(NamedTuple):
    """Technical limits that plans share. Rates in bit/s as the client sees them; None: no limit."""

    id: int
    download_bps: int | None = None
    upload_bps: int | None = None
    idle_timeout_seconds: int | None = None
    session_timeout_seconds: int | None = None
    interim_seconds: int = 300  # Acct-Interim-Interval; never under 60 (RFC 2869 §5.16)
    devices_max: int | None = 1  # devices online at once; None: not counted
    address_pool: str = ""  # Framed-Pool
    filter_id: str = ""  # Filter-Id


class Tariff(NamedTuple):
    """A price for use that is charged as it happens (EN-4)."""

    unit_price: Decimal  # in major units of the currency, up to 8 decimals
    unit: int  # 3,600 seconds or 10,000,000 octets
    increment: int = 1  # billing increment: 60 s, 1 MB … (EN-A23); use is rounded up to it at the close


class Cap(NamedTuple):
    """The amount per cycle at which a plan without an allowance acts."""

    amount: int  # octets or seconds, by `measure`
    action: CapAction
    cycle: CycleRule
    measure: Measure = Measure.TRAFFIC
    throttle_download_bps: int | None = None
    throttle_upload_bps: int | None = None


class Plan(NamedTuple):
    """Frozen terms. It has an `amount` (then use stops at the amount) or a `cap`, or neither; never both."""

    id: int
    name: str
    payment: Payment
    measure: Measure
    profile: ServiceProfile
    currency: str = "EUR"
    price_minor: int = 0  # of one ticket, or of one cycle
    amount: int | None = None  # seconds or octets: in all, or per cycle; None: not limited
    validity: Validity = Validity()
    cycle: CycleRule | None = None
    tariff: Tariff | None = None  # postpaid only
    cap: Cap | None = None
    direction: Direction = Direction.BOTH  # which octets count
    elapsed: bool = False  # True: time runs from first use on, also while offline
    for_devices: bool = False  # a device subscriber (MAC login) may hold it (A20)

    @property
    def counted_cycle(self) -> CycleRule | None:
        """The cycle by which use is counted: of the allowance, or of the cap."""
        return self.cycle or (self.cap.cycle if self.cap else None)

    @property
    def counted_measure(self) -> Measure:
        """What is counted against the amount or the cap."""
        return self.cap.measure if self.cap else self.measure
