#!/usr/bin/env bash
# The own step on a large tree against what shell entrypoints do, in one run. A whole start is timed, not the walk alone.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
directories=${DIRECTORIES:-1000}
files=${FILES:-200}
tree=$work/tree
for ((directory = 0; directory < directories; directory++)); do
	mkdir -p "$tree/$((directory % 10))/$directory"
	(cd "$tree/$((directory % 10))/$directory" && touch $(seq "$files"))
done
find "$tree" -type f | awk 'NR % 100 == 0' >"$work/hundredth"
printf 'user: 65534:65534\nsetup:\n  - own: %s\n' "$tree" >"$work/entrypoint.yaml"
chmod 644 "$work/entrypoint.yaml"

ours() { dist/abdicate -c "$work/entrypoint.yaml" -- /bin/true; }
# What is there today: the last two look at each entry, the second follows links.
chown_all() { chown -R 65534:65534 "$tree"; }
find_different() { find "$tree" \( ! -user 65534 -o ! -group 65534 \) -exec chown 65534:65534 {} +; }
find_all() { find "$tree" -exec chown -h 65534:65534 {} +; }

right() { chown -R 65534:65534 "$tree"; }
wrong() { chown -R 4242:4242 "$tree"; }
hundredth_wrong() { right && xargs chown 4242:4242 <"$work/hundredth"; }

rounds=${ROUNDS:-5}
median() { sort -n | awk '{ a[NR] = $1 } END { print a[int((NR + 1) / 2)] }'; }
printf 'own, %d entries: milliseconds (median of %d), and the ratio of ours to each\n' "$(find "$tree" | wc -l)" "$rounds"
for state in right wrong hundredth_wrong; do
	for ((round = 0; round < rounds; round++)); do
		for way in ours chown_all find_different find_all; do
			"$state"
			begin=${EPOCHREALTIME/[.,]/}
			"$way"
			echo $(((${EPOCHREALTIME/[.,]/} - begin) / 1000)) >>"$work/$state-$way"
		done
	done
	own=$(median <"$work/$state-ours")
	printf '  %-16s ours %5d' "${state//_/ }" "$own"
	for way in chown_all find_different find_all; do
		other=$(median <"$work/$state-$way")
		printf ' | %s %5d %.2f' "${way//_/ }" "$other" "$(node -p "$own / $other")"
	done
	echo
done
