# What a script of an attack finds, before the script itself, which is the first argument.
set -euo pipefail
umask 022
mkdir /dev/shm
rm -f /etc/entrypoint.yaml
printf 'root:x:0:0::/root:/bin/bash\napp:x:1000:1000::/home/app:/bin/bash\nother:x:1001:1001::/:/bin/bash\n' >/etc/passwd
printf 'root:x:0:\nshadow:x:42:\napp:x:1000:\nother:x:1001:\n' >/etc/group
printf 'root:the secret of root:1::::::\n' >/etc/shadow
chown 0:42 /etc/shadow
chmod 640 /etc/shadow
mkdir -p /home/app
chown 1000:1000 /home/app

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
set --
cd /
eval "$script"
