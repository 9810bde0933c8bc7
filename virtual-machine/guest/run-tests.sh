#!/bin/sh
# SPDX-License-Identifier: MIT OR Apache-2.0
# The guest's side of `cargo xtask vm-test`: every test in a process of its own, one after the other (the buses are one), each
# with a time limit. What failed is shown in full; the last line is for the host.
set -u
host=/run/host
export ECMOD_VM_BIN=/opt/ecmod RUST_BACKTRACE=0 TMPDIR=/tmp

# Onto the guest's own disk: there the files belong to root, as on a console.
mkdir -p "$ECMOD_VM_BIN"
cp --no-preserve=ownership "$host"/bin/* "$ECMOD_VM_BIN"/ || exit 1
chmod 755 "$ECMOD_VM_BIN"/*
tests="$ECMOD_VM_BIN/vm-tests"
mountpoint -q /sys/kernel/config || mount -t configfs none /sys/kernel/config
mountpoint -q /sys/kernel/tracing || mount -t tracefs none /sys/kernel/tracing

# systemd has left the console in the middle of a line.
echo
passed=0
failed=0
log=$host/results/output
# A word a line, so that a filter may hold several.
# shellcheck disable=SC2046
for name in $("$tests" --list --format terse $(cat "$host/filter") | sed -n 's/: test$//p'); do
  before=$(date +%s%N)
  timeout -k 2 60 "$tests" --exact "$name" --nocapture >"$log" 2>&1
  status=$?
  case $status in
    0) passed=$((passed + 1)) result=ok ;;
    124 | 137) failed=$((failed + 1)) result="FAILED (no end within 60 s)" ;;
    *) failed=$((failed + 1)) result=FAILED ;;
  esac
  milliseconds=$((($(date +%s%N) - before) / 1000000))
  echo "test $name ... $result, $milliseconds ms"
  if [ "$result" = ok ]; then
    # What a test measured.
    grep '^figure ' "$log"
  else
    sed 's/^/    /' "$log"
  fi
done
echo "passed $passed failed $failed" >"$host/results/status"
