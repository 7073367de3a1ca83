#!/bin/sh
# The C compiler for the engine: docs/decisions/0029-flags-of-the-engine.md. The engine in the shipped program, which cargo builds for
# size, lies at an address that is known. That of the build's own programs does not.
[ "$OPT_LEVEL" = s ] || exec cc "$@"
case "$*" in
*/quickjs.c*) exec cc "$@" -fno-pic ;;
# Regular expressions, numbers as text, letters: no start spends its time there.
*) exec cc "$@" -fno-pic -Os ;;
esac
