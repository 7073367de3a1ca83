#!/usr/bin/env bash
# What masks cost: from the first of their calls to the last, by perf trace, and the processor time of a whole start with and without them.
# ROUNDS=30 is how often.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
printf 'user: "65534:65534"\n' >"$work/none.yaml"
printf 'user: "65534:65534"\nnamespaces: [mount, ipc, uts]\n' >"$work/namespaces.yaml"
printf 'user: "65534:65534"\npaths: docker-default\n' >"$work/paths.yaml"
printf 'user: "65534:65534"\nconfine: docker-default\n' >"$work/confine.yaml"
chmod 644 "$work"/*.yaml
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
apart=(unshare --mount --pid --net --ipc --uts --fork --kill-child --mount-proc)
calls=open_tree,move_mount,mount_setattr,fsopen

echo "from the first to the last of $calls, milliseconds (least and median of ${ROUNDS:=30}), and their number:"
for ((round = 0; round < ROUNDS; round++)); do
	"${apart[@]}" perf trace -e "$calls" -o "$work/trace" dist/abdicate -c "$work/paths.yaml" -- /bin/true
	awk '/abdicate/ { if (!n++) begin = $1; end = $1 } END { print end - begin, n }' "$work/trace"
done | sort -n | awk '{ a[NR] = $1; n = $2 } END { printf "%.3f %.3f %d\n", a[1], a[int((NR + 1) / 2)], n }'

echo "processor time of a start, milliseconds, and its system calls:"
for kind in none namespaces paths confine; do
	"${apart[@]}" strace -o "$work/calls" dist/abdicate -c "$work/$kind.yaml" -- /bin/true
	time=$("${apart[@]}" perf stat -r "$ROUNDS" -x, -e task-clock dist/abdicate -c "$work/$kind.yaml" -- /bin/true 2>&1 | head -n 1 | cut -d, -f1)
	echo "$kind $time $(wc -l <"$work/calls")"
done
