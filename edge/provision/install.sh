#!/bin/sh
# Installs the station from the folder that this script lies in; needs root and no network.
#
#   sh install.sh           install now; may be run again at any time
#   sh install.sh begin     let systemd install it, now and after a power cut
#   sh install.sh enable    the same from the next boot on
#   sh install.sh first     before anything else of a boot: one that was cut off begins anew
#
# In order: check every file; user; Python environment in a folder of its own, then one link that
# makes it the agent; configuration and token, which are wiped here; service; examination; start.
# Each step leaves a system that this script can go on with.
#
# For tests: EDGE_ROOT is put before every path that is written, and no account or service of the
# machine is touched then.
set -eu
umask 022
LC_ALL=C
export LC_ALL

root=${EDGE_ROOT:-}
here=$(cd "$(dirname "$0")" && pwd)
boot=$(dirname "$here")
etc=$root/etc/edge-agent
state=$root/var/lib/edge-agent
opt=$root/opt
units=$root/etc/systemd/system
wants=$units/multi-user.target.wants
service=edge-agent.service
installer=edge-kit-install.service
account=edge-agent
first=$root/var/lib/edge-kit
most_times=5

say() { printf 'edge-kit: %s\n' "$*" >&2; }
die() {
    say "$*"
    exit 1
}

# Values that the kit was made with: KIT_STATION, KIT_AGENT, KIT_PLATFORM, KIT_PYTHON.
# shellcheck source=/dev/null
. "$here/kit.env"

# All that was written is on the disk when this returns.
flush() { [ -n "$root" ] || sync; }

systemd_runs() { [ -z "$root" ] && [ -d /run/systemd/system ]; }

# A unit appears whole or not at all: an empty one would be masked for ever.
enable_unit() {
    mkdir -p "$wants"
    install -m 644 "$here/$1" "$units/.$1.new"
    sync "$units/.$1.new"
    mv -T "$units/.$1.new" "$units/$1"
    ln -sf "../$1" "$wants/$1"
}

enable_installer() {
    enable_unit "$installer"
    flush
    if systemd_runs; then
        systemctl daemon-reload
    fi
}

check_machine() {
    machine=${EDGE_MACHINE:-$(uname -m)}
    [ "$machine" = "$KIT_PLATFORM" ] || die "this computer is a $machine, the kit is for $KIT_PLATFORM; a 32-bit system will not do, write the 64-bit one"
    if [ -z "$root" ] && [ "$(id -u)" -ne 0 ]; then
        die "needs root: sudo sh $0"
    fi
}

