"""FreeRADIUS 3.2 in two parts: a front that speaks EAP and proxies the inner method, and an oracle for MS-CHAPv2."""

from __future__ import annotations

import os
import pathlib
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from peers.namespaces import Namespace, Program
from peers.town import ACCT, AUTH, PASSWORD, SECRET, Town

FRONT = 11812
ORACLE = 21812

COMMON = """
prefix = /usr
libdir = /usr/lib/freeradius
logdir = {folder}
raddbdir = {folder}
run_dir = {folder}
pidfile = {folder}/{name}.pid
max_request_time = 10
log {{
    destination = stdout
    auth = yes
}}
security {{
    allow_vulnerable_openssl = yes
    reject_delay = 0
}}
thread pool {{
    start_servers = 1
    max_servers = 4
}}
client loopback {{
    ipaddr = 127.0.0.1
    secret = {secret}
    require_message_authenticator = yes
}}
"""

FRONT_CONFIG = """
proxy server {{
}}
home_server hotgate {{
    type = auth
    ipaddr = 127.0.0.1
    port = {auth}
    secret = {secret}
    require_message_authenticator = yes
    response_window = 10
}}
home_server_pool hotgate {{
    home_server = hotgate
}}
realm hotgate {{
    auth_pool = hotgate
    nostrip
}}
modules {{
    always ok {{
        rcode = ok
    }}
    mschap {{
    }}
    eap {{
        default_eap_type = peap
        max_sessions = 100
        tls-config common {{
            private_key_file = {folder}/server.key
            certificate_file = {folder}/server.pem
            ca_file = {folder}/ca.pem
            cipher_list = "DEFAULT"
            ecdh_curve = "prime256v1"
            tls_min_version = "1.2"
            tls_max_version = "1.2"
        }}
        ttls {{
            tls = common
            copy_request_to_tunnel = yes
            use_tunneled_reply = yes
            virtual_server = "inner"
        }}
        peap {{
            tls = common
            default_eap_type = mschapv2
            copy_request_to_tunnel = yes
            use_tunneled_reply = yes
            proxy_tunneled_request_as_eap = no
            virtual_server = "inner"
        }}
        mschapv2 {{
        }}
    }}
}}
server outer {{
    listen {{
        type = auth
        ipaddr = 127.0.0.1
        port = {front}
    }}
    authorize {{
        eap {{
            ok = return
        }}
    }}
    authenticate {{
        eap
    }}
    # the outer request is the one that waits for the proxied answer
    post-proxy {{
        eap
    }}
}}
server inner {{
    authorize {{
        update control {{
            &Proxy-To-Realm := "hotgate"
        }}
        eap {{
            ok = return
        }}
    }}
    authenticate {{
        eap
        Auth-Type MS-CHAP {{
            mschap
        }}
    }}
    # here MS-CHAP2-Success becomes the inner EAP request in which the client checks it
    post-proxy {{
        eap
    }}
}}
"""

ORACLE_CONFIG = """
modules {{
    mschap {{
        use_mppe = yes
    }}
}}
server oracle {{
    listen {{
        type = auth
        ipaddr = 127.0.0.1
        port = {oracle}
    }}
    authorize {{
        update control {{
            &Cleartext-Password := "{password}"
        }}
        mschap
    }}
    authenticate {{
        Auth-Type MS-CHAP {{
            mschap
        }}
    }}
}}
"""


def start_front(town: Town) -> Program:
    """EAP-TTLS and PEAP end here; what is inside goes to the server of the town."""
    certificates(town.folder)
    return _start(town.here, "front", COMMON + FRONT_CONFIG)


def start_oracle(here: Namespace) -> Program:
    """Everybody has the same password, and MS-CHAPv2 is answered by FreeRADIUS itself."""
    return _start(here, "oracle", COMMON + ORACLE_CONFIG)


def _start(here: Namespace, name: str, text: str) -> Program:
    values = {
        "folder": here.folder,
        "name": name,
        "secret": SECRET,
        "password": PASSWORD,
        "auth": AUTH,
        "acct": ACCT,
        "front": FRONT,
        "oracle": ORACLE,
    }
    (here.folder / f"{name}.conf").write_text(text.format(**values))
    program = here.start("freeradius", "-f", "-X", "-d", str(here.folder), "-n", name, environ=os.environ)
    program.wait_for("Ready to process requests")
    return program


def certificates(folder: pathlib.Path) -> None:
    """ca.pem, server.pem and server.key, for a day."""
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test CA")])
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "radius.test")])
    server_auth = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    ca = _builder(ca_name, ca_name, ca_key).add_extension(x509.BasicConstraints(True, None), critical=True)
    leaf = _builder(name, ca_name, key).add_extension(server_auth, critical=False)
    _write(folder / "ca.pem", ca.sign(ca_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    _write(folder / "server.pem", leaf.sign(ca_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    _write(folder / "server.key", private)


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
    )


def _write(path: pathlib.Path, octets: bytes) -> None:
    path.write_bytes(octets)
