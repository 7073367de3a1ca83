#!/bin/bash
# The house of an attack: builds a root of its own in the namespaces it was started in, and runs the script given there.
set -euo pipefail
umask 022

mount -t tmpfs -o mode=755 house /mnt
mkdir /mnt/upper /mnt/work /mnt/root
mount -t overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work overlay /mnt/root
mkdir -p /mnt/root/data
mount -t proc proc /mnt/root/proc
for place in data run tmp dev; do
	mount -t tmpfs -o mode=755 "$place" "/mnt/root/$place"
done
chmod 1777 /mnt/root/tmp
mkdir /mnt/root/dev/shm
for node in null:3 zero:5 full:7 random:8 urandom:9; do
	mknod -m 666 "/mnt/root/dev/${node%:*}" c 1 "${node#*:}"
done
mknod -m 666 /mnt/root/dev/tty c 5 0
mknod -m 666 /mnt/root/dev/fuse c 10 229
ln -s /proc/self/fd /mnt/root/dev/fd
for number in 0:stdin 1:stdout 2:stderr; do
	ln -s "/proc/self/fd/${number%:*}" "/mnt/root/dev/${number#*:}"
done
cp "$BINARY" /mnt/root/abdicate
cp "$PROBE" /mnt/root/probe
cp "$FUSE" /mnt/root/hello-fs
chmod 755 /mnt/root/abdicate /mnt/root/probe /mnt/root/hello-fs
rm -f /mnt/root/etc/entrypoint.yaml
printf 'root:x:0:0::/root:/bin/bash\napp:x:1000:1000::/home/app:/bin/bash\nother:x:1001:1001::/:/bin/bash\n' >/mnt/root/etc/passwd
printf 'root:x:0:\nshadow:x:42:\napp:x:1000:\nother:x:1001:\n' >/mnt/root/etc/group
printf 'root:the secret of root:1::::::\n' >/mnt/root/etc/shadow
chown 0:42 /mnt/root/etc/shadow
chmod 640 /mnt/root/etc/shadow
mkdir -p /mnt/root/home/app
chown 1000:1000 /mnt/root/home/app /mnt/root/data
cd /mnt/root
pivot_root . mnt
umount -l /mnt
ip link set lo up 2>/dev/null || true

unprivileged() { setpriv --reuid="$1" --regid="$1" --clear-groups --bounding-set=-all --inh-caps=-all --no-new-privs "${@:2}"; }
app() { unprivileged 1000 "$@"; }
other() { unprivileged 1001 "$@"; }
config() { cat >/etc/entrypoint.yaml; }
fuse_at() {
	local fd
	exec {fd}<>/dev/fuse
	mount -i -t fuse -o "fd=$fd,rootmode=40000,user_id=1000,group_id=1000,allow_other" hello "$1"
	(exec setpriv --reuid=1000 --regid=1000 --clear-groups /hello-fs "/dev/fd/$fd" "$2") &
	daemon=$!
	exec {fd}>&-
}
script=$1
unset BINARY PROBE FUSE
set --
cd /
eval "$script"
