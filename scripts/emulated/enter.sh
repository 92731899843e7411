#!/bin/sh
# Run a command in a root of another processor. Called through unshare, in namespaces of its own, so
# nothing that is mounted or registered here is seen outside, and root is not needed.
#   enter.sh ROOT QEMU CPU (sys|hide-sys) COMMAND...
set -eu
root=$1 qemu=$2 cpu=$3 sys=$4
shift 4

refuse() {
    echo "$1" >&2
    exit 97
}

# ELF, 64 bits, little-endian, executable or shared object, machine 183 (AArch64). F: the emulator is
# opened now, from outside the root.
formats=/proc/sys/fs/binfmt_misc
magic='\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00'
mask='\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff'
if ! grep -qs '^flags:.*F' "$formats/qemu-aarch64"; then
    mount -t binfmt_misc none "$formats" 2>/dev/null ||
        refuse "this kernel has no binfmt_misc for a user (that came with Linux 6.7)"
    printf '%s' ":emulated-arm64:M::$magic:$mask:$qemu:F" >"$formats/register" ||
        refuse "binfmt_misc does not take $qemu"
fi

mount -t proc proc "$root/proc" || refuse "/proc cannot be mounted"
mount --rbind /dev "$root/dev" || refuse "/dev cannot be mounted"
# LiteRT reads there how many processors there are; without it, it does without its fast kernels.
[ "$sys" = hide-sys ] || mount --rbind /sys "$root/sys" || refuse "/sys cannot be mounted"
exec chroot "$root" /usr/bin/env -i PATH=/usr/local/bin:/usr/bin HOME=/root LANG=C.UTF-8 \
    QEMU_CPU="$cpu" "$@"
