"""Under which names the web may be asked for: a forged Host header must not end up in a link."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from hotgate.environment import Environment


def allowed_hosts(environment: Environment) -> list[str]:
    hosts = {urlsplit(environment.public_url).hostname or "", "localhost", "127.0.0.1", "[::1]"}
    if not ip_address(environment.http.host).is_unspecified:
        hosts.add(f"[{environment.http.host}]" if ":" in environment.http.host else environment.http.host)
    return sorted(hosts - {""})


def is_localhost(environment: Environment) -> bool:
    """Which browsers trust without TLS, by this name only."""
    return urlsplit(environment.public_url).hostname == "localhost"
