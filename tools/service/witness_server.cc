// SPDX-License-Identifier: Apache-2.0
#include "tools/service/witness_server.h"

#include "ledger/add_checkpoint.h"

namespace spor::service {
namespace {

constexpr std::string_view kPath = "/add-checkpoint";
constexpr const char* kPlain = "text/plain; charset=utf-8";
constexpr int kMaxCallers = 16;
constexpr std::chrono::seconds kMessage{10};
constexpr std::chrono::seconds kIdle{30};

}  // namespace

std::string VerdictLine(const ledger::WitnessVerdict& verdict) {
  std::string line;
  if (!verdict.origin.empty()) {
    line = "old " + std::to_string(verdict.old_size) + " size " + std::to_string(verdict.size) + " of " +
           Shown(verdict.origin) + ": ";
  }
  line += std::to_string(verdict.status);
  if (verdict.status == 200) return line + " cosigned";
  const std::string_view reason = verdict.body;
  return line + " " + std::string(reason.substr(0, reason.find('\n')));
}

Result<std::unique_ptr<WitnessServer>> WitnessServer::Start(ledger::WitnessDirectory& directory,
                                                            const WitnessServerOptions& options) {
  CHECK(options.clock != nullptr);
  std::unique_ptr<WitnessServer> witness(new WitnessServer(directory, options));
  HttpServerOptions http;
  http.tcp = options.listen;
  http.max_body_bytes = ledger::kMaxAddCheckpointBytes;
  http.max_connections = kMaxCallers;
  http.idle_timeout = kIdle;
  http.message_timeout = kMessage;
  ASSIGN_OR_RETURN(witness->server_, HttpServer::Start(http, [raw = witness.get()](HttpRequest& request) {
                     return raw->Handle(request);
                   }));
  return witness;
}

HttpResponse WitnessServer::Handle(const HttpRequest& request) {
  if (request.target != kPath) return {404, kPlain, "there is only POST /add-checkpoint here\n"};
  if (request.method != "POST") return {405, kPlain, "add-checkpoint takes POST\n"};
  Result<ledger::WitnessVerdict> verdict = witness_.Add(request.body);
  if (!verdict.ok()) {
    if (options_.log) options_.log("500 " + verdict.error().message());
    return {500, kPlain, "the witness could not keep its state; nothing was cosigned\n"};
  }
  if (options_.log) options_.log(VerdictLine(*verdict));
  return {verdict->status, verdict->content_type, std::move(verdict->body)};
}

}  // namespace spor::service
