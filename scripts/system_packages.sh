#!/bin/sh
# Install the Debian packages named as arguments where they are missing and this may be done.
# Tests that need one skip with a reason where it could not be installed.
set -u

# Some packages have no program of their name. PostgreSQL's are not on the PATH: its package keeps
# them a folder a version.
present() {
    case $1 in
    postgresql) ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 ;;
    dosfstools) [ -x /usr/sbin/fsck.vfat ] ;;
    e2fsprogs) [ -x /usr/sbin/debugfs ] ;;
    *) command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ] ;;
    esac
}

missing=""
for package in "$@"; do
    present "$package" || missing="$missing $package"
done
[ -z "$missing" ] && exit 0
if ! command -v apt-get >/dev/null 2>&1; then
    echo "not Debian or Ubuntu: install$missing by hand for the tests that need them"
    exit 0
fi
sudo=""
if [ "$(id -u)" -ne 0 ]; then
    if sudo -n true 2>/dev/null; then
        sudo="sudo -n"
    else
        echo "for the tests that need them: sudo apt-get install$missing"
        exit 0
    fi
fi
echo "installing Debian packages:$missing"
export DEBIAN_FRONTEND=noninteractive
$sudo apt-get update -qq && $sudo apt-get install -y -qq --no-install-recommends $missing >/dev/null
