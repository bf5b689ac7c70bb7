#!/bin/sh
# Captures loopback traffic of some ports with dumpcap (Debian package tshark).
#
#   capture.sh start FILE PORT...    begins, returns once packets are captured
#   capture.sh stop FILE             ends, returns once FILE is complete
#
# The capture ends by itself after LIMIT seconds (600), so that none is left over.
set -u

usage() { echo "usage: capture.sh start FILE PORT... | stop FILE" >&2; exit 2; }

start() {
    file=$1
    shift
    filter=
    for port in "$@"; do
        case $port in '' | *[!0-9]*) usage ;; esac
        filter="${filter:+$filter or }port $port"
    done
    rm -f "$file"
    # dumpcap must not keep this script's descriptors open: a caller may read them.
    dumpcap -q -i lo -f "$filter" -P -w "$file" -a "duration:${LIMIT:-600}" \
        </dev/null >"$file.log" 2>&1 &
    pid=$!
    echo "$pid" >"$file.pid"
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        # dumpcap names its file after the capture socket is open.
        grep -q '^File:' "$file.log" && return 0
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.25
    done
    kill -KILL "$pid" 2>/dev/null
    cat "$file.log" >&2
    rm -f "$file.pid"
    return 1
}

stop() {
    [ -r "$1.pid" ] || { echo "no capture into $1" >&2; return 1; }
    pid=$(cat "$1.pid")
    rm -f "$1.pid"
    sleep 1 # the kernel hands packets over in blocks
    kill -INT "$pid" 2>/dev/null
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        kill -0 "$pid" 2>/dev/null || { rm -f "$1.log"; return 0; }
        sleep 0.25
    done
    kill -KILL "$pid" 2>/dev/null
    echo "dumpcap did not end, killed" >&2
    return 1
}

command -v dumpcap >/dev/null || { echo "dumpcap not found: install tshark" >&2; exit 2; }
case ${1:-} in
    start) [ $# -ge 3 ] || usage; shift; start "$@" ;;
    stop) [ $# -eq 2 ] || usage; stop "$2" ;;
    *) usage ;;
esac
