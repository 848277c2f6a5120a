#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The main job from an empty directory to a damaged file that is caught. `./dev demo` builds and then calls this.
#
#   demo.sh [DIR]     DIR (default demo-home) is made anew; a directory that no demo made is left alone
#
# Every command is printed as it is run, from the top of the tree, with `spor` in PATH. Exit code 0 only if every step
# ended as it should; refusals that belong to the story are checked by their exit codes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source tools/dev/demo_steps.sh

dir=${1:-demo-home}
user=ida
# The ledger counts days in Oslo, whatever the clock of this machine shows; no time zone files are needed for this.
today=$(TZ=CET-1CEST,M3.5.0,M10.5.0/3 date +%F)
prepare_directory "$dir"
at="--home $dir/spor"
as="$at --session-file $dir/session"

step "Invent a course company: 2,000 people, what they bought, their exams, 3,000 events"
run "python3 tools/dev/make_people.py $dir/people --today $today"

step "Create the data directory, its keys and the first entries of the ledger"
run "spor init --home $dir/spor --policy docs/examples/confex.toml --origin demo.example/spor --json"
activation_code=$(value activation_code)

step "Start the service"
serve "spor serve --home $dir/spor" "$dir/serve.log"

step "Enrol the first administrator: a password, and a QR code for the authenticator app"
echo "  (scan the code if you like; the demo reads the secret and computes the codes itself)"
activate "spor activate $user $at --code $activation_code --password-fd 3 --json 3<$dir/password.txt"

step "Log in with password and one-time code"
take_code
run "spor login $user $as --password-fd 3 --totp $code --json 3<$dir/password.txt"
run "spor whoami $as"

step "A wrong code is refused, with one answer for every reason"
expect "1 3" "spor login $user $at --session-file $dir/no-session --password-fd 3 --totp $(wrong_code) 3<$dir/password.txt"
expect 3 "spor read external_id:K100000 $at --session-file $dir/no-session --purpose product_access --reason demo"

step "Import people and their records; each field is sealed on its own. Three rows say not whose they are: refused"
run "spor import contact $dir/people/contacts.csv $as --json"
require created -ge 2000
require refused -eq 3
run "spor import purchase_history $dir/people/purchases.csv $as --json"
run "spor import exam_results $dir/people/exam_results.csv $as --json"

step "The same file again changes no one twice"
run "spor import exam_results $dir/people/exam_results.csv $as --json"
require created -eq 0
require updated -eq 0

customer=$(someone "$dir/people" present)
former=$(someone "$dir/people" past)

step "Read one person, for a purpose: only the fields that the purpose needs, recorded before they are shown"
run "spor read external_id:$customer $as --purpose product_access --reason 'asks for the course material again'"

step "Without a purpose, or for one that the policy does not have, nothing is shown"
expect 1 "spor read external_id:$customer $as --reason curiosity"
expect 1 "spor read external_id:$customer $as --purpose recruitment --reason 'an agency asks'"

step "Back up the data while the service runs, and check that the backup can be restored"
run "spor backup create $dir/backups $as"
run "spor backup verify $dir/backups"

step "Customer relationships ended: the retention clocks start"
run "spor clock start customer_relationship_ended --file $dir/people/relationships.csv $as --json"

step "Applications report what they did; the same file again adds nothing"
run "spor ingest $dir/people/events.ndjson $as --json | tail -n 1"
require accepted -eq 3000
run "spor ingest $dir/people/events.ndjson $as --json | tail -n 1"
require accepted -eq 0

step "What must go by today, and what is open"
run "spor retention plan $as"
run "spor retention status $as"

step "Erase it: keys are destroyed, the rest is wrapped anew, the old root key is overwritten"
run "spor retention run $as --json"
require erased -ge 1000
run_id=$(value run)
expect "1 4" "spor read external_id:$former $as --purpose product_access --reason 'is anything left?'"

step "The backup opens only with the newest copy of the keys now: make one, registered with its end date"
run "spor backup keys create $dir/keys-copy --until $today --place 'the demo' $as"

step "The deletion certificate, checked offline with the trust file alone"
run "spor trust --out $dir/trust.json $at"
run "spor certificate $run_id --out $dir/certificate.json $as"
run "python3 tools/dev/show_json.py $dir/certificate.json"
run "spor verify $dir/certificate.json --trust $dir/trust.json"

step "The annual review, and an extract of the ledger for an inspector"
run "spor review --from ${today%%-*}-01-01 --to $today --out $dir/review.json $as"
run "spor extract --from $today --to $today --reason 'inspection 2026/17' --out $dir/extract.json $as"
run "spor verify $dir/review.json --trust $dir/trust.json"
run "spor verify $dir/extract.json --trust $dir/trust.json"

step "One flipped bit in a copy is caught"
run "python3 tools/dev/flip_byte.py $dir/extract.json $dir/extract-damaged.json"
expect 1 "spor verify $dir/extract-damaged.json --trust $dir/trust.json"

step "Stop the service and recompute the whole ledger from its entries"
stop_service
run "spor fsck --home $dir/spor --json"

step "The disk dies. The backup is from before the erasure: what was erased stays erased"
run "mv $dir/spor $dir/spor-lost"
run "spor restore $dir/backups --home $dir/spor --key-copy $dir/keys-copy --new-origin demo.example/spor-2 --reason 'the disk died' --yes --json"
require units_erased -ge 1000
run "spor fsck --home $dir/spor --json"

closing "$dir"
