"""The three forms of telling a computer who it is, against what was looked at by a person once."""

import json
import re
import shlex
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from edge.errors import ProvisionError
from edge.provision import cloudinit, firstrun, preseed
from edge.provision.computer import Computer, hostname_of
from edge.provision.credentials import is_printable, pre_shared_key
from edge.provision.detect import FORMS
from tests.edge.provision.computers import GOLDEN, HOSTILE_KEY, PASSWORDS, SSIDS, computer
from tests.edge.provision.conftest import HASH, KEY

_HERE = Path(__file__).parent
_PRINTABLE = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1)
_ANY_SSID = _PRINTABLE.filter(lambda text: len(text.encode()) <= 32)
_ANY_PASSWORD = _PRINTABLE.filter(lambda text: 8 <= len(text.encode()) <= 63)
_BRIEFLY = settings(max_examples=40, deadline=None)


def _schema(name: str) -> Draft7Validator:
    return Draft7Validator(json.loads((_HERE / "cloud_init" / f"{name}.json").read_text()))


_CLOUD_CONFIG = _schema("cloud-config")


def _read(content: bytes) -> dict[str, object]:
    loaded = yaml.load(content, Loader=yaml.CSafeLoader)
    assert isinstance(loaded, dict)
    return loaded


@pytest.mark.parametrize("form", sorted(FORMS))
@pytest.mark.parametrize("name", sorted(GOLDEN))
def test_files_are_as_they_were_looked_at(form: str, name: str) -> None:
    """The same computer, the same bytes; a change of them is a change of the expected files."""
    folder = _HERE / "golden" / name / form
    expected = {path.name: path.read_text() for path in folder.iterdir()}

    actual = {path: text.decode() for path, text in FORMS[form].files(GOLDEN[name]).items()}

    assert expected == actual


@pytest.mark.parametrize("name", sorted(GOLDEN))
def test_user_data_is_what_cloud_init_accepts(name: str) -> None:
    """By its own schema, in which an unknown key is an error."""
    data = _read(cloudinit.files(GOLDEN[name])[cloudinit.USER_DATA])

    assert [] == [error.message for error in _CLOUD_CONFIG.iter_errors(data)]


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        (("runcmd",), {"sh": "x"}, "runcmd"),
        (("users", 0, "lock_passwd"), "no", "users.0"),
        (("users", 0, "nmae"), "ada", "users.0"),
        (("hostnme",), "xx", ""),
        (("rpi",), {"interfaces": {"spi": "yes"}}, "rpi.interfaces.spi"),
    ],
)
def test_schema_sees_a_mistake(path: tuple[str | int, ...], value: object, where: str) -> None:
    """A check that cannot fail would be none."""
    data = json.loads(json.dumps(cloudinit.user_data(GOLDEN["wpa2"])))
    *folders, last = path
    inner = data
    for folder in folders:
        inner = inner[folder]
    inner[last] = value

    errors = [".".join(map(str, error.absolute_path)) for error in _CLOUD_CONFIG.iter_errors(data)]

    assert where in errors


def test_network_is_what_cloud_init_accepts() -> None:
    """All but the wireless part, which cloud-init hands on to netplan and has no schema for."""
    data = _read(cloudinit.files(GOLDEN["wpa2"])[cloudinit.NETWORK_CONFIG])
    network = data["network"]
    assert isinstance(network, dict)
    wireless = network.pop("wifis")

    assert [] == [error.message for error in _schema("network-config").iter_errors(data)]
    assert ["wlan0"] == list(wireless)


def test_meta_data_names_the_instance_with_a_hyphen() -> None:
    """`instance_id`, as images ship it, is not read, and every boot would be a first one."""
    told = GOLDEN["cable"]

    meta = _read(cloudinit.files(told)[cloudinit.META_DATA])

    assert {"instance-id": told.instance, "local-hostname": "xx-kara1"} == meta
    assert [f"ds=nocloud;i={told.instance}"] == cloudinit.kernel_words(told)


@pytest.mark.parametrize("ssid", SSIDS)
def test_hostile_name_of_a_network_arrives_in_every_form(ssid: str) -> None:
    """No character of it means anything to YAML, TOML, a shell or a keyfile."""
    _must_arrive(ssid, computer({"ssid": ssid, "security": "open"}))


@_BRIEFLY
@given(_ANY_SSID)
def test_any_name_of_a_network_arrives_in_every_form(ssid: str) -> None:
    """Whatever a radio can send."""
    _must_arrive(ssid, computer({"ssid": ssid, "security": "open"}))


def _must_arrive(ssid: str, told: Computer) -> None:
    network = _read(cloudinit.files(told)[cloudinit.NETWORK_CONFIG])["network"]
    assert isinstance(network, dict)
    assert [ssid] == list(network["wifis"]["wlan0"]["access-points"])
    section = tomllib.loads(preseed.preseed(told))["wlan"]
    assert ssid == bytes.fromhex(section["ssid_hex"]).decode()
    assert f"ssid={''.join(f'{byte};' for byte in ssid.encode())}\n" in firstrun.keyfile(told)


@pytest.mark.parametrize("password", PASSWORDS)
def test_password_of_wpa2_does_not_travel(password: str) -> None:
    """What is on the card is the key of this one network."""
    told = computer({"ssid": "Valley", "password": password})

    texts = [text.decode() for form in FORMS.values() for text in form.files(told).values()]

    assert not [text for text in texts if password in text]
    assert 3 == sum(pre_shared_key(password, "Valley") in text for text in texts)


