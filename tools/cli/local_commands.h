// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/sign.h"
#include "privacy/json.h"
#include "tools/cli/console.h"
#include "tools/cli/options.h"

namespace spor::cli {

// What the commands want of the rooms to the left without HTTP. All calls of that sort are in local_*.cc.

// Where a log lives. The three beside `home` are never inside it.
struct HomePlaces {
  std::string home;
  std::string keys_dir;          // the two slot files
  std::string slot_secret_file;  // opens the slots
  std::string anchor_dir;        // the newest signed checkpoint
};

// What opens the slots instead of the slot secret file; nothing without --unlock.
struct SlotKey {
  std::optional<BoxSecretKey> secret;
};
// Asks for the recovery key or the passphrase that --unlock names, or reads it from --unlock-fd.
Outcome<SlotKey> AskSlotKey(const HomePlaces& places, const Arguments& arguments, Console& console);

// The answers of these three are JSON objects, as --json prints them.
struct LocalAnswer {
  ExitCode exit = ExitCode::kDone;
  std::string json;
};
// {activation_code, log_vkey}
Outcome<LocalAnswer> InitHome(const HomePlaces& places, const std::string& policy_file, const std::string& origin);
// {entries, result, first_damaged}; kDamaged where evidence is damaged. Tells how far it is, some ten times a second.
using HowFar = std::function<void(std::string_view what, uint64_t done, uint64_t total)>;
Outcome<LocalAnswer> FsckHome(const HomePlaces& places, const HowFar& how_far);
// {result, checks: [{check, verdict, text_nb, text_en}]}: how far this machine keeps what a certificate promises. The
// result is the worst verdict; kRefused where it is "unsafe".
LocalAnswer ExamineHost(const HomePlaces& places);
// {closed_origin, origin, log_vkey, begins, reason, surviving, lost, copy}. `confirm` gets in words what is lost and
// what will be done; unless it answers OK nothing is.
struct LossArguments {
  std::string new_origin;
  std::string reason;
  std::string checkpoint_file;  // may be empty
  bool anchor_lost = false;
};
Outcome<LocalAnswer> AcceptLoss(const HomePlaces& places, const LossArguments& arguments,
                                const std::function<Status(const std::string& words)>& confirm);
// {result, checks}; kRefused unless the result is "verified". `trust_file` may be empty.
Outcome<LocalAnswer> VerifyArtefact(const std::string& file, const std::string& trust_file);

struct ServeOptions {
  std::string socket_path;
  std::string witness_policy_file;  // empty: no witnesses
  enum class Witness { kWanted, kRequired } witness_at_start = Witness::kWanted;
  const SlotKey* slot_key = nullptr;                 // null: what the slot secret file holds
  std::function<void()> ready;                       // called once, when requests are answered
  std::function<void(const std::string& line)> log;  // from many threads
};
// Runs until SIGTERM or SIGINT.
Outcome<ExitCode> ServeHome(const HomePlaces& places, const ServeOptions& options);
// Adds a slot of type file with the secret of another one; its own goes to `secret_file`.
Outcome<ExitCode> RecoverHome(const HomePlaces& places, const BoxSecretKey& secret, const std::string& label,
                              const std::string& secret_file);

std::string RenderArtefactHtml(const privacy::JsonValue& document);
// The trust file with the policy of `policy_file` in it.
Outcome<std::string> TrustWithWitnesses(std::string_view trust_file_bytes, const std::string& policy_file);
std::string FingerprintOfTrust(std::string_view trust_file_bytes);

}  // namespace spor::cli