find_python() {
    for name in "${PYTHON:-}" "python$KIT_PYTHON" python3; do
        if [ -z "$name" ] || ! command -v "$name" >/dev/null 2>&1; then
            continue
        fi
        found=$("$name" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue
        if [ "$found" = "$KIT_PYTHON" ]; then
            python=$name
            return
        fi
    done
    die "no Python $KIT_PYTHON here (${found:-none}); make the wheelhouse for the one that is: edge-agent wheelhouse --python ${found:-VERSION}"
}

# Once a kit is installed its configuration is wiped here, and need not be whole any more.
check_files() {
    kit=$(sha256sum "$here/SHA256SUMS" | cut -c 1-64)
    passed_over='^$'
    if is_installed; then
        passed_over='  etc/'
    fi
    (cd "$here" && grep -v "$passed_over" SHA256SUMS | sha256sum --check --strict --quiet >&2) ||
        die "a file of the kit is damaged; write the card anew"
}

is_installed() { [ "$(cat "$etc/.kit" 2>/dev/null || true)" = "$kit" ]; }

make_account() {
    [ -n "$root" ] && return
    getent passwd "$account" >/dev/null ||
        useradd --system --home-dir /var/lib/edge-agent --no-create-home \
            --shell /usr/sbin/nologin "$account"
    for group in spi i2c gpio dialout; do
        if getent group "$group" >/dev/null; then
            usermod --append --groups "$group" "$account"
        fi
    done
}

# Into a folder that is named after what is in it; only whole ones have the mark.
make_environment() {
    wheels=$here/wheels
    digest=$(sha256sum "$wheels/requirements.txt" | cut -c 1-12)
    name=edge-agent-$digest
    place=$opt/$name
    if [ -e "$opt/edge-agent" ] && [ ! -L "$opt/edge-agent" ]; then
        die "$opt/edge-agent was installed by hand; move it away first"
    fi
    if [ ! -e "$place/.whole" ]; then
        say "installing $KIT_AGENT into $place"
        rm -rf "$place"
        mkdir -p "$opt"
        pip=$(find "$wheels" -name 'pip-*.whl' | head -n 1)
        if [ -n "$pip" ]; then
            "$python" -m venv --without-pip "$place"
            set -- "$place/bin/python" "$pip/pip"
        else
            "$python" -m venv "$place" || die "python3-venv is missing: apt install python3-venv"
            set -- "$place/bin/python" -m pip
        fi
        "$@" install --quiet --no-index --no-deps --no-cache-dir --disable-pip-version-check \
            --find-links "$wheels" --require-hashes -r "$wheels/requirements.txt" >&2
        flush
        touch "$place/.whole"
    fi
    # One rename: a power cut finds the old agent or the new one.
    ln -sfn "$name" "$opt/.edge-agent.new"
    mv -T "$opt/.edge-agent.new" "$opt/edge-agent"
    mkdir -p "$root/usr/local/bin"
    ln -sfn /opt/edge-agent/bin/edge-agent "$root/usr/local/bin/edge-agent"
}

# A file appears whole or not at all; what was there before another kit stays beside it.
put() {
    if [ -e "$3" ] && ! cmp -s "$2" "$3"; then
        cp -p "$3" "$3.before"
    fi
    install -m "$1" "$2" "$3.new"
    if [ -z "$root" ]; then
        chgrp "$account" "$3.new"
    fi
    sync "$3.new"
    mv -T "$3.new" "$3"
}

# A kit that was installed already leaves alone what was changed on site since.
configure() {
    mkdir -p "$etc" "$state"
    if ! is_installed; then
        for file in "$here"/etc/*; do
            put 640 "$file" "$etc/$(basename "$file")"
        done
    fi
    chmod 700 "$state"
    if [ -z "$root" ]; then
        chown "$account:$account" "$state"
    fi
}

# The token goes where only the agent reads it, is on its disk, and only then wiped here.
take_token() {
    [ -f "$here/enrolment-token" ] || return 0
    # By the agent itself: the folder is its own, and root would follow a link that lies in it.
    # shellcheck disable=SC2016 # expanded by the inner shell
    set -- sh -c 'umask 077; rm -f "$1.new"; cat >"$1.new" && sync "$1.new" && mv -T "$1.new" "$1"' \
        sh "$state/enrolment-token"
    if [ -z "$root" ]; then
        set -- runuser -u "$account" -- "$@"
    fi
    "$@" <"$here/enrolment-token"
    flush
    wipe "$here/enrolment-token"
}

wipe() {
    size=$(wc -c <"$1")
    dd if=/dev/zero of="$1" bs=1 count="$size" conv=notrunc,fsync 2>/dev/null
    rm -f "$1"
    flush
}

# Passwords of brokers may stand in it, and whoever has the card can read it.
wipe_configuration() {
    for file in "$here"/etc/*; do
        if [ -f "$file" ]; then
            wipe "$file"
        fi
    done
}

# Who may log in is on the computer now. The name of the instance stays, or all would begin anew.
blank_user_data() {
    [ -f "$boot/user-data" ] || return 0
    grep -q '^# tremorkit$' "$boot/user-data" || return 0
    wipe "$boot/user-data"
    printf '#cloud-config\n# tremorkit\n# Applied and blanked.\n{}\n' >"$boot/user-data"
    flush
}

# What is wanting is told, and does not keep the station from starting.
examine() {
    set -- "$opt/edge-agent/bin/edge-agent" doctor --config "$etc/station.toml" --json
    if [ -z "$root" ]; then
        set -- runuser -u "$account" -- "$@"
    fi
    if timeout 300 "$@" >"$etc/doctor.json.new"; then
        say "examined: all is well"
    else
        say "examined: something is to be mended, see edge-kit/doctor.json on this partition"
    fi
    mv -T "$etc/doctor.json.new" "$etc/doctor.json"
    cp "$etc/doctor.json" "$here/doctor.json"
}

install_all() {
    check_machine
    find_python
    check_files
    make_account
    make_environment
    configure
    take_token
    if systemd_runs; then
        systemctl stop "$service" 2>/dev/null || true
    fi
    enable_unit "$service"
    examine
    printf '%s\n' "$kit" >"$etc/.kit"
    flush
    wipe_configuration
    if systemd_runs; then
        systemctl daemon-reload
        systemctl start --no-block "$service"
    fi
    blank_user_data
    rm -f "$wants/$installer"
    flush
    say "station $KIT_STATION is installed ($KIT_AGENT)"
}

kit_is() { sha256sum "$here/SHA256SUMS" | cut -c 1-64; }

# cloud-init marks what it did before it did it, and leaves the writing to the kernel: a first boot
# that loses its power may have no user and an empty network, and no later one would mend it. So it
# begins anew, some times; the installation goes on in any case.
begin_anew() {
    kit=$(kit_is)
    if [ "$(cat "$first/told" 2>/dev/null || true)" = "$kit" ]; then
        return
    fi
    enable_installer
    mkdir -p "$first"
    if [ "$(cat "$first/begun" 2>/dev/null || true)" != "$kit" ]; then
        printf '%s\n' "$kit" >"$first/begun"
        flush
        return
    fi
    times=$(sed -n "s/^$kit //p" "$first/anew" 2>/dev/null || true)
    times=$((${times:-0} + 1))
    if [ "$times" -gt "$most_times" ]; then
        return
    fi
    say "the first boot was cut off; it begins anew"
    printf '%s %s\n' "$kit" "$times" >"$first/anew"
    rm -rf "$root/var/lib/cloud/instance" "$root/var/lib/cloud/instances" "$root/var/lib/cloud/data"
    flush
    rm -f "$first/begun"
    flush
    if systemd_runs; then
        systemctl reboot --force --force
    fi
}

# All that cloud-init did is on the disk, and only then it counts as done.
remember_told() {
    mkdir -p "$first"
    flush
    kit_is >"$first/told"
    flush
}

case ${1:-now} in
now) install_all ;;
first) begin_anew ;;
enable) enable_installer ;;
begin)
    enable_installer
    remember_told
    if command -v rfkill >/dev/null 2>&1 && [ -z "$root" ]; then
        rfkill unblock wifi || true
    fi
    if systemd_runs; then
        systemctl start --no-block "$installer"
    fi
    ;;
*) die "knows first, begin, enable and nothing, not $1" ;;
esac
