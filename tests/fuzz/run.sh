#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs fuzz targets of build/fuzz, two at a time, each for so many seconds from its corpus.
#
#   tests/fuzz/run.sh SECONDS [TARGET...]
#
# What is found on the way stays in build/fuzz/work, crashes in build/fuzz/crashes. Fails on a crash, and when a target
# ran nothing but its corpus.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

binary=build/fuzz/tests/spor_fuzz
corpora=tests/fuzz/corpus
work=build/fuzz/work
crashes=build/fuzz/crashes
logs=build/fuzz/logs

die() { printf 'fuzz: %s\n' "$*" >&2; exit 1; }

# The number behind `stat::NAME:` in a target's log, or 0.
stat_of() { awk -v name="stat::$2:" '$1 == name {n = $2} END {print n + 0}' "$logs/$1.log"; }

# run_target SECONDS TARGET: one line about it; fails if it crashed or did not run.
run_target() {
  local seconds=$1 target=$2 status=0 runs seeds coverage
  mkdir -p "$work/$target"
  SPOR_FUZZ_TARGET=$target "$binary" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=3000 -print_final_stats=1 \
    -artifact_prefix="$crashes/$target-" "$work/$target" "$corpora/$target" >"$logs/$target.log" 2>&1 || status=$?
  runs=$(stat_of "$target" number_of_executed_units)
  seeds=$(find "$work/$target" "$corpora/$target" -type f | wc -l)
  coverage=$(grep -o 'cov: [0-9]*' "$logs/$target.log" | tail -n 1 || true)
  printf '%-20s %9d executions  %-11s %5d units' "$target" "$runs" "${coverage:-cov: 0}" "$seeds"
  if ((status != 0)); then
    printf '  FAILED, exit code %d, see %s\n' "$status" "$logs/$target.log"
    grep -E 'CHECK failed|ERROR: |runtime error|SUMMARY' "$logs/$target.log" | head -n 5 || true
    return 1
  fi
  if ((runs <= $(find "$corpora/$target" -type f | wc -l))); then
    printf '  FAILED: ran nothing but its corpus\n'
    return 1
  fi
  printf '\n'
}

if [[ "${1:-}" == --one ]]; then
  run_target "$2" "$3"
  exit
fi
seconds=${1:-}
[[ "$seconds" =~ ^[1-9][0-9]*$ ]] || die "give the seconds for each target: tests/fuzz/run.sh SECONDS [TARGET...]"
shift
[[ -x "$binary" ]] || die "$binary is not built: ./dev fuzz builds it"
mapfile -t all < <(SPOR_FUZZ_TARGET=list "$binary")
((${#all[@]} > 0)) || die "$binary knows no target"
targets=("$@")
((${#targets[@]} > 0)) || targets=("${all[@]}")
for target in "${targets[@]}"; do
  [[ " ${all[*]} " == *" $target "* ]] || die "no target $target; there are: ${all[*]}"
  [[ -d "$corpora/$target" ]] || die "$corpora/$target is not there"
done
mkdir -p "$work" "$crashes" "$logs"
status=0
printf '%s\0' "${targets[@]}" | xargs -0 -n 1 -P 2 tests/fuzz/run.sh --one "$seconds" || status=$?
((status == 0)) || die "at least one of ${#targets[@]} targets failed; inputs that crash are in $crashes"
printf 'fuzz: %d targets, %d seconds each, no crash\n' "${#targets[@]}" "$seconds"
