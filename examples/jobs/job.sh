#!/bin/sh
# Counts, and keeps what it has when it is told to stop. It leaves whoever started it, as programs do that mean to be daemons.
name=$1 end=$2 n=0
(
	trap 'echo "stopped at $n" > "/srv/results/$name"; exit' TERM
	while [ "$n" -lt "$end" ]; do
		n=$((n + 1))
		sleep .05
	done
	echo "counted to $n" > "/srv/results/$name"
) &
