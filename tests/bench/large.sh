#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The large figures: 1, 10 and 50 million events, opened, used and verified. Takes about an hour and 45 GB of disk.
#
#   tests/bench/large.sh [DIRECTORY [EVENTS...]]      defaults: the temporary directory, 1000000 10000000 50000000
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

directory=${1:-${TMPDIR:-/tmp}/spor-bench}
(($# > 0)) && shift
sizes=("$@")
((${#sizes[@]} > 0)) || sizes=(1000000 10000000 50000000)

cmake --preset release >/dev/null
cmake --build build/release --target open_bench verify_bench
mkdir -p "$directory"
for events in "${sizes[@]}"; do
  # 430 bytes an event, and once more while the store rewrites what it has.
  needed=$((events * 900 / 1000000))
  free=$(df --output=avail -BM "$directory" | tail -1 | tr -dc 0-9)
  if [[ ! -d "$directory/$events" ]] && ((free < needed)); then
    printf 'large.sh: %s events need %s MB in %s, %s are free\n' "$events" "$needed" "$directory" "$free" >&2
    exit 1
  fi
  # verify first: open_bench goes on writing.
  build/release/tests/verify_bench "$events" "$directory"
  build/release/tests/open_bench "$events" "$directory"
done
