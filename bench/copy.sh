#!/usr/bin/env bash
# The copy step against cp, interleaved, as ratios. Whole starts are timed. In memory, unless BENCH_DIRECTORY names another place: there, what
# is copied is also made durable, so that cp has a sync after it.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d "${BENCH_DIRECTORY:-/dev/shm}/abdicate-bench-XXXXXX")
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
rounds=${ROUNDS:-5}

# DIRECTORIES FILES TREE
many() {
	local directory
	for ((directory = 0; directory < $1; directory++)); do
		mkdir -p "$3/$((directory % 10))/$directory"
		(cd "$3/$((directory % 10))/$directory" && for ((file = 0; file < $2; file++)); do echo "$file of $directory" >$file; done)
	done
}
# ENTRYPOINT FROM TO IF
config() { printf 'user: root\nsetup:\n  - copy: {from: %s, to: %s, if: %s, owner: keep, group: keep}\n' "$2" "$3" "$4" >"$1"; }
now() { echo "${EPOCHREALTIME/[.,]/}"; }
median() { sort -n | awk '{ a[NR] = $1 } END { print a[int((NR + 1) / 2)] }'; }

ours() { dist/abdicate -c "$work/$1.yaml" -- /bin/true; }
cp_large() { cp -a "$work/large" "$work/copy" && sync -f "$work"; }
cp_small() { cp -a "$work/small" "$work/copy" && sync -f "$work"; }
cp_nothing() { cp -an "$work/there/." "$work/same"; }

mkdir "$work/large"
head -c 200000000 /dev/urandom >"$work/large/file"
many 100 200 "$work/small"
many 1000 200 "$work/there"
cp -a "$work/there" "$work/same"
config "$work/large.yaml" "$work/large" "$work/copy" absent
config "$work/small.yaml" "$work/small" "$work/copy" absent
config "$work/nothing.yaml" "$work/there" "$work/same" entry-absent

printf 'copy: milliseconds (median of %d), and the ratio of ours to cp\n' "$rounds"
for what in large small nothing; do
	for ((round = 0; round < rounds; round++)); do
		for way in ours cp; do
			rm -rf "$work/copy"
			sync -f "$work"
			begin=$(now)
			if [ "$way" = ours ]; then ours "$what"; else "cp_$what"; fi
			echo $((($(now) - begin) / 1000)) >>"$work/$what-$way"
		done
	done
	ours=$(median <"$work/$what-ours") cp=$(median <"$work/$what-cp")
	printf '  %-40s ours %5d | cp %5d %.2f\n' "$(
		case $what in
			large) echo '200 MB in one file' ;;
			small) echo '20,000 small files' ;;
			nothing) echo '200,000 entries, nothing to do (cp -an)' ;;
		esac
	)" "$ours" "$cp" "$(node -p "$ours / $cp")"
done
