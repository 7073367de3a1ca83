#!/usr/bin/env bash
# Runs the quickstart in throw-away namespaces: no Docker, nothing left behind. Needs root.
set -euo pipefail
cd "$(dirname "$0")/../.."

if [[ ${1:-} != inside ]]; then
	[[ $(id -u) == 0 ]] || { echo "make demo needs root: it shows how root is given up" >&2; exit 1; }
	mkdir -p build
	gcc -static -O2 -o build/quickstart-server examples/quickstart/server.c
	exec unshare --mount --pid --net --uts --ipc --fork --kill-child --mount-proc "$0" inside
fi

# A container's root file system, as far as the example needs one: it vanishes with the namespaces.
mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs /mnt
mount -t tmpfs -o mode=755 tmpfs /srv
mkdir -p /mnt/remote /srv/data/logs /srv/remote /srv/etc
cp examples/quickstart/entrypoint.yaml examples/quickstart/local-sftp /srv/
cp build/quickstart-server /srv/server
cp dist/abdicate /srv/abdicate
chmod 755 /srv/local-sftp /srv/server /srv/abdicate
chmod 644 /srv/entrypoint.yaml
{ grep '^root:' /etc/passwd; echo 'app:x:1000:1000::/srv/data:/bin/false'; } >/srv/etc/passwd
{ grep '^root:' /etc/group; echo 'app:x:1000:'; } >/srv/etc/group
mount --bind /srv/etc/passwd /etc/passwd
mount --bind /srv/etc/group /etc/group
echo 'read through FUSE: hello from the other side' >/srv/remote/greeting
touch /srv/data/journal /srv/data/logs/{a,b,c}
chown -R 4242:4242 /srv/data
ip link set lo up

echo "The container starts as root and runs: abdicate -- /srv/server /mnt/remote/greeting"
echo
before=$(</proc/self/status)
/srv/abdicate -v -c /srv/entrypoint.yaml -- /srv/server /mnt/remote/greeting &
server=$!

ask() { exec 3<>/dev/tcp/127.0.0.1/80 && cat <&3; }
answer=
for _ in $(seq 100); do
	kill -0 "$server" 2>/dev/null || { wait "$server"; exit 1; }
	[[ $(readlink "/proc/$server/exe") == /srv/server ]] && answer=$(ask 2>/dev/null) && [[ -n $answer ]] && break
	sleep 0.1
done
[[ -n $answer ]] || { echo "the server did not answer" >&2; exit 1; }

examples/quickstart/table.sh "$before" "$answer"
echo "port 80 answered; the volume belongs to $(stat -c '%U:%G' /srv/data/logs/a); nobody holds a capability:"
for process in /proc/[0-9]*; do
	name=$(<"$process/comm")
	[[ $name == server || $name == sshfs || $name == sftp-server ]] || continue
	printf '  %-12s uid %s CapEff %s CapBnd %s\n' "$name" "$(awk '/^Uid/{print $2}' "$process/status")" \
		"$(awk '/^CapEff/{print $2}' "$process/status")" "$(awk '/^CapBnd/{print $2}' "$process/status")"
done
