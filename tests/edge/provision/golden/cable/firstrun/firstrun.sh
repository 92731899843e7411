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
sh /boot/firmware/edge-kit/install.sh enable
sed -i -E 's/ systemd\.(run|run_success_action|unit)=[^ ]*//g' /boot/firmware/cmdline.txt
rm -f /boot/firmware/firstrun.sh
sync
exit 0
