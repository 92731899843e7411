#!/bin/sh
# tremorkit
exec >>/boot/firmware/edge-kit/firstrun.log 2>&1
set -x
/usr/lib/raspberrypi-sys-mods/imager_custom set_hostname xx-kara1
set +x
/usr/lib/userconf-pi/userconf ada '*'
set -x
/usr/lib/raspberrypi-sys-mods/imager_custom enable_ssh -k 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIj ada@desk'
install -D -m 440 /dev/null /etc/sudoers.d/020_station
printf %s 'ada ALL=(ALL) NOPASSWD: ALL
' >/etc/sudoers.d/020_station
/usr/lib/raspberrypi-sys-mods/imager_custom set_timezone Etc/UTC
set +x
install -D -m 600 /dev/null /etc/NetworkManager/system-connections/station.nmconnection
printf %s '[connection]
id=station
type=wifi

[wifi]
mode=infrastructure
ssid=86;97;108;108;101;121;
hidden=false

[wifi-security]
key-mgmt=wpa-psk
psk=929dacb3dc1eb50ec2afcede51aa5d890f3d1dc19cb17497d681f47fed48f01b

[ipv4]
method=auto

[ipv6]
method=auto
' >/etc/NetworkManager/system-connections/station.nmconnection
set -x
rfkill unblock wifi
for state in /var/lib/systemd/rfkill/*:wlan; do
    [ -e "$state" ] && echo 0 >"$state"
done
sh /boot/firmware/edge-kit/install.sh enable
sed -i -E 's/ systemd\.(run|run_success_action|unit)=[^ ]*//g' /boot/firmware/cmdline.txt
rm -f /boot/firmware/firstrun.sh
sync
exit 0
