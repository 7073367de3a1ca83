#!/usr/bin/dumb-init /bin/sh
exec /case/CMD "$@"
