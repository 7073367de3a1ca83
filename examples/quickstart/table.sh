#!/usr/bin/env bash
# Prints what the kernel said of the start beside what it says of the workload: table.sh STATUS_BEFORE ANSWER
set -euo pipefail
value() { sed -n "s/^$2:[[:space:]]*//p" <<<"$1" | tr '\t\r' '  '; }
row() { printf '%-18s %-34s %s\n' "$3" "$(value "$1" "$4")" "$(value "$2" "$4")"; }
printf '\n%-18s %-34s %s\n' "the kernel says" "before" "after"
row "$1" "$2" uids Uid
row "$1" "$2" gids Gid
row "$1" "$2" groups Groups
row "$1" "$2" "bounding set" CapBnd
row "$1" "$2" permitted CapPrm
row "$1" "$2" effective CapEff
row "$1" "$2" inheritable CapInh
row "$1" "$2" ambient CapAmb
row "$1" "$2" "no new privileges" NoNewPrivs
printf '\n%s\n' "$(grep '^read through FUSE' <<<"$2")"
