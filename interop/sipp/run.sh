#!/bin/sh
# Runs the SIP scenarios with sipp (Debian package sip-tester) against Hookflash.
#
#   run.sh HOST:PORT [scenario...]
#
# Each scenario runs over UDP and over TCP. Environment:
#   LINE     directory number of a watched line (201)
#   UNKNOWN  a number the configuration does not have (999)
#   LIMIT    seconds a scenario may take (20)
#   LOCAL_PORT  port on 127.0.0.1 sipp binds (one derived from the process id)
#   LOGS     directory to keep sipp's logs in (default: a temporary one)
# Exit code 0 when all pass, 1 when one fails, 2 when it cannot run.
set -u

usage="usage: run.sh HOST:PORT [scenario...]"
[ $# -ge 1 ] || { echo "$usage" >&2; exit 2; }
command -v sipp >/dev/null || { echo "sipp not found: install sip-tester" >&2; exit 2; }

target=$1
shift
here=$(cd "$(dirname "$0")" && pwd)
line=${LINE:-201}
unknown=${UNKNOWN:-999}
limit=${LIMIT:-20}
# Not sipp's default of 5060: that is where a server may want to listen.
port=${LOCAL_PORT:-$((20000 + $$ % 20000))}
scenarios=${*:-options uacsta update-refresh reinvite-refresh wrong-body unknown-line
    no-dialog-info small-interval registration}

case $target in
    127.*) ;;
    *) echo "loopback only: $target" >&2; exit 2 ;;
esac

if [ -n "${LOGS:-}" ]; then
    logs=$LOGS
    mkdir -p "$logs" || exit 2
else
    logs=$(mktemp -d) || exit 2
    trap 'rm -rf "$logs"' EXIT
fi
child=
trap '[ -z "$child" ] || kill -KILL "$child" 2>/dev/null; exit 130' INT TERM

# Runs one scenario over one transport (u1 or t1); sipp's own exit code.
run_scenario() {
    log="$logs/$1-$2"
    timeout -k 2 "$((limit + 5))" sipp "$target" -sf "$here/$1.xml" -t "$2" -m 1 -i 127.0.0.1 \
        -p "$port" -key line "$line" -key unknown "$unknown" \
        -recv_timeout 5000 -timeout "$limit" -timeout_error -nostdin \
        -trace_err -error_file "$log.err" -trace_msg -message_file "$log.msg" \
        >"$log.out" 2>&1 &
    child=$!
    wait "$child"
    code=$?
    child=
    return $code
}

failed=0
passed=0
for scenario in $scenarios; do
    for transport in u1 t1; do
        name="$scenario $([ $transport = u1 ] && echo UDP || echo TCP)"
        if run_scenario "$scenario" "$transport"; then
            passed=$((passed + 1))
            echo "PASS  $name"
        else
            failed=$((failed + 1))
            echo "FAIL  $name"
            sed 's/^/      /' "$logs/$scenario-$transport.err" 2>/dev/null | head -40
        fi
    done
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
