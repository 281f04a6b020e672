"""A coverage-guided fuzzer over decoder, protocol and translation.

    python tests/soak/fuzz_with_coverage.py CORPUS -max_total_time=60

It needs the package atheris, which is no part of the locked development packages; without it this says so and ends.
Whatever it finds is written to a file `crash-…`, whose octets belong into tests/radius/vectors.json.
"""

from __future__ import annotations

import pathlib
import sys
from datetime import UTC, datetime

try:
    import atheris
except ImportError:
    sys.stderr.write("atheris is not installed: the mutation fuzzer of tests/faults/test_fuzz.py runs without it\n")
    sys.exit(0)

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
with atheris.instrument_imports(include=["hotgate"]):
    from faults.virtual import KEY, client
    from hotgate.aaa import translate
    from hotgate.radius.packet import Malformed, decode
    from hotgate.radius.server import Drop, Request, Resend, Respond, ServerProtocol
from radius.samples import EXCHANGES

NAS = client(1)
NOW = datetime(2026, 6, 20, tzinfo=UTC)
SOURCE = ("192.0.2.1", 1)


def one_input(octets: bytes) -> None:
    """What arrives at a port, and the same as if its signature were right."""
    for role in ("auth", "acct"):
        received = ServerProtocol(role).receive_datagram(octets, SOURCE, NAS.peer, 0.0)  # type: ignore[arg-type]
        assert isinstance(received, Request | Resend | Respond | Drop)
    try:
        packet = decode(octets)
    except Malformed:
        return
    translate.access_ask(packet, NAS, SOURCE[0])
    translate.accounting_report(packet, NAS, SOURCE[0], NOW, b"no key of ours")
    translate.without_secrets(packet)
    KEY.verify_message_authenticator(packet)


def main() -> None:
    corpus = pathlib.Path(sys.argv[1])
    corpus.mkdir(exist_ok=True)
    for number, (_, request, reply) in enumerate(EXCHANGES):
        (corpus / f"request-{number}").write_bytes(request)
        (corpus / f"reply-{number}").write_bytes(reply)
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
