// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/local_witness.h"

#include <csignal>

#include "crypto/files.h"
#include "ledger/add_checkpoint.h"
#include "privacy/calendar.h"
#include "tools/service/witness_server.h"
#include "tools/service/witness_start.h"

namespace spor::cli {
namespace {

using privacy::JsonWriter;

// What a refusal means for her who carried the file here.
Status RefusalOf(const ledger::WitnessVerdict& verdict) {
  if (verdict.status == 404) {
    return Status(Code::kNotFound,
                  "this witness does not know " + Shown(verdict.origin) +
                      ": spor witness add-log VKEY --state DIR, with the log_vkey that spor init printed");
  }
  if (verdict.status != 409) {
    const Code code = verdict.status == 422 ? Code::kFailed : Code::kInvalidArgument;
    return Status(code, "not cosigned: " + verdict.body.substr(0, verdict.body.find('\n')));
  }
  const Result<uint64_t> seen = ledger::ParseTlogSize(verdict.body);
  const std::string number = std::to_string(seen.ok() ? *seen : 0);
  if (seen.ok() && *seen > verdict.size) {
    return Status(Code::kConflict, "not cosigned: this witness has seen " + number + " entries of " +
                                       Shown(verdict.origin) + ", the request has " + std::to_string(verdict.size) +
                                       ". An old request, or the log has lost entries");
  }
  return Status(Code::kConflict, "not cosigned: the request goes on from " + std::to_string(verdict.old_size) +
                                     " entries, this witness has seen " + number +
                                     ". Make another one: spor witness request NAME --old " + number + " --out FILE");
}

}  // namespace

Outcome<std::string> ReadWitnessPolicy(const std::string& file) {
  ASSIGN_OR_RETURN(const std::string text, ReadSmallFile(file, ledger::WitnessPolicy::kMaxBytes));
  const Status usable = service::ParseWitnessOptions(text).status();
  if (!usable.ok()) return Status(usable.code(), file + ": " + usable.message());
  return text;
}

Outcome<std::string> ReadWitnessFile(const std::string& file) {
  ASSIGN_OR_RETURN(const std::string text, ReadSmallFile(file, ledger::kMaxAddCheckpointBytes));
  return text;
}

Outcome<LocalAnswer> InitWitness(const std::string& directory, const std::string& name) {
  ASSIGN_OR_RETURN(const ledger::VerifierKey key, ledger::WitnessDirectory::Create(directory, name));
  JsonWriter out;
  out.BeginObject().Key("name").String(name).Key("vkey").String(ledger::FormatVerifierKey(key));
  out.Key("state").String(directory).EndObject();
  return LocalAnswer{ExitCode::kDone, out.Take()};
}

Outcome<LocalAnswer> TrustLog(const std::string& directory, const std::string& vkey) {
  ASSIGN_OR_RETURN(const ledger::VerifierKey key, ledger::ParseVerifierKey(vkey));
  ASSIGN_OR_RETURN(const std::unique_ptr<ledger::WitnessDirectory> witness, ledger::WitnessDirectory::Open(directory));
  RETURN_IF_ERROR(witness->Update([&](ledger::WitnessState& state) -> Result<bool> {
    RETURN_IF_ERROR(ledger::TrustLog(state, key));
    return true;
  }));
  JsonWriter out;
  out.BeginObject().Key("origin").String(key.name).Key("vkey").String(vkey).EndObject();
  return LocalAnswer{ExitCode::kDone, out.Take()};
}

Outcome<LocalAnswer> WitnessStatus(const std::string& directory) {
  ASSIGN_OR_RETURN(const std::unique_ptr<ledger::WitnessDirectory> witness, ledger::WitnessDirectory::Open(directory));
  ASSIGN_OR_RETURN(const ledger::WitnessState state, witness->State());
  JsonWriter out;
  out.BeginObject().Key("name").String(witness->name()).Key("vkey").String(ledger::FormatVerifierKey(witness->key()));
  out.Key("logs").BeginArray();
  for (const auto& [origin, log] : state) {
    ASSIGN_OR_RETURN(const ledger::Checkpoint seen, ledger::NewestSeen(origin, log));
    out.BeginObject().Key("origin").String(origin).Key("entries").Uint(seen.size).Key("last_cosigned");
    if (log.note.empty()) {
      out.Null();
    } else {
      out.String(privacy::FormatUtc(static_cast<UnixSeconds>(log.time_s)));
    }
    out.Key("keys").Uint(log.keys.size()).EndObject();
  }
  out.EndArray().EndObject();
  return LocalAnswer{ExitCode::kDone, out.Take()};
}

Outcome<Cosigned> CosignRequest(const std::string& directory, const std::string& request_file) {
  ASSIGN_OR_RETURN(const std::string request, ReadWitnessFile(request_file));
  ASSIGN_OR_RETURN(const std::unique_ptr<ledger::WitnessDirectory> directory_of,
                   ledger::WitnessDirectory::Open(directory));
  const SystemClock clock;
  ledger::Witness witness(directory_of->name(), directory_of->signer(), *directory_of, clock);
  ASSIGN_OR_RETURN(const ledger::WitnessVerdict verdict, witness.Add(request));
  if (verdict.status != 200) return RefusalOf(verdict);
  return Cosigned{verdict.body, verdict.origin, verdict.size};
}

Outcome<ExitCode> ServeWitness(const std::string& directory, const std::string& listen,
                               const std::function<void(const std::string& url, const std::string& vkey)>& ready,
                               const std::function<void(const std::string& line)>& log) {
  const Result<service::TcpAddress> address = service::ParseTcpAddress(listen);
  if (!address.ok()) return WrongUsage("--listen: " + address.error().message());
  sigset_t signals;
  sigemptyset(&signals);
  for (int signal : {SIGTERM, SIGINT}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);  // inherited by every thread: only the wait below takes them
  ASSIGN_OR_RETURN(const std::unique_ptr<ledger::WitnessDirectory> witness, ledger::WitnessDirectory::Open(directory));
  const SystemClock clock;
  service::WitnessServerOptions options;
  options.listen = *address;
  options.clock = &clock;
  options.log = [&](const std::string& line) { log(privacy::FormatUtc(clock.Now()) + " " + line); };
  ASSIGN_OR_RETURN(const std::unique_ptr<service::WitnessServer> server,
                   service::WitnessServer::Start(*witness, options));
  ready("http://" + service::FormatTcpAddress({address->host, server->port()}),
        ledger::FormatVerifierKey(witness->key()));
  int caught = 0;
  sigwait(&signals, &caught);
  server->Stop();
  return ExitCode::kDone;
}

}  // namespace spor::cli
