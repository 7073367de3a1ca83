#!/usr/bin/env bash
# docker-default as a filter: ours against libseccomp's binary tree of the same profile and against the filter that runc loads, which is read back
# from a live container. Interleaved; medians, the best in brackets, and ratios.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh test bench
work=$(mktemp -d)
container=abdicate-bench-$$
trap 'runc --root "$work/runc" delete --force "$container" >/dev/null 2>&1 || true; rm -rf "$work"' EXIT

gcc -O2 -std=gnu11 -Wall -Wextra -o "$work/seccomp" bench/seccomp.c -lseccomp
mkdir -p "$work/bundle/rootfs"
echo 'int pause(void); int main(void) { pause(); }' | gcc -static -s -x c - -o "$work/bundle/rootfs/pause"
runc spec --bundle "$work/bundle"
node_modules/.bin/esbuild bench/seccomp-filters.ts --bundle --platform=node --format=esm --log-level=warning --outfile="$work/filters.mjs"
node "$work/filters.mjs" "$work"

"$work/seccomp" make "$work/rules" >"$work/libseccomp-tree"
runc --root "$work/runc" run --detach --pid-file "$work/pid" --bundle "$work/bundle" "$container" </dev/null >"$work/log" 2>&1 ||
	{ cat "$work/log" >&2 && exit 1; }
"$work/seccomp" read "$(cat "$work/pid")" >"$work/runc"-filter
mv "$work/ours.bpf" "$work/ours"

dpkg-query --show --showformat '${Package} ${Version}\n' libseccomp-dev runc
echo "to load, microseconds, ${ROUNDS:=400} of each:"
"$work/seccomp" load "$ROUNDS" "$work/ours" "$work/libseccomp-tree" "$work/runc-filter"
echo "personality(), whose argument is looked at, nanoseconds:"
"$work/seccomp" call "$((ROUNDS / 8))" "$work/ours" "$work/libseccomp-tree" "$work/runc-filter" "$work/no-filter"
