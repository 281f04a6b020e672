"""Which column holds what."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final

from hotgate.domain.errors import DomainError
from hotgate.domain.people import OWN_COLUMNS, PersonField
from hotgate.domain.wording import _

MORE: Final = tuple(str(field) for field in PersonField if field not in OWN_COLUMNS)  # kept in `Subscriber.person`
FIELDS: Final = ("name", "password", "display_name", "phone", "email", "language", "plan", *MORE)
HEADINGS: Final = {  # of the template, and how else people call them
    "name": ("User name", "username", "user", "login", "name", "utente", "benutzername", "usuario", "identifiant"),
    "password": ("Password", "passwort", "kennwort", "contraseña", "mot de passe", "senha"),
    "display_name": ("Full name", "display name", "person", "nome", "nombre", "nom", "vollständiger name"),
    "phone": ("Phone", "mobile", "telephone", "telefono", "telefon", "téléphone", "teléfono", "telefone"),
    "email": ("E-mail", "email", "mail", "courriel", "correo"),
    "language": ("Language", "lang", "lingua", "sprache", "langue", "idioma"),
    "plan": ("Plan", "product", "rate", "tariff", "prodotto", "tarif", "plano"),
    "company": ("Company", "azienda", "firma", "entreprise", "société", "empresa"),
    "street": (
        "Street and number",
        "street",
        "address",
        "via",
        "indirizzo",
        "straße",
        "adresse",
        "rue",
        "calle",
        "rua",
    ),
    "postcode": ("Postcode", "zip", "zip code", "postal code", "cap", "plz", "postleitzahl", "code postal"),
    "city": ("City", "town", "città", "stadt", "ort", "ville", "ciudad", "cidade"),
    "country": ("Country", "paese", "land", "pays", "país"),
    "birth_date": ("Date of birth", "birthday", "data di nascita", "geburtsdatum", "date de naissance"),
    "document": ("Document", "passport", "documento", "ausweis", "pièce d'identité"),
    "tax_number": ("Tax number", "vat", "codice fiscale", "steuernummer", "numéro fiscal", "nif"),
    "room": ("Room", "camera", "zimmer", "chambre", "habitación", "quarto"),
}


def guess(heading: Sequence[str]) -> dict[str, int]:
    """The columns that their headings give away."""
    by_name = {_plain(word): field for field, words in HEADINGS.items() for word in words}
    found: dict[str, int] = {}
    for number, text in enumerate(heading):
        field = by_name.get(_plain(text))
        if field is not None:
            found.setdefault(field, number)
    return found


def check(mapping: Mapping[str, int], heading: Sequence[str]) -> None:
    """DomainError `mapping_invalid`: no column for the user name, or one column for two things."""
    if "name" not in mapping:
        text = _("Say which column holds the user name.")
        raise DomainError("mapping_invalid", text, {"name": text})
    if len(set(mapping.values())) < len(mapping) or not all(0 <= n < len(heading) for n in mapping.values()):
        text = _("Each column can hold one thing only.")
        raise DomainError("mapping_invalid", text)


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(character for character in folded if character.isalnum())
