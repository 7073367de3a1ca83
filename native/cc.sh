#!/bin/sh
# The C compiler for the engine. The one in the shipped program, which cargo builds for size, lies at an address that is known: code that
# could lie anywhere is slower. The one of the build's own programs has to be able to. See docs/decisions/0029-flags-of-the-engine.md.
[ "$OPT_LEVEL" = s ] && exec cc "$@" -fno-pic
exec cc "$@"
