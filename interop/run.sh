#!/bin/sh
# Runs all harnesses against a running server and checks what it sent.
#
#   run.sh SIP_HOST:PORT [SCCP_HOST:PORT [CSTA_HOST:PORT]]
#
# Phones have to be registered on LINE (201) and PEER (202). With an SCCP
# address the captured SCCP traffic is checked too (phones have to do
# something meanwhile: the calls made here are enough), with a CSTA address
# CSTA over TCP. LOGS names a directory
# for the logs (default: a temporary one, removed when all is well), SCHEMAS one
# with the schemas: every CSTA body is validated then.
set -u
[ $# -ge 1 ] || { echo "usage: run.sh SIP_HOST:PORT [SCCP_HOST:PORT [CSTA_HOST:PORT]]" >&2; exit 2; }
sip=$1
sccp=${2:-}
csta=${3:-}
here=$(cd "$(dirname "$0")" && pwd)
line=${LINE:-201}
peer=${PEER:-202}
logs=${LOGS:-$(mktemp -d)}
mkdir -p "$logs" || exit 2
capture="$logs/loopback.pcap"

finish() { [ ! -e "$capture.pid" ] || "$here/tshark/capture.sh" stop "$capture"; }
trap finish EXIT
trap 'exit 130' INT TERM

failed=
# Runs one harness with its output in a log; shows the log when it fails.
harness() {
    name=$1
    shift
    if timeout -k 5 600 "$@" >"$logs/$name.log" 2>&1; then
        echo "PASS  $name: $(tail -1 "$logs/$name.log")"
    else
        failed="$failed $name"
        echo "FAIL  $name"
        grep -aE '^(FAIL|CANNOT RUN|[A-Za-z]*Error)' "$logs/$name.log" | sed 's/^/      /' | head -40
    fi
}

# The plugin closes its socket as soon as it has sent BYE. If something that it has not read yet is in the socket then,
# its system resets the connection and BYE is lost before the relay has read it: such a run says nothing and is repeated.
pidgin() {
    name=$1
    before=$failed
    harness "$@"
    if [ "$failed" != "$before" ] && grep -qF 'FAULT client: [Errno 104]' "$logs/$name.log"; then
        echo "AGAIN $name: the client reset its own connection at the end"
        failed=$before
        harness "$@"
    fi
}

"$here/tshark/capture.sh" start "$capture" "${sip##*:}" ${sccp:+"${sccp##*:}"} || exit 2
harness sipp env LINE="$line" LOGS="$logs/sipp" "$here/sipp/run.sh" "$sip"
harness uacsta python3 "$here/uacsta/client.py" --sip "$sip" --line "$line" --peer "$peer" \
    ${SCHEMAS:+--schemas "$SCHEMAS"} all
[ -z "$csta" ] || harness csta-tcp python3 "$here/csta-tcp/client.py" --csta "$csta" --line "$line" \
    --peer "$peer" ${SCHEMAS:+--schemas "$SCHEMAS"} all
for relay in verbatim proxy; do
    for office in 2005 2007; do
        pidgin "pidgin-sipe-$relay-$office" python3 "$here/pidgin-sipe/run.py" --sip "$sip" \
            --line "$line" --dial "$peer" --relay "$relay" --office "$office" \
            ${SCHEMAS:+--schemas "$SCHEMAS"} \
            --transcript "$logs/pidgin-sipe-$relay-$office.txt"
    done
done
harness sipp-load env NUMBERS="$line $peer" "$here/sipp/load.sh" "$sip" 100 500 500 t1
"$here/tshark/capture.sh" stop "$capture" || failed="$failed capture"
harness tshark python3 "$here/tshark/check.py" "$capture" --sip "$sip" ${sccp:+--sccp "$sccp"}

if [ -n "$failed" ]; then
    echo "failed:$failed (logs in $logs)"
    exit 1
fi
[ -n "${LOGS:-}" ] || rm -rf "$logs"
