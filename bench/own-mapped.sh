#!/usr/bin/env bash
# Taking over a volume of another owner: own with idmap-or-chown, own as it is, and chown -R. Whole starts are timed, in a mount namespace that ends
# with this script; the volume is a tmpfs.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ "${1:-}" != inside ]; then
	exec unshare --mount --propagation private "$0" inside
fi
work=$(mktemp -d)
trap 'umount -R -l "$work"; rm -rf "$work"' EXIT
mount -t tmpfs bench "$work"
chmod 755 "$work"
volume=$work/volume
mkdir "$work/store" "$volume"
mount -t tmpfs volume "$work/store"
for policy in idmap-or-chown mismatched; do
	printf 'user: 65534:65534\nsetup:\n  - own: {path: %s, policy: %s}\n' "$volume" "$policy" >"$work/$policy.yaml"
done

mapped() { dist/abdicate -c "$work/idmap-or-chown.yaml" -- /bin/true 2>/dev/null; }
own() { dist/abdicate -c "$work/mismatched.yaml" -- /bin/true 2>/dev/null; }
chown_all() { chown -R 65534:65534 "$volume"; }

rounds=${ROUNDS:-5}
median() { sort -n | awk '{ a[NR] = $1 } END { print a[int((NR + 1) / 2)] }'; }
printf 'taking over a volume: milliseconds (median of %d)\n' "$rounds"
have=0
for files in ${ENTRIES:-10 10000 100000}; do
	for (( ; have < files; have += 10)); do
		mkdir -p "$work/store/$((have / 1000))"
		(cd "$work/store/$((have / 1000))" && touch $(seq "$have" $((have + 9))))
	done
	for ((round = 0; round < rounds; round++)); do
		for way in mapped own chown_all; do
			chown -R 4242:4242 "$work/store"
			mount --bind "$work/store" "$volume"
			begin=${EPOCHREALTIME/[.,]/}
			"$way"
			echo $((${EPOCHREALTIME/[.,]/} - begin)) >>"$work/$files-$way"
			if [ "$way" = mapped ]; then
				# What was measured is what it says.
				[ "$(stat -c %u "$work/store") $(stat -c %u "$volume")" = '4242 65534' ]
				umount "$volume"
			fi
			umount "$volume"
		done
	done
	line=$(printf '  %7d files' "$files")
	for way in mapped own chown_all; do
		line+=$(printf ' | %s %s' "${way//_/ }" "$(median <"$work/$files-$way" | awk '{ printf "%.1f", $1 / 1000 }')")
	done
	echo "$line"
done
