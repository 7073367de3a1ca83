#!/usr/bin/env bash
# What a wall of Landlock costs: from the first of its calls to the last, by perf trace, and a whole start with it against one without.
# ROUNDS=60 STARTS=200 are how often.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
printf 'user: "65534:65534"\n' >"$work/none.yaml"
printf 'user: "65534:65534"\nlandlock: {read: [/etc/hosts, /usr/share, /usr/lib, /proc], execute: /usr, write: [/tmp, /dev], base: none}\n' >"$work/seven.yaml"
printf 'user: "65534:65534"\nlandlock: {read: /usr/share, write: /tmp}\n' >"$work/base.yaml"
chmod 644 "$work"/*.yaml
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

echo "from landlock_create_ruleset to landlock_restrict_self, milliseconds (least and median of ${ROUNDS:=60}):"
for wall in seven base; do
	for ((round = 0; round < ROUNDS; round++)); do
		perf trace -e landlock_create_ruleset,landlock_restrict_self -o "$work/trace" dist/abdicate -c "$work/$wall.yaml" -- /bin/true
		awk '/attr:/ { begin = $1 } /restrict/ { print $1 - begin }' "$work/trace"
	done | sort -n | awk -v wall=$wall '{ a[NR] = $1 } END { printf "%-8s %.3f %.3f\n", wall, a[1], a[int((NR + 1) / 2)] }'
done

gcc -static -O2 -std=gnu11 -Wall -Wextra -o "$work/starts" bench/starts.c
starts=()
for wall in none seven base; do
	starts+=("$wall" dist/abdicate -c "$work/$wall.yaml" -- /bin/true ";")
done
unset "starts[-1]"
"$work/starts" 5 0 "${starts[@]}" >/dev/null
"$work/starts" "${STARTS:=200}" 0 "${starts[@]}"
