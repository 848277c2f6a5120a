# SPDX-License-Identifier: Apache-2.0
# Commands that only the steps of .ci use. Sourced by the shell of each step.
set -euo pipefail

# require_tests PRESET ROOM...: every room's unit test binary was built and holds at least one test.
require_tests() {
  local preset=$1 room count
  shift
  for room in "$@"; do
    [[ -x "build/$preset/tests/test_$room" ]] || { echo "missing: build/$preset/tests/test_$room"; return 1; }
    count=$("build/$preset/tests/test_$room" --gtest_list_tests | grep -c '^  ' || true)
    ((count > 0)) || { echo "no tests in build/$preset/tests/test_$room"; return 1; }
    printf '%5d tests in test_%s\n' "$count" "$room"
  done
}

# require_labelled PRESET LABEL...: every room with sources of that label has its binary; ctest itself is silent about a
# binary that is missing when it selects by label.
require_labelled() {
  local preset=$1 label source binary found
  shift
  for label in "$@"; do
    found=0
    for source in tests/*/*_"$label"_test.cc; do
      [[ -e "$source" ]] || continue
      binary="build/$preset/tests/test_$(basename "$(dirname "$source")")_$label"
      [[ -x "$binary" ]] || { echo "missing: $binary"; return 1; }
      found=$((found + 1))
    done
    ((found > 0)) || { echo "no test of label $label"; return 1; }
  done
}

# count_vectors PRESET: the third-party vectors of the ledger, with a line for each file; none at all is a failure.
count_vectors() {
  "build/$1/tests/test_ledger_vectors" --gtest_brief=1 | tee build/ci/vectors.txt
  grep -q '^tlog vectors:' build/ci/vectors.txt
}

# run_binary PRESET ROOM: one room's unit tests in one process, so that threads of all of them meet.
run_binary() {
  require_tests "$1" "$2"
  TSAN_OPTIONS="suppressions=$PWD/tests/tsan.supp halt_on_error=1 second_deadlock_stack=1" \
    "build/$1/tests/test_$2" --gtest_brief=1
}

# run_label PRESET LABELS [CTEST ARGUMENT...]: tests of these labels; none at all is a failure.
run_label() {
  local preset=$1 labels=$2
  shift 2
  ctest --test-dir "build/$preset" --label-regex "^($labels)\$" --no-tests=error --progress --output-on-failure "$@"
}
