// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "crypto/hash.h"
#include "tests/doubles/temp_dir.h"
#include "tools/service/witness_server.h"

namespace spor::doubles {

// A real witness at a port of loopback, with its directory.
class RunningWitness {
 public:
  RunningWitness(const std::string& name, const Clock& clock) : name_(name), clock_(clock) {
    CHECK(ledger::WitnessDirectory::Create(dir_ / "state", "witness.example/" + name).ok());
    directory_ = std::move(*ledger::WitnessDirectory::Open(dir_ / "state"));
  }
  void Start() {
    service::WitnessServerOptions options;
    options.listen = {"127.0.0.1", port_};
    options.clock = &clock_;
    auto started = service::WitnessServer::Start(*directory_, options);
    CHECK(started.ok());
    server_ = std::move(*started);
    port_ = server_->port();  // the same again after a pause
  }
  void Stop() { server_.reset(); }
  void Trust(const ledger::VerifierKey& log) {
    CHECK(directory_
              ->Update([&](ledger::WitnessState& state) -> Result<bool> {
                RETURN_IF_ERROR(ledger::TrustLog(state, log));
                return true;
              })
              .ok());
  }
  // How many entries it has cosigned; 0 for a log that it does not know.
  uint64_t Seen(const std::string& origin) const {
    const Result<ledger::WitnessState> state = directory_->State();
    CHECK(state.ok());
    const auto log = state->find(origin);
    return log == state->end() ? 0 : ledger::NewestSeen(origin, log->second)->size;
  }
  ledger::WitnessDirectory& directory() { return *directory_; }
  ledger::VerifierKey key() const { return directory_->key(); }
  const Signer& signer() const { return directory_->signer(); }
  // Its line of a policy.
  std::string PolicyLine() const {
    return "witness " + name_ + " " + FormatVerifierKey(key()) + " http://127.0.0.1:" + std::to_string(port_) + "\n";
  }
  std::string FilePolicyLine() const { return "witness " + name_ + " " + FormatVerifierKey(key()) + "\n"; }

 private:
  const std::string name_;
  const Clock& clock_;
  TempDir dir_;
  std::unique_ptr<ledger::WitnessDirectory> directory_;
  std::unique_ptr<service::WitnessServer> server_;
  uint16_t port_ = 0;
};

// Answers what the test tells it to, under the key of a witness.
class ScriptedWitness {
 public:
  explicit ScriptedWitness(service::HttpHandler handler)
      : signer(SigningKey::CopyOf(Sha256(AsBytes("a scripted witness")))) {
    service::HttpServerOptions options;
    options.tcp = service::TcpAddress{"127.0.0.1", 0};
    auto started = service::HttpServer::Start(options, std::move(handler));
    CHECK(started.ok());
    server_ = std::move(*started);
  }
  ledger::VerifierKey key() const {
    return ledger::MakeVerifierKey(kName, signer.public_key(), ledger::KeyType::kCosignature);
  }
  std::string PolicyLine() const {
    return "witness liar " + FormatVerifierKey(key()) + " http://127.0.0.1:" + std::to_string(server_->port()) + "\n";
  }

  static constexpr const char* kName = "witness.example/liar";
  const Signer signer;

 private:
  std::unique_ptr<service::HttpServer> server_;
};

}  // namespace spor::doubles
