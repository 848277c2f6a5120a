#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tidy.sh [SECONDS]: clang-tidy on every .cc that changed against the previous state, for at most SECONDS (default 300).
# The previous state is where this branch left origin, else the commit before. Without either (a clone of one commit)
# nothing is known to have changed, and it says so.
# Exit code 1 on a finding. Files that the time did not reach are named: they are unchecked, not clean.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
seconds=${1:-300}

git() { command git -c safe.directory='*' "$@"; }

previous_state() {
  local head base origin
  head=$(git rev-parse HEAD)
  for origin in origin/HEAD origin/main origin/master; do
    base=$(git merge-base HEAD "$origin" 2>/dev/null || true)
    if [[ -n "$base" && "$base" != "$head" ]]; then
      echo "$base"
      return
    fi
  done
  git rev-parse --verify --quiet HEAD~1 || true
}

base=$(previous_state)
if [[ -z "$base" ]]; then
  echo "tidy: no earlier commit to compare with: NOTHING CHECKED"
  exit 0
fi
# The product first: tests take longer and matter less when the time ends.
mapfile -t files < <(git diff --name-only --diff-filter=d "$base" -- '*.cc' ':!tests'
  git diff --name-only --diff-filter=d "$base" -- 'tests/*.cc')
if ((${#files[@]} == 0)); then
  echo "tidy: no .cc file changed since $base"
  exit 0
fi
echo "tidy: ${#files[@]} files changed since $base, at most $seconds seconds"
mkdir -p build
cmake --preset clang >build/tidy-configure.log 2>&1 || { cat build/tidy-configure.log; exit 1; }

lists=$(mktemp -d)
trap 'rm -rf "$lists"' EXIT
export lists
touch "$lists/clean" "$lists/found"
status=0
printf '%s\0' "${files[@]}" | timeout "$seconds" xargs -0 -n 1 -P "$(nproc)" bash -c '
  if clang-tidy-14 -p build/clang --quiet "$1" 2>"$lists/stderr.$$"; then
    echo "$1" >>"$lists/clean"
  else
    grep -E "error:|Error" "$lists/stderr.$$" || true
    echo "$1" >>"$lists/found"
  fi' tidy || status=$?

if [[ -s "$lists/found" ]]; then
  echo "tidy: findings in: $(tr '\n' ' ' <"$lists/found")"
  exit 1
fi
mapfile -t unreached < <(printf '%s\n' "${files[@]}" | grep -vxFf "$lists/clean" || true)
((status == 0 || status == 124)) || { echo "tidy: stopped with status $status"; exit 1; }
if ((${#unreached[@]} > 0)); then
  echo "tidy: time is up; clean: $(wc -l <"$lists/clean"), not checked: ${unreached[*]}"
else
  echo "tidy: ${#files[@]} files clean"
fi
