// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/witness_state.h"
#include "tools/service/http.h"

namespace spor::service {

struct WitnessServerOptions {
  TcpAddress listen;
  const Clock* clock = nullptr;
  // Gets one line for each request: time, origin, sizes, status. No addresses, no secrets. Called from many threads.
  std::function<void(const std::string& line)> log;
};

// A witness on TCP: POST /add-checkpoint, as C2SP tlog-witness says.
//
// Threads: Start(), Stop() and the destructor from one. Ownership: borrows the directory and the clock.
// Security: what it is asked is public and signed, what it answers is signed: plain HTTP is enough. Requests are small
// and must arrive within seconds; at most 16 callers are served at once.
class WitnessServer {
 public:
  static Result<std::unique_ptr<WitnessServer>> Start(ledger::WitnessDirectory& directory,
                                                      const WitnessServerOptions& options);
  void Stop() { server_->Stop(); }
  uint16_t port() const { return server_->port(); }

 private:
  WitnessServer(ledger::WitnessDirectory& directory, WitnessServerOptions options)
      : witness_(directory.name(), directory.signer(), directory, *options.clock), options_(std::move(options)) {}
  HttpResponse Handle(const HttpRequest& request);

  ledger::Witness witness_;
  const WitnessServerOptions options_;
  std::unique_ptr<HttpServer> server_;  // last: it stops before what its threads use
};

// One line about a verdict: `old 1 size 3 of log.example/a: 200`.
std::string VerdictLine(const ledger::WitnessVerdict& verdict);

}  // namespace spor::service
