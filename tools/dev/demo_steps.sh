# SPDX-License-Identifier: Apache-2.0
# What demo.sh is written in: steps, commands that must end as expected, the service, one-time codes. Sourced, not run.

bold=$'\e[1m'; plain=$'\e[0m'
[[ -t 1 ]] || { bold=""; plain=""; }
step_number=0
current_step="preparing"
service_pid=""
last_step_used=0
answer=$(mktemp)
totp_secret=""

fail() {
  printf '\n%sdemo: FAILED in step %d (%s): %s%s\n' "$bold" "$step_number" "$current_step" "$1" "$plain" >&2
  [[ ! -s "${service_log:-}" ]] || { echo "the service's last words:" >&2; tail -n 20 "$service_log" >&2; }
  exit 1
}

clean_up() {
  rm -f "$answer" "$answer.errors"
  [[ -z "$service_pid" ]] || kill "$service_pid" 2>/dev/null || true
}
trap clean_up EXIT

# Makes DIR anew, with a random password in it. Only a directory that a demo made is replaced.
prepare_directory() {
  local dir=$1
  command -v spor >/dev/null || fail "no spor in PATH: call ./dev demo, which builds it"
  if [[ -e "$dir" ]]; then
    [[ -e "$dir/made-by-demo" ]] || fail "$dir exists and no demo made it: name another directory"
    echo "Replacing $dir of an earlier demo."
    rm -rf "$dir"
  fi
  mkdir -m 700 "$dir"
  touch "$dir/made-by-demo"
  (umask 077 && python3 -c 'import secrets; print("demo-" + secrets.token_urlsafe(18))' >"$dir/password.txt")
}

step() {
  step_number=$((step_number + 1))
  current_step=$1
  printf '\n%s%2d. %s%s\n' "$bold" "$step_number" "$1" "$plain"
}

# expect CODES COMMAND: prints and runs it; its exit code must be one of CODES. Standard output is kept in $answer.
expect() {
  local codes=$1 command=$2 code
  printf '  $ %s\n' "$command"
  set +e
  (set -o pipefail; eval "$command") 2>"$answer.errors" | tee "$answer" | sed 's/^/    /'
  code=${PIPESTATUS[0]}
  set -e
  sed 's/^/    /' "$answer.errors" >&2
  [[ " $codes " == *" $code "* ]] || fail "exit code $code, expected $codes: $command"
  [[ "$code" == 0 ]] || printf '    (exit code %d, as it should be)\n' "$code"
}

run() { expect 0 "$1"; }

# The value of a key in the last line of the last answer that has it.
value() {
  python3 - "$1" "$answer" <<'PY' || fail "the answer has no $1"
import json, sys
lines = [json.loads(line) for line in open(sys.argv[2], encoding="utf-8") if line.startswith("{")]
print([line[sys.argv[1]] for line in lines if sys.argv[1] in line][-1])
PY
}

# require KEY OPERATOR NUMBER, about the last answer: require erased -ge 1000
require() {
  local found
  found=$(value "$1")
  test "$found" "$2" "$3" || fail "$1 is $found, expected $2 $3"
}

serve() {
  service_log=$2
  printf '  $ %s >%s 2>&1 &\n' "$1" "$2"
  $1 >"$2" 2>&1 &
  service_pid=$!
  local tries
  for tries in $(seq 300); do
    if grep -q '^ready' "$service_log"; then
      echo "    ready"
      return
    fi
    kill -0 "$service_pid" 2>/dev/null || { service_pid=""; fail "the service ended at once"; }
    sleep 0.1
  done
  fail "the service was not ready after $((tries / 10)) s"
}

stop_service() {
  printf '  $ kill %d\n' "$service_pid"
  kill "$service_pid"
  local code=0
  wait "$service_pid" || code=$?
  service_pid=""
  [[ "$code" == 0 ]] || fail "the service ended with exit code $code"
  echo "    stopped"
}

code_of_step() { python3 tools/dev/totp.py code --step "$1" <<<"$totp_secret"; }
wrong_code() { python3 tools/dev/totp.py wrong <<<"$totp_secret"; }

# Enrolling wants two codes of adjacent steps: the one before and the present one, which then counts as used.
activate() {
  local command=$1 pipe code=0 pid
  pipe=$(mktemp -u)
  mkfifo -m 600 "$pipe"
  printf '  $ %s   # then two codes, a line each\n' "$command"
  : >"$answer"
  (eval "$command" <"$pipe" >"$answer") &
  pid=$!
  exec 9>"$pipe"
  rm -f "$pipe"
  until [[ -s "$answer" ]]; do
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.1
  done
  if [[ -s "$answer" ]]; then
    totp_secret=$(value totp_secret)
    last_step_used=$(python3 tools/dev/totp.py fresh 6)
    printf '%s\n' "$(code_of_step $((last_step_used - 1)))" "$(code_of_step "$last_step_used")" >&9 || true
  fi
  exec 9>&-
  wait "$pid" || code=$?
  sed 's/^/    /' "$answer"
  [[ "$code" == 0 ]] || fail "exit code $code: $command"
}

# Sets $code to one that was not used yet. The service takes one step more than now, so there is nothing to wait for.
take_code() {
  local now
  now=$(python3 tools/dev/totp.py step)
  last_step_used=$((last_step_used + 1 > now ? last_step_used + 1 : now))
  code=$(code_of_step "$last_step_used")
}

# An external_id: "present" is a customer with an exam; "past" ended first of all those without one, so that no open
# decision about certificates keeps anything of hers.
someone() {
  python3 - "$@" <<'PY'
import csv, sys
rows = lambda name: list(csv.DictReader(open(f"{sys.argv[1]}/{name}.csv", encoding="utf-8")))
ended = {row["external_id"]: row["date"] for row in rows("relationships")}
exams = [row["external_id"] for row in rows("exam_results")]
if sys.argv[2] == "past":
    print(min(set(ended) - set(exams), key=lambda person: (ended[person], person)))
else:
    print(next(person for person in exams if person not in ended))
PY
}

# look FILE WHAT COMMAND: one line of the closing list.
look() { printf '    %-22s %-52s %s\n' "$1" "$2" "$3"; }

closing() {
  local dir=$1 spor=build/release/spor file
  step "Done in $SECONDS seconds. What is left in $dir/, and how to look at it (spor is $spor)"
  look people/ "the invented people" "column -s, -t $dir/people/contacts.csv | less"
  look spor/ "the data directory; no name in it is readable" "grep -rac Hansen $dir/spor"
  look spor.keys/ "two slot files: the root key, sealed" "ls -l $dir/spor.keys"
  look spor.secret "opens the slots; belongs on another medium" "ls -l $dir/spor.secret"
  look spor.anchor/ "the newest signed checkpoint, in alternating files" "head -n 3 $dir/spor.anchor/*"
  look trust.json "what a verifier pins" "tools/dev/show_json.py $dir/trust.json"
  look certificate.json "the deletion certificate" "$spor verify $dir/certificate.json --trust $dir/trust.json"
  look review.json "the annual review" "$spor verify $dir/review.json --trust $dir/trust.json"
  look extract.json "the extract" "$spor verify $dir/extract.json --trust $dir/trust.json"
  look extract-damaged.json "the copy with one flipped bit" "$spor verify $dir/extract-damaged.json --trust $dir/trust.json"
  look serve.log "what the service said" "less $dir/serve.log"
  for file in "$dir"/*.html; do
    [[ ! -e "$file" ]] || look "$(basename "$file")" "the same, to read" "xdg-open $file"
  done
  echo "    Start the service again: $spor serve --home $dir/spor      Throw it all away: rm -r $dir"
}
