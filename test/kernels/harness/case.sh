#!/bin/sh
# One case, as PID 1 of its own namespaces, with all that root can hold. Usage: case.sh DIRECTORY
mount -t tmpfs -o mode=755 tmpfs /data
mount -t tmpfs -o mode=755 tmpfs /run
mount -t tmpfs -o mode=1777 tmpfs /tmp
ip link set lo up
cd /
export ABDICATE_CONFIG=/etc/case.yaml
unset OLDPWD SHLVL
. "$1/start"
