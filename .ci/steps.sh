# SPDX-License-Identifier: Apache-2.0
# What .ci/run and .ci/slow share: timed steps with a limit, logs in build/ci, and a closing summary. Sourced, not run.

export CI="${CI:-true}"
logs=build/ci
rm -rf "$logs"
mkdir -p "$logs"
declare -a step_names=() step_seconds=()
deadline=0

# Stops the whole run after so many minutes: each step gets what is left, if that is less than its own limit.
limit_minutes() { deadline=$((SECONDS + $1 * 60)); }

# step NAME SECONDS COMMAND...: a command that fails, or takes longer, ends the run.
step() {
  local name=$1 limit=$2 started=$SECONDS log status=0
  shift 2
  if ((deadline > 0 && deadline - SECONDS < limit)); then limit=$((deadline - SECONDS)); fi
  ((limit > 0)) || { echo "ci: no time left for: $name"; exit 1; }
  log="$logs/$(printf '%02d' "${#step_names[@]}").log"
  printf '\n##### %s\n' "$name"
  timeout "$limit" bash -c 'source .ci/commands.sh; "$@"' ci "$@" 2>&1 | tee "$log" || status=$?
  step_names+=("$name")
  step_seconds+=($((SECONDS - started)))
  if ((status != 0)); then
    if ((status == 124)); then echo "ci: took longer than $limit s: $name"; fi
    times
    echo "ci: FAILED at: $name"
    summary_of "$log"
    exit 1
  fi
}

# The seconds of every step so far.
times() {
  local n
  printf '\n##### seconds of each step\n'
  for n in "${!step_names[@]}"; do printf '%6d  %s\n' "${step_seconds[$n]}" "${step_names[$n]}"; done
  printf '%6d  in all\n' "$SECONDS"
}

# ctest's own closing lines of a log, from "100% tests passed, 0 tests failed out of 345" on.
summary_of() { sed -n '/^[0-9]*% tests passed/,$p' "$1"; }

finish() {
  local n
  times
  for n in "${!step_names[@]}"; do
    if grep -q '% tests passed' "$logs/$(printf '%02d' "$n").log"; then
      printf '\n##### %s\n' "${step_names[$n]}"
      summary_of "$logs/$(printf '%02d' "$n").log"
    fi
  done
}
