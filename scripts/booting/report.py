"""docs/image-test.md: what was seen."""

from dataclasses import dataclass
from typing import Final

from scripts.booting.cuts import Cut
from scripts.booting.machine import CORES, MEMORY_MIB
from scripts.booting.stages import BROKER, TRIGGER, Boot
from scripts.booting.system import SUITE, Architecture
from scripts.booting.trial import Trial


@dataclass(frozen=True)
class Seen:
    """All of a run."""

    day: str
    host: str
    load: str
    qemu: str
    kind: Architecture
    kernel: str
    seed: int
    trial: Trial


def problems(trial: Trial) -> list[str]:
    """Return what is not as it must be, in words."""
    found = [f"{cut.card} after {cut.moment}: {cut.finding}" for cut in trial.cuts if cut.finding]
    return found if trial.finished else [*found, "the run was ended before all was done"]


def page(seen: Seen) -> str:
    """Return the page."""
    parts = [_head(seen), _boots(seen), _found(seen), _cuts(seen), _LIMITS]
    return "\n".join(line for part in parts for line in [*part, ""]).rstrip() + "\n"


def _head(seen: Seen) -> list[str]:
    found = problems(seen.trial)
    verdict = "All is well." if not found else "Not all is well: " + "; ".join(found) + "."
    record = seen.trial.record
    kit = f"{record.get('agent', '')} for {record.get('platform', '')}"
    return [
        "# A provisioned image boots",
        "",
        f"Written by `make image-test` on {seen.day}. A card's image, made by",
        "`edge-agent provision`, is booted in an emulated computer: cloud-init makes the user and",
        "the network, the kit installs itself without a network, the station enrols with a centre",
        "on this machine and sees an earthquake. Then power is cut, again and again.",
        "",
        f"**{verdict}**",
        "",
        f"- **Image**: Debian {SUITE} for {seen.kind.debian}, kernel {seen.kernel}, by",
        "  debootstrap, laid out as Raspberry Pi OS is: MBR, a FAT with kernel, initramfs,",
        "  `cmdline.txt`, `config.txt` and cloud-init's example files, ext4.",
        f"  `provision` sees the form {record.get('first_boot', '')} in it.",
        f"- **Computer**: {seen.qemu} without KVM, {CORES} processors, {MEMORY_MIB} MiB.",
        "  Kernel, initramfs and command line are taken from the FAT of the card at every boot, as",
        "  the Pi's firmware does.",
        f"- **Here**: {seen.host}; load {seen.load}.",
        f"- **Kit**: {kit}, {record.get('size_bytes', 0) / 1e6:.0f} MB on the card.",
    ]


def _boots(seen: Seen) -> list[str]:
    rows = ["## From power on", "", "| stage | first boot, s | later boot, s |", "|---|---|---|"]
    later = seen.trial.later
    for stage, seconds in seen.trial.first.seconds.items():
        again = later.seconds.get(stage)
        rows.append(f"| {stage} | {seconds:.0f} | {_shown(again)} |")
    cpu = (_cpu(seen.trial.first), _cpu(later))
    return [
        *rows,
        "",
        f"Processor time of the emulator: {cpu[0]} s and {cpu[1]} s.",
        f"An earthquake comes every minute; `{TRIGGER}` waits for the next one.",
    ]


def _shown(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds:.0f}"


def _cpu(boot: Boot) -> str:
    return f"{boot.cpu_s[BROKER]:.0f}"


def _found(seen: Seen) -> list[str]:
    trial = seen.trial
    state = trial.first.state
    models = ", ".join(f"{one['name']} {one['version']}" for one in state.get("models", ()))
    clock, agent = state["clock"], trial.agent
    good_ms = clock["error_s"] * 1000
    lines = [
        "## What was found",
        "",
        "- The user of the card logs in at the second terminal, with the password of the card, and",
        "  may use sudo. No unit failed; cloud-init says `done`; host name as told.",
        f"- The station says: network {models}, clock {clock['source']}, good to {good_ms:.0f} ms.",
        f"- systemd says: {agent['ActiveState']}, {agent['NRestarts']} restarts, watchdog",
        f"  {agent['WatchdogUSec']}.",
        *(f"- {name}: {text}" for name, text in trial.findings.items()),
        "- On the boot partition neither token nor station file nor a password's hash is left.",
    ]
    if trial.watchdog_s is not None and trial.restarted_s is not None:
        lines += [
            "- The agent was stopped where it stood (SIGSTOP): the watchdog ended it after",
            f"  {trial.watchdog_s:.0f} s, and {trial.restarted_s:.0f} s later it was ready again.",
        ]
    return lines


def _cuts(seen: Seen) -> list[str]:
    rows = [
        f"| {cut.card} | {cut.moment} | {cut.at_s:.0f} | "
        f"{'yes' if cut.begun_anew else ''} | {_outcome(cut)} |"
        for cut in seen.trial.cuts
    ]
    return [
        "## Power cuts",
        "",
        f"The emulator is killed (SIGKILL) at moments drawn from seed {seen.seed}: what the",
        "system had not given to its disk is lost. Several cuts of one card follow each other,",
        "boot by boot. At the end of each row of cuts the station must work: user, network, no",
        "failed unit, a trigger at the centre.",
        "",
        "| card | power went at | s after power on | first boot begun anew | first trigger after |",
        "|---|---|---|---|---|",
        *rows,
    ]


def _outcome(cut: Cut) -> str:
    if cut.finding:
        return "never"
    return "next cut" if cut.works_after_s is None else f"{cut.works_after_s:.0f} s"


_LIMITS: Final = [
    "## What is different from a Raspberry Pi",
    "",
    "- The firmware: a script plays it, which reads the same files of the FAT. Lines of",
    "  `config.txt` have no effect here; that they are written is tested elsewhere.",
    "- The system: Debian's packages and kernel, not Raspberry Pi's. netplan hands the network to",
    "  systemd-networkd, not to NetworkManager. No Wi-Fi, no SSH server.",
    "- The sensor: the station makes its samples itself. No SPI, no GPIO, no IIO.",
    "- The card: QEMU gives all that the system wrote to this machine's memory, which a SIGKILL",
    "  does not clear. A real card may lose what it had acknowledged, too.",
    "- Speed: an emulated processor is slow, and other work on this machine makes it slower.",
]
