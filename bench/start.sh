#!/usr/bin/env bash
# A whole start against the programs of today, in one run: single starts one after another, in an order drawn anew in each round, and
# lone starts seconds apart, as containers start. A ratio above 1 says that ours is slower than the other.
# STARTS=400 LONE=15 PAUSE=2000 are how often each program is started in each way, and the milliseconds between lone starts.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
mkdir "$work/data"
chown nobody:nogroup "$work/data"
cat >"$work/entrypoint.yaml" <<YAML
user: nobody
setup:
  - own: $work/data
capabilities:
  keep: [NET_BIND_SERVICE]
YAML
(cat "$work/entrypoint.yaml"; echo "init: true") >"$work/init.yaml"
printf 'user: nobody\ninit: true\n' >"$work/user-init.yaml"
chmod 644 "$work"/*.yaml
mkdir "$work/ours"
for name in gosu su-exec tini dumb-init setpriv capsh; do
	ln -s "$PWD/dist/abdicate" "$work/ours/$name"
done
gcc -static -O2 -o "$work/drop-only" bench/drop-only.c
gcc -static -O2 -std=gnu11 -Wall -Wextra -o "$work/starts" bench/starts.c

export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
programs=(
	abdicate dist/abdicate -c "$work/entrypoint.yaml" -- /bin/true ";"
	gosu gosu nobody /bin/true ";"
	setpriv setpriv --reuid nobody --regid nogroup --clear-groups --bounding-set=-all --no-new-privs /bin/true ";"
	"abdicate with init: true" dist/abdicate -c "$work/init.yaml" -- /bin/true ";"
	"tini -s -- gosu" tini -s -- gosu nobody /bin/true ";"
	"a static C program that only drops" "$work/drop-only" /bin/true ";"
	"the workload alone" /bin/true
)

echo "a full start: YAML, user, own, one kept capability, verified, and /bin/true as the workload"
"$work/starts" 5 0 "${programs[@]}" >/dev/null
echo "one after another, in random order, ${STARTS:=400} of each:"
"$work/starts" "$STARTS" 0 "${programs[@]}"
echo "lone, ${PAUSE:=2000} ms apart, in random order, ${LONE:=15} of each:"
"$work/starts" "$LONE" "$PAUSE" "${programs[@]}"

# Each beside what it replaces, with the same words: a ratio above 1 says that ours is slower. The limits are for a machine that does nothing else.
beside() {
	local title=$1 most=$2
	shift 2
	echo "$title${most:+, at most $most}:"
	"$work/starts" 5 0 "$@" >/dev/null
	"$work/starts" "$STARTS" 0 "$@"
}

echo "called by the names of others, and with an init:"
beside "gosu against gosu" 0.85 ours "$work/ours/gosu" nobody /bin/true ";" gosu /usr/sbin/gosu nobody /bin/true
beside "tini against tini" 1.3 ours "$work/ours/tini" -s -- /bin/true ";" tini /usr/bin/tini -s -- /bin/true
beside "init: true against tini and gosu, which neither own a volume nor keep a capability" 0.65 \
	"user: and init: true" dist/abdicate -c "$work/user-init.yaml" -- /bin/true ";" \
	"own, keep, init: true" dist/abdicate -c "$work/init.yaml" -- /bin/true ";" \
	"tini -- gosu" /usr/bin/tini -s -- /usr/sbin/gosu nobody /bin/true
beside "dumb-init against dumb-init" "" ours "$work/ours/dumb-init" -- /bin/true ";" dumb-init /usr/bin/dumb-init -- /bin/true
words=(--reuid nobody --regid nogroup --clear-groups --bounding-set=-all --no-new-privs /bin/true)
beside "setpriv against setpriv" "" ours "$work/ours/setpriv" "${words[@]}" ";" setpriv /usr/bin/setpriv "${words[@]}"
words=(--drop=cap_net_raw --user=nobody -- -c "exec /bin/true")
beside "capsh against capsh" "" ours "$work/ours/capsh" "${words[@]}" ";" capsh /usr/sbin/capsh "${words[@]}"
beside "su-exec against gosu" "" ours "$work/ours/su-exec" nobody /bin/true ";" gosu /usr/sbin/gosu nobody /bin/true
