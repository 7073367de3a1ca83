#!/bin/sh
exec /case/CMD "$@"
