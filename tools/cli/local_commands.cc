// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/local_commands.h"

#include <csignal>
#include <filesystem>
#include <thread>

#include "crypto/files.h"
#include "tools/cli/local_witness.h"
#include "tools/cli/progress.h"
#include "tools/cli/secret_input.h"
#include "tools/report/html.h"
#include "tools/report/trust.h"
#include "tools/report/verify.h"
#include "tools/service/accept_loss.h"
#include "tools/service/doctor.h"
#include "tools/service/log_key.h"
#include "tools/service/service.h"

namespace spor::cli {
namespace {

constexpr size_t kMaxPolicyBytes = size_t{4} << 20;
constexpr size_t kMaxArtefactBytes = size_t{2} << 30;

service::HomePlaces Places(const HomePlaces& places) {
  return {places.home, places.keys_dir, places.slot_secret_file, places.anchor_dir};
}

// A file that is too large is refused before any of it is read.
Status CheckSize(const std::string& file) {
  std::error_code error;
  const uintmax_t bytes = std::filesystem::file_size(file, error);
  if (error || bytes <= kMaxArtefactBytes) return OkStatus();  // what can't be sized is bounded when read
  return Status(Code::kInvalidArgument, file + " is larger than 2 GiB, so it is no artefact");
}

}  // namespace

Outcome<LocalAnswer> InitHome(const HomePlaces& places, const std::string& policy_file, const std::string& origin) {
  ASSIGN_OR_RETURN(const std::string policy, ReadSmallFile(policy_file, kMaxPolicyBytes));
  ASSIGN_OR_RETURN(const service::Founded founded, service::InitHome(Places(places), policy, policy_file, origin, {}));
  privacy::JsonWriter out;
  out.BeginObject().Key("activation_code").String(founded.activation_code).Key("log_vkey").String(founded.log_vkey);
  out.EndObject();
  return LocalAnswer{ExitCode::kDone, out.Take()};
}

Outcome<LocalAnswer> FsckHome(const HomePlaces& places, const HowFar& how_far) {
  const auto progress = [&](ledger::FsckStage stage, uint64_t done, uint64_t total) {
    how_far(stage == ledger::FsckStage::kEntries ? "entries" : "sealed sections", done, total);
  };
  ASSIGN_OR_RETURN(const service::HomeCheck check, service::FsckHome(Places(places), progress));
  const ledger::FsckReport& report = check.log;
  const bool sound = report.first_damaged.empty();
  privacy::JsonWriter out;
  out.BeginObject().Key("result").String(sound ? "verified" : "failed").Key("entries").Uint(report.entries);
  out.Key("first_damaged");
  if (sound) {
    out.Null();
  } else {
    out.String(report.first_damaged);
  }
  out.Key("origin").String(report.origin).Key("keys").String(check.keys).Key("heads").Uint(report.heads);
  out.Key("operations").Uint(report.operations).Key("units").Uint(report.units).Key("tiles").Uint(report.tiles);
  out.Key("sections").Uint(report.sections).Key("sealed_sections_present").Uint(report.blobs_present);
  // Only a whole pass tells what was erased from what was not looked at.
  if (sound) out.Key("sealed_sections_erased").Uint(report.sections - report.blobs_present);
  out.EndObject();
  return LocalAnswer{sound ? ExitCode::kDone : ExitCode::kDamaged, out.Take()};
}

LocalAnswer ExamineHost(const HomePlaces& places) {
  const std::vector<service::Diagnosis> diagnoses = service::Diagnose(service::ReadHostFacts(Places(places)));
  const auto worst = std::max_element(diagnoses.begin(), diagnoses.end(),
                                      [](const auto& a, const auto& b) { return a.verdict < b.verdict; });
  privacy::JsonWriter out;
  out.BeginObject().Key("result").String(service::VerdictName(worst->verdict)).Key("checks").BeginArray();
  for (const service::Diagnosis& one : diagnoses) {
    out.BeginObject().Key("check").String(one.check).Key("verdict").String(service::VerdictName(one.verdict));
    out.Key("text_nb").String(one.text.nb).Key("text_en").String(one.text.en).EndObject();
  }
  out.EndArray().EndObject();
  return {worst->verdict == service::Verdict::kUnsafe ? ExitCode::kRefused : ExitCode::kDone, out.Take()};
}

namespace {

std::string LossWords(const HomePlaces& places, const LossArguments& arguments, const service::Loss& loss) {
  const std::string left = std::to_string(loss.check.stored.size);
  const std::string signed_before = std::to_string(loss.check.anchored.size);
  std::string words = "In " + places.home + " " + left + " entries are left. ";
  switch (loss.reason) {
    case ledger::CloseReason::kShorter: words += signed_before + " were signed: the newest are lost. "; break;
    case ledger::CloseReason::kDiffers:
      words += "They are not those of which " + signed_before + " were signed. ";
      break;
    case ledger::CloseReason::kAnchorLost: words += "How many were signed, nobody can tell without an anchor. "; break;
  }
  return words + "The origin " + loss.check.keys.genesis().origin + " will be closed for ever, and " +
         arguments.new_origin + " will go on and say so. Everything is copied aside first.";
}

std::string LossJson(const service::AcceptedLoss& accepted) {
  const std::vector<ledger::LogKeys::Origin>& origins = accepted.keys.origins();
  const ledger::LogKeys::Origin& closed = origins[origins.size() - 2];
  privacy::JsonWriter out;
  out.BeginObject().Key("closed_origin").String(closed.genesis.origin);
  out.Key("origin").String(origins.back().genesis.origin);
  out.Key("log_vkey").String(FormatVerifierKey(origins.back().keys.back().vkey));
  out.Key("begins").Uint(origins.back().genesis_index).Key("reason").String(CloseReasonName(closed.closing.reason));
  out.Key("surviving");
  service::WriteLogPoint(out, closed.closing.surviving);
  out.Key("lost");
  if (closed.closing.reason == ledger::CloseReason::kAnchorLost) {
    out.Null();
  } else {
    service::WriteLogPoint(out, closed.closing.lost);
  }
  out.Key("copy");
  if (accepted.copy.empty()) {
    out.Null();  // an earlier call made it
  } else {
    out.String(accepted.copy);
  }
  return out.EndObject().Take();
}

}  // namespace

Outcome<LocalAnswer> AcceptLoss(const HomePlaces& places, const LossArguments& arguments,
                                const std::function<Status(const std::string& words)>& confirm) {
  service::LossRequest request;
  request.new_origin = arguments.new_origin;
  request.reason = arguments.reason;
  request.anchor_lost = arguments.anchor_lost;
  if (!arguments.checkpoint_file.empty()) {
    ASSIGN_OR_RETURN(request.checkpoint, ReadSmallFile(arguments.checkpoint_file, ledger::kMaxNoteBytes));
    if (request.checkpoint.empty()) return Status(Code::kInvalidArgument, arguments.checkpoint_file + " is empty");
  }
  ASSIGN_OR_RETURN(const service::AcceptedLoss accepted,
                   service::AcceptLoss(Places(places), request, {}, [&](const service::Loss& loss) {
                     return confirm(LossWords(places, arguments, loss));
                   }));
  return LocalAnswer{ExitCode::kDone, LossJson(accepted)};
}

Outcome<std::string> TrustWithWitnesses(std::string_view trust_file_bytes, const std::string& policy_file) {
  ASSIGN_OR_RETURN(const std::string policy, ReadSmallFile(policy_file, ledger::WitnessPolicy::kMaxBytes));
  ASSIGN_OR_RETURN(std::string trust, report::WithWitnessPolicy(trust_file_bytes, policy));
  return trust;
}

Outcome<LocalAnswer> VerifyArtefact(const std::string& file, const std::string& trust_file) {
  RETURN_IF_ERROR(CheckSize(file));
  ASSIGN_OR_RETURN(const std::string artefact, ReadSmallFile(file, kMaxArtefactBytes));
  std::string trust;
  if (!trust_file.empty()) {
    ASSIGN_OR_RETURN(trust, ReadSmallFile(trust_file, kMaxPolicyBytes));
    if (trust.empty()) {
      return Status(Code::kInvalidArgument, trust_file + " is empty: get the trust file again from `spor trust`");
    }
  }
  Result<report::Verification> verified = report::Verify(artefact, trust);
  if (!verified.ok()) {
    if (verified.error().code() != Code::kFailed) return verified.error();
    // Bytes that are no artefact at all did not verify either: the answer has the same form.
    verified =
        report::Verification{"failed",
                             {{"readable", "failed", true, "Filen kan ikke leses som bevis, gjennomgang eller uttrekk.",
                               verified.error().message()}},
                             ""};
  }
  privacy::JsonWriter out;
  out.BeginObject()
      .Key("result")
      .String(verified->result)
      .Key("kind")
      .String(verified->kind)
      .Key("checks")
      .BeginArray();
  for (const report::Check& check : verified->checks) {
    out.BeginObject().Key("name").String(check.name).Key("result").String(check.result);
    out.Key("required").Bool(check.required).Key("text_nb").String(check.text_nb).Key("text_en").String(check.text_en);
    out.EndObject();
  }
  out.EndArray();
  if (!verified->shown.empty()) out.Key("shown").Raw(verified->shown);
  out.Key("trust_fingerprint");
  if (trust.empty()) {
    out.Null();
  } else {
    out.String(report::TrustFingerprint(trust));
  }
  out.EndObject();
  return LocalAnswer{verified->result == "verified" ? ExitCode::kDone : ExitCode::kRefused, out.Take()};
}

Outcome<ExitCode> ServeHome(const HomePlaces& places, const ServeOptions& options) {
  service::HomeOptions home;
  home.log = options.log;
  if (options.slot_key != nullptr && options.slot_key->secret) home.slot_secret = &*options.slot_key->secret;
  if (!options.witness_policy_file.empty()) {
    ASSIGN_OR_RETURN(const std::string policy, ReadWitnessPolicy(options.witness_policy_file));
    ASSIGN_OR_RETURN(home.witnesses, service::ParseWitnessOptions(policy));
    if (options.witness_at_start == ServeOptions::Witness::kRequired) {
      home.witnesses->at_start = service::WitnessOptions::AtStart::kRequire;
    }
  }
  sigset_t signals;
  sigemptyset(&signals);
  for (int signal : {SIGTERM, SIGINT, SIGUSR1}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);  // inherited by every thread: only the watcher below takes them
  signal(SIGPIPE, SIG_IGN);
  ASSIGN_OR_RETURN(const std::unique_ptr<service::Service> service,
                   service::Service::Start(Places(places), options.socket_path, home));
  std::thread watcher([&] {
    int caught = 0;
    sigwait(&signals, &caught);
    service->RequestStop();
  });
  options.ready();
  const Status ended = service->Wait();
  pthread_kill(watcher.native_handle(), SIGUSR1);  // wakes the watcher if the service ended by itself
  watcher.join();
  RETURN_IF_ERROR(ended);
  return ExitCode::kDone;
}

Outcome<SlotKey> AskSlotKey(const HomePlaces& places, const Arguments& arguments, Console& console) {
  const std::optional<std::string> how = arguments.Find("unlock");
  if (!how) {
    if (arguments.Has("unlock-fd")) return WrongUsage("--unlock-fd wants --unlock recovery or --unlock passphrase");
    return SlotKey{};
  }
  const bool recovery = *how == "recovery";
  if (!recovery && *how != "passphrase") return WrongUsage("--unlock is recovery or passphrase");
  ASSIGN_OR_RETURN(
      const SecretBytes typed,
      SecretFromFdOrTerminal(arguments, "unlock-fd", recovery ? "Recovery key: " : "Passphrase: ", console));
  SlotKey key;
  if (recovery) {
    ASSIGN_OR_RETURN(key.secret, vault::ParseRecoveryKey(AsText(typed.Reveal())));
    return key;
  }
  const Spinner spinner(console, "stretching the passphrase over 1 GiB of memory");
  Result<BoxSecretKey> secret = service::UnlockHome(Places(places), typed);
  // No login failed: the exit code is that of a refusal.
  if (!secret.ok() && secret.error().code() == Code::kUnauthenticated)
    return Status(Code::kDenied, secret.error().message());
  ASSIGN_OR_RETURN(key.secret, std::move(secret));
  return key;
}

Outcome<ExitCode> RecoverHome(const HomePlaces& places, const BoxSecretKey& secret, const std::string& label,
                              const std::string& secret_file) {
  RETURN_IF_ERROR(service::RecoverHome(Places(places), secret, label, secret_file));
  return ExitCode::kDone;
}

std::string RenderArtefactHtml(const privacy::JsonValue& document) { return report::RenderHtml(document); }

std::string FingerprintOfTrust(std::string_view trust_file_bytes) { return report::TrustFingerprint(trust_file_bytes); }

}  // namespace spor::cli