@_BRIEFLY
@given(_ANY_PASSWORD)
def test_any_password_of_wpa3_arrives(password: str) -> None:
    """It has no other form than itself."""
    told = computer({"ssid": "Valley", "security": "sae", "password": password})
    network = _read(cloudinit.files(told)[cloudinit.NETWORK_CONFIG])["network"]
    assert isinstance(network, dict)
    point = network["wifis"]["wlan0"]["access-points"]["Valley"]

    assert password == point["auth"]["password"]
    assert password == _keyfile_value(firstrun.keyfile(told), "psk")


def _keyfile_value(text: str, key: str) -> str:
    """Return a value as GLib reads it (GKeyFile)."""
    (line,) = re.findall(f"^{key}=(.*)$", text, re.MULTILINE)
    unescaped: str = re.sub(r"\\(.)", lambda m: {"s": " ", "\\": "\\"}[m[1]], line)
    return unescaped


@pytest.mark.parametrize("password", ["back\\slash", " leading space"])
def test_password_that_the_preseed_would_spoil_is_refused(password: str) -> None:
    """Its own writer of keyfiles escapes nothing."""
    told = computer({"ssid": "Valley", "security": "sae", "password": password})

    with pytest.raises(ProvisionError, match="backslash"):
        preseed.files(told)


@pytest.mark.parametrize("name", sorted(GOLDEN))
def test_preseed_is_the_part_of_toml_that_its_reader_knows(name: str) -> None:
    """One line a value, and no escape but two."""
    text = preseed.preseed(GOLDEN[name])

    read = tomllib.loads(text)

    assert "1.0" == read["config_version"]
    assert ["sh /boot/firmware/edge-kit/install.sh begin"] == read["runcmd"]["early"]
    assert not re.findall(r'\\[^\\"]', text.replace("\\\\", ""))
    assert all(is_printable(line) for line in text.splitlines())


def test_preseed_keeps_hostile_keys() -> None:
    """Quotation marks and backslashes in the comment of a key."""
    told = computer(user={"ssh_keys": [HOSTILE_KEY], "password_hash": HASH})

    read = tomllib.loads(preseed.preseed(told))

    assert [HOSTILE_KEY] == read["ssh"]["authorized_keys"]
    assert (HASH, True) == (read["user"]["password"], read["user"]["password_encrypted"])


class Machine:
    """A root folder in which a first-run script finds stubs of the system's helpers."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.calls = root / "calls"
        for place in (firstrun._CUSTOM, firstrun._USERCONF):
            path = root / place.lstrip("/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(
                '#!/bin/sh\nfor word in "$(basename "$0")" "$@"; do printf "%s\\n" "$word"; done'
                f" >>{shlex.quote(str(self.calls))}\n"
            )
            path.chmod(0o755)
        (root / "boot/firmware/edge-kit").mkdir(parents=True)
        (root / "boot/firmware/cmdline.txt").write_text(
            f"console=tty1 {' '.join(firstrun.kernel_words(GOLDEN['cable']))} quiet\n"
        )
        (root / "boot/firmware/edge-kit/install.sh").write_text(
            f"echo install $1 >>{shlex.quote(str(self.calls))}\n"
        )

    def boot(self, told: Computer) -> list[str]:
        """Run the script once; returns the words that the helpers got."""
        script = firstrun.script(told)
        for folder in ("/boot/", "/usr/lib/", "/etc/", "/var/lib/"):
            script = re.sub(rf"(?<=[\s>]){folder}", f"{self.root}{folder}", script)
        path = self.root / "boot/firmware/firstrun.sh"
        path.write_text(script)
        subprocess.run(["sh", path], check=True, cwd=self.root)
        return self.calls.read_text().splitlines()


def test_first_run_gives_every_word_as_it_is(tmp_path: Path) -> None:
    """Run for real, with helpers that write down what they got."""
    told = GOLDEN["wpa3"]
    machine = Machine(tmp_path)

    calls = machine.boot(told)

    assert [
        *("imager_custom", "set_hostname", "xx-kara1"),
        *("userconf", "ada", HASH),
        *("imager_custom", "enable_ssh", "-k", HOSTILE_KEY, KEY),
        *("imager_custom", "set_timezone", "Etc/UTC"),
        "install enable",
    ] == calls
    keyfile = tmp_path / "etc/NetworkManager/system-connections/station.nmconnection"
    assert firstrun.keyfile(told) == keyfile.read_text()
    assert 0o600 == keyfile.stat().st_mode & 0o777


def test_first_run_is_no_second_one(tmp_path: Path) -> None:
    """The script and its words on the command line are gone; the other words stay."""
    machine = Machine(tmp_path)

    machine.boot(GOLDEN["cable"])

    assert "console=tty1 quiet\n" == (tmp_path / "boot/firmware/cmdline.txt").read_text()
    assert not (tmp_path / "boot/firmware/firstrun.sh").exists()


def test_first_run_does_not_log_secrets(tmp_path: Path) -> None:
    """Its log stays on the boot partition."""
    told = GOLDEN["wpa3"]
    Machine(tmp_path).boot(told)

    log = (tmp_path / "boot/firmware/edge-kit/firstrun.log").read_text()

    assert "set_hostname" in log
    assert told.secret is not None
    assert not [secret for secret in (told.secret, HASH) if secret in log]


@pytest.mark.parametrize(
    ("network", "station", "name"), [("XX", "KARA1", "xx-kara1"), ("A_", "_B-", "a---b")]
)
def test_codes_become_a_name_of_the_network(network: str, station: str, name: str) -> None:
    """Codes may have what RFC 1123 does not."""
    assert name == hostname_of(network, station)
