"""Users from a spreadsheet, as staff do it (HN-9)."""

from __future__ import annotations

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from python_calamine import CalamineWorkbook

from hotgate.apps.core import scope
from hotgate.apps.subscribers import jobs
from hotgate.apps.subscribers.importing.models import UserImport
from hotgate.apps.subscribers.models import Subscriber

ADDRESS = "/users/import/"


def upload(client, content, name="guests.csv"):
    return client.post(ADDRESS, {"file": SimpleUploadedFile(name, content), "once": "one-time"})


def run_jobs(cafe):
    with scope.of(cafe.operator.id):
        for run in UserImport.objects.filter(state="running"):
            jobs.import_users(run.id, cafe.operator.id, None)


def imported(cafe):
    with scope.of(cafe.operator.id):
        return sorted(Subscriber.objects.filter(created_via="import").values_list("name", flat=True))


def test_HN_9_an_editor_imports_a_file_in_three_steps(cafe, sign_in):
    client = sign_in("account_editor")
    response = upload(client, b"User name,Full name\nanna,Anna\nben,Ben\n")
    report = client.get(response["Location"]).content.decode()
    assert "2 new users" in report
    assert imported(cafe) == []
    assert client.post(f"{response['Location']}confirm/").status_code == 302
    run_jobs(cafe)
    assert "2 users were imported." in client.get(response["Location"]).content.decode()
    assert imported(cafe) == ["anna", "ben"]
    made = client.post(f"{response['Location']}passwords/").content.decode().splitlines()
    assert [line.split(",")[0] for line in made] == ['"user name"', '"anna"', '"ben"']


def test_HN_9_no_name_of_the_file_with_passwords_is_a_formula(cafe, sign_in):
    client = sign_in("account_editor")
    names = ["=1+1", "+39 06", "@SUM(A1)", "-2", "ben"]
    place = upload(client, "\n".join(["User name", *names]).encode())["Location"]
    client.post(f"{place}confirm/")
    run_jobs(cafe)
    assert imported(cafe) == sorted(names)
    lines = client.post(f"{place}passwords/").content.decode().splitlines()[1:]
    assert sorted(line.split('","')[0] for line in lines) == ["\"'+39 06", "\"'-2", "\"'=1+1", "\"'@SUM(A1)", '"ben']


def test_the_report_shows_the_first_rows_without_their_passwords(cafe, sign_in):
    client = sign_in()
    place = upload(client, b"User name,Secret,Room\nanna,correct horse,12\nben,,14\n")["Location"]
    assert "correct horse" in client.get(place).content.decode(), "nobody has said yet that it is one"
    client.post(place, {"name": "0", "password": "1", "room": "2"})
    html = client.get(place).content.decode()
    assert "correct horse" not in html
    assert (html.count("••••••••"), html.count("<td>14</td>")) == (1, 1)


def test_a_wrong_row_is_named_and_nothing_can_be_confirmed(cafe, sign_in):
    client = sign_in()
    place = upload(client, b"User name,Password\nanna,short\n<script>alert(1)</script>,short\n")["Location"]
    report = client.get(place).content.decode()
    assert "2 rows are wrong" in report
    assert "A password has 8 characters or more" in report
    assert "<script>alert" not in report
    client.post(f"{place}confirm/")
    run_jobs(cafe)
    assert imported(cafe) == []


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"User name\n"])
def test_what_can_not_be_read_is_said_beside_the_file(sign_in, content):
    response = upload(sign_in(), content)
    assert response.status_code == 422
    assert 'id="id_file_error"' in response.content.decode()


def test_a_file_sent_twice_is_one_draft(cafe, sign_in):
    client = sign_in()
    places = {upload(client, b"User name\nanna\n")["Location"] for _ in range(2)}
    assert len(places) == 1


def test_columns_are_mapped_by_hand_where_the_headings_say_nothing(cafe, sign_in):
    client = sign_in()
    place = upload(client, b"Zimmer,Gast\n101,Ida\n")["Location"]
    assert client.post(place, {"name": ""}).status_code == 422
    assert client.post(place, {"name": "0", "display_name": "1"}).status_code == 302
    assert "1 new user." in client.get(place).content.decode()


def test_the_empty_spreadsheet_needs_no_mapping(cafe, sign_in):
    client = sign_in()
    content = client.get(f"{ADDRESS}users.xlsx").content
    rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert (rows[0][0], rows[0][-1]) == ("User name", "Room")
    assert "2 new users." in client.get(upload(client, content, "users.xlsx")["Location"]).content.decode()


def test_another_operators_import_is_not_there(cafe, hotel, sign_in):
    place = upload(sign_in(), b"User name\nanna\n")["Location"]
    stranger = sign_in("owner", hotel)
    assert stranger.get(place).status_code == 404
    for verb in ("confirm", "cancel", "passwords"):
        assert stranger.post(f"{place}{verb}/").status_code == 404
