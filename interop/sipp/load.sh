#!/bin/sh
# Load with sipp: uaCSTA sessions, each with a monitor held for a while.
#
#   load.sh HOST:PORT [RATE [COUNT [HOLD_MS [TRANSPORT]]]]
#
# RATE sessions per second (100), COUNT in all (1000), HOLD_MS (1000),
# TRANSPORT u1 (one UDP socket), t1 (one TCP connection) or tn (a TCP
# connection for each session). NUMBERS: directory numbers, separated by blanks
# ("201 202"). Exit code 0 when every session went through.
set -u
[ $# -ge 1 ] || { echo "usage: load.sh HOST:PORT [RATE [COUNT [HOLD_MS [TRANSPORT]]]]" >&2; exit 2; }
target=$1
rate=${2:-100}
count=${3:-1000}
hold=${4:-1000}
transport=${5:-t1}
here=$(cd "$(dirname "$0")" && pwd)

case $target in
    127.*) ;;
    *) echo "loopback only: $target" >&2; exit 2 ;;
esac
work=$(mktemp -d) || exit 2
child=
trap 'rm -rf "$work"' EXIT
trap '[ -z "$child" ] || kill -KILL "$child" 2>/dev/null; exit 130' INT TERM

{
    echo SEQUENTIAL
    for number in ${NUMBERS:-201 202}; do echo "$number;"; done
} >"$work/lines.csv"

limit=$((count / rate + hold / 1000 + 30))
timeout -k 2 "$((limit + 5))" sipp "$target" -sf "$here/load-sessions.xml" -inf "$work/lines.csv" \
    -t "$transport" -i 127.0.0.1 -p "$((20000 + $$ % 20000))" -r "$rate" -m "$count" -d "$hold" \
    -l "$((rate * (hold / 1000 + 5) + 100))" -max_socket 20000 \
    -recv_timeout 10000 -timeout "$limit" -timeout_error -nostdin \
    -trace_err -error_file "$work/errors" >"$work/out" 2>&1 &
child=$!
wait "$child"
code=$?
child=
[ $code -eq 0 ] || { head -20 "$work/errors" 2>/dev/null; tail -3 "$work/out"; }
# The last column of sipp's final screen counts since the start.
total() { grep -a "$1" "$work/out" | tail -1 | sed 's/.*|//; s/ *$//; s/^ *//'; }
echo "$(total 'Successful call') sessions passed, $(total 'Failed call') failed, $(total 'Call Rate')"
exit $code
