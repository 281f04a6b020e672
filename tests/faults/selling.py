"""What a whole Hotgate needs before guests come by every way: run by its own interpreter, says where in JSON.

python selling.py ADDRESS-OF-THE-NAS SECRET TICKETS
"""

from __future__ import annotations

import json
import os
import sys

GUESTS = 8


def main(address: str, secret: str, tickets: int) -> dict[str, object]:
    from hotgate.apps.core import scope
    from hotgate.apps.network import services as network
    from hotgate.apps.operators.actor import COMMAND_LINE as BY
    from hotgate.apps.operators.tokens import services as tokens
    from hotgate.apps.subscribers import services as subscribers
    from hotgate.apps.vouchers import services as vouchers
    from web import gateway, office

    with scope.of():
        cafe = office.open_cafe()
        given = {"by": BY, "now": office.now(), "operator": cafe.operator}
        nas = network.add_nas(
            **given, site=cafe.site, address=address, secret=secret, name="Pool", maker="chillispot"
        ).nas
        token = tokens.make_token(**given, name="Hotel desk", role="owner", scopes=["users:write", "vouchers:write"])
        people = [
            subscribers.register_subscriber(**given, name=f"guest{number}", password="a long password")
            for number in range(GUESTS)
        ]
        made = [vouchers.create_ticket(**given, plan=cafe.plans["1 hour"]) for _each in range(tickets)]
        return {
            "token": token.secret,
            "arrival": gateway.arrival(cafe._replace(nas=nas)),
            "guests": [str(each.uuid) for each in people],
            "codes": [each.username for each in made],
        }


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hotgate.config.settings")
    import django

    django.setup()
    sys.stdout.write(json.dumps(main(sys.argv[1], sys.argv[2], int(sys.argv[3]))))
