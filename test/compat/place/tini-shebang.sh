#!/usr/bin/tini /bin/sh
exec /case/CMD "$@"
