#!/bin/sh
# PID 1 of the emulated machine: runs every case below /cases and reports each in one line on the second serial port:
# `case NAME STATUS STDOUT STDERR`, the last two in base64, and `done` after the last.
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mount -t securityfs securityfs /sys/kernel/security
mount -t cgroup2 cgroup2 /sys/fs/cgroup
stty -F /dev/ttyS1 raw -echo
for module in /modules/*.ko; do
	insmod "$module" || echo "init: $module was not taken"
done
# A profile, or a policy, has to come in one write.
if [ -d /sys/fs/selinux ]; then
	mount -t selinuxfs selinuxfs /sys/fs/selinux
	dd if=/policy of=/sys/fs/selinux/load bs=4M && echo 1 >/sys/fs/selinux/enforce || echo "init: the policy was not taken"
else
	dd if=/profiles of=/sys/kernel/security/apparmor/.load bs=4M || echo "init: the profiles were not taken"
fi
for directory in /cases/*; do
	name=${directory##*/}
	# Messages name it.
	cp "$directory/entrypoint.yaml" /etc/case.yaml
	timeout -s KILL 60 unshare -m -u -i -n -p -f --mount-proc sh /case.sh "$directory" </dev/null >/out 2>/err
	echo "case $name $? $(base64 -w 0 /out) $(base64 -w 0 /err)" >/dev/ttyS1
done
echo done >/dev/ttyS1
poweroff -f
