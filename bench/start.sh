#!/usr/bin/env bash
# A whole start against the programs of today, in one run. Prints ratios; a number above 1 is slower than the other.
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
chmod 644 "$work/entrypoint.yaml"
gcc -static -O2 -o "$work/drop-only" bench/drop-only.c

export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
full="dist/abdicate -c $work/entrypoint.yaml -- /bin/true"
peers=(
	"gosu nobody /bin/true"
	"setpriv --reuid nobody --regid nogroup --clear-groups --bounding-set=-all --no-new-privs /bin/true"
	"tini -- gosu nobody /bin/true"
	"$work/drop-only /bin/true"
)
names=("gosu" "setpriv" "tini -- gosu" "a static C program that only drops")

# Interleaved batches and medians: what else the machine does then hurts all alike.
rounds=${ROUNDS:-5}
median() { sort -n | awk '{ a[NR] = $1 } END { print a[int((NR + 1) / 2)] }'; }
sample() { hyperfine --shell=none --warmup 10 --runs 60 --export-json "$work/result.json" "$1" >/dev/null 2>&1 && node -p "JSON.parse(require('fs').readFileSync('$work/result.json')).results[0].median * 1000"; }
for ((round = 0; round < rounds; round++)); do
	sample "$full" >>"$work/own"
	for peer in "${!peers[@]}"; do
		sample "${peers[peer]}" >>"$work/peer$peer"
	done
done
own=$(median <"$work/own")
printf 'a full start: YAML, user, own, one kept capability, verified: %.2f ms (median of %d batches)\n' "$own" "$rounds"
for peer in "${!peers[@]}"; do
	other=$(median <"$work/peer$peer")
	printf '  against %-36s %5.2f ms  ratio %.2f\n' "${names[peer]}" "$other" "$(node -p "$own / $other")"
done
