"""Each service tells programs and people what it knows."""

import pytest
from lxml import etree
from starlette.testclient import TestClient

SERVICES = ("event", "station", "dataselect")


@pytest.mark.parametrize("service", SERVICES)
def test_the_description_names_every_parameter_of_openapi(client: TestClient, service: str) -> None:
    """WADL and OpenAPI are made of the same model."""
    document = etree.fromstring(client.get(f"/fdsnws/{service}/1/application.wadl").content)
    told = document.xpath("//*[local-name()='param']/@name")
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    known = [one["name"] for one in paths[f"/fdsnws/{service}/1/query"]["get"]["parameters"]]

    assert known == told
    assert f"/fdsnws/{service}/1/" in document.xpath("//*[local-name()='resources']/@base")[0]


@pytest.mark.parametrize("service", SERVICES)
def test_version_and_help(client: TestClient, service: str) -> None:
    """For people too."""
    version = client.get(f"/fdsnws/{service}/1/version").text
    usage = client.get(f"/fdsnws/{service}/1/").text

    assert version.startswith("1.")
    assert f"fdsnws-{service} {version}" in usage
    assert "starttime" in usage


def test_types_and_defaults_are_told(client: TestClient) -> None:
    """So that a client can check before it asks."""
    document = etree.fromstring(client.get("/fdsnws/dataselect/1/application.wadl").content)
    told = {one.get("name"): dict(one.attrib) for one in document.iter("{*}param")}

    assert "xs:dateTime" == told["starttime"]["type"]
    assert "true" == told["starttime"]["required"]
    assert ("xs:boolean", "false") == (told["longestonly"]["type"], told["longestonly"]["default"])


def test_catalogues_and_contributors(client: TestClient) -> None:
    """One of each."""
    for name in ("catalogs", "contributors"):
        document = etree.fromstring(client.get(f"/fdsnws/event/1/{name}").content)

        assert ["tremorkit"] == [one.text for one in document]
