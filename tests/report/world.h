// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "crypto/files.h"
#include "privacy/clock_keeper.h"
#include "privacy/event_ingest.h"
#include "privacy/person_reader.h"
#include "privacy/policy_store.h"
#include "privacy/retention.h"
#include "tests/auth/home.h"
#include "tests/doubles/places.h"
#include "tools/report/html.h"
#include "tools/report/report.h"
#include "tools/report/verify.h"

namespace spor::report {

using privacy::MakeDate;

// A small company: the example policy, seven people, one logged-in administrator; everything real but the store, which
// is in memory. It begins on 2026-03-10 at noon. Five people are due: four wholly, "kunde" with all but accounting.
class World {
 public:
  World() {
    Found();
    Open();
    Login();
    parts = {vault_.get(), &store, ledger_.get(), &clock, audit_.get(), auth_.get(), &policy, subjects_.get(), &lock_};
    reports = {ledger_.get(), &store, vault_.get(), audit_.get(), auth_.get(), &policy, subjects_.get(), &clock};
    Fill();
  }

  privacy::RunRecord Run() {
    privacy::Retention retention(parts);
    Result<privacy::RunRecord> run = retention.Run(actor);
    Must(run.status());
    return *run;
  }
  void ReadPerson(const std::string& subject, const std::string& reason) {
    Must(privacy::PersonReader(parts).Read(actor, {subject, "product_access", reason, "", {}}).status());
  }
  // A session lasts 15 minutes, so who waits logs in again.
  void Wait(UnixSeconds seconds) {
    clock.Advance(seconds);
    Must(audit_->EnsureUnits(*ledger_));
    Login();
  }
  std::string Trust() { return *MakeTrustFile(reports); }

  doubles::MemoryStore store;
  FakeClock clock{auth::kNoon};
  privacy::Policy policy;
  auth::Actor actor;
  privacy::Parts parts;
  ReportParts reports;

  static void Must(const Status& status) {
    if (!status.ok()) std::fprintf(stderr, "the world: %s\n", status.message().c_str());
    CHECK(status.ok());
  }

 private:
  static constexpr const char* kOrigin = "test.example/log";
  using Rows = std::vector<std::vector<std::string>>;

  vault::VaultPaths Paths() const { return {dir_ / "keys", dir_ / "secret"}; }
  ledger::LedgerOptions LogOptions() {
    ledger::LedgerOptions out;
    out.origin = kOrigin;
    out.anchor_directory = dir_ / "anchor";
    out.store = &store;
    out.clock = &clock;
    out.legal_day = &day_;
    out.keeper = &vault_->keys();
    out.signer = signer_.get();
    return out;
  }
  auth::AuthService::Parts AuthParts() {
    return {vault_.get(), &store, ledger_.get(), &clock, audit_.get(), privacy::kStaffCategory, policy.staff_rule};
  }

  void Found() {
    toml_ = *ReadSmallFile(doubles::SourceDir() + "/docs/examples/confex.toml", 1 << 20);
    Result<privacy::Policy> parsed = privacy::ParsePolicy(toml_, "confex.toml");
    Must(parsed.status());
    policy = std::move(*parsed);
    const SigningKey log_key = SigningKey::Random();
    signer_ = std::make_unique<Signer>(log_key);
    ledger_id_ = ledger::LedgerId(kOrigin, signer_->public_key());
    Result<vault::Vault::Founded> founded = vault::Vault::Found(store, Paths(), ledger_id_, log_key);
    Must(founded.status());
    vault_ = std::move(founded->vault);
    audit_ = std::make_unique<auth::AuditTrail>(*vault_, store, clock, rules_);
    Must(store.Write(founded->rows, ledger::Durability::kSynced));
    Result<auth::AuditTrail::FirstUnits> audit = audit_->Found();
    Result<auth::AuthService::FirstAccount> first = auth::AuthService::Found(AuthParts(), options_);
    Must(audit.status());
    Must(first.status());
    code_ = first->activation_code;
    ledger::Ledger::Genesis genesis;
    genesis.genesis.origin = kOrigin;
    genesis.genesis.log_key = signer_->public_key();
    genesis.genesis.ledger_id = ledger_id_;
    genesis.slots = founded->slots;
    genesis.policy = privacy::MakePolicyBody(policy, toml_);
    genesis.facts = {1, founded->slots.slots_digest, genesis.policy.digest, ledger::kFlagBootstrap};
    genesis.ops = audit->ops;
    genesis.ops.insert(genesis.ops.end(), first->ops.begin(), first->ops.end());
    Must(vault_->keys().Wrap(audit->units, genesis.extra));
    Must(vault_->keys().Wrap(first->units, genesis.extra));
    genesis.extra.Append(std::move(audit->rows));
    genesis.extra.Append(std::move(first->rows));
    Must(ledger::Ledger::Create(LogOptions(), std::move(genesis)));
  }

  void Open() {
    Result<std::unique_ptr<vault::Vault>> vault = vault::Vault::Open(store, Paths(), ledger_id_);
    Must(vault.status());
    vault_ = std::move(*vault);
    Result<std::unique_ptr<ledger::Ledger>> ledger = ledger::Ledger::Open(LogOptions());
    Must(ledger.status());
    ledger_ = std::move(*ledger);
    audit_ = std::make_unique<auth::AuditTrail>(*vault_, store, clock, rules_);
    Must(audit_->Load());
    Result<std::unique_ptr<auth::AuthService>> service = auth::AuthService::Open(AuthParts(), options_);
    Must(service.status());
    auth_ = std::move(*service);
    subjects_ = std::make_unique<privacy::SubjectBook>(*vault_, store);
    Must(subjects_->Load());
    Result<auth::AuthService::Enrolment> enrolment = auth_->BeginActivation(auth::kUser, code_);
    Must(enrolment.status());
    totp_ = auth::SecretFromBase32(enrolment->totp_secret);
    Must(auth_
             ->FinishActivation(auth::kUser, code_, auth::Secret(auth::kPassword),
                                auth::CodeAt(totp_, clock.Now() - 30), auth::CodeAt(totp_, clock.Now()), auth::kUid)
             .status());
  }

  void Login() {
    clock.Advance(30);
    Result<auth::AuthService::Session> session =
        auth_->Login(auth::kUser, auth::Secret(auth::kPassword), auth::CodeAt(totp_, clock.Now()), auth::kUid);
    Must(session.status());
    actor = session->actor;
  }

  void Import(const std::string& category, const std::vector<std::string>& columns, const Rows& rows) {
    privacy::Importer importer(parts);
    const Result<std::string> import = importer.Begin(actor, {category, columns, {}});
    Must(import.status());
    const Result<privacy::ImportCounts> counts = importer.Chunk(actor, *import, 1, rows);
    Must(counts.status());
    CHECK(counts->refused == 0);
    Must(importer.End(actor, *import).status());
  }
  void StartClock(const std::string& key, const Rows& rows) {
    privacy::ClockKeeper clocks(parts);
    const Result<std::string> run = clocks.Begin(actor, privacy::ClockKeeper::Change::kStart, key);
    Must(run.status());
    const Result<privacy::ClockCounts> counts = clocks.Chunk(actor, *run, 1, rows);
    Must(counts.status());
    CHECK(counts->refused == 0);
    Must(clocks.End(actor, *run).status());
  }

  void Fill() {
    Rows people;
    for (const std::string name : {"anna", "bjorn", "cecilie", "david", "eva", "finn", "kunde"}) {
      people.push_back({name, name, "Hansen", name + "@example.no"});
    }
    Import("contact", {"external_id", "first_name", "last_name", "email"}, people);
    Import("payment_history", {"external_id", "item_no", "order_date", "orderer_name"},
           {{"kunde", "4711", "2025-02-03", "Kunde Hansen"}});
    ReadPerson("kunde@example.no", "spurte om kursbevis");
    StartClock("marketing_opt_out",
               {{"anna", "2026-03-01"}, {"bjorn", "2026-03-01"}, {"cecilie", "2026-03-01"}, {"david", "2026-03-01"}});
    StartClock("customer_relationship_ended", {{"kunde", "2025-05-01"}});
    const std::string event =
        R"({"event_id":"e1","time":"2026-03-10T11:00:00Z","kind":"processing","action":"send","category":"contact",)"
        R"("purpose":"newsletter","subject":{"external_id":"eva"},"fields":{},"details":{"campaign":"vår"}})";
    const Result<privacy::IngestCounts> counts = privacy::EventIngest(parts).Batch(actor, event);
    Must(counts.status());
    if (counts->accepted != 1) Must(Status(Code::kInternal, counts->reasons[0].reason));
    CHECK(privacy::PersonReader(parts).Read(actor, {"kunde@example.no", "", "", "", {}}).status().code() != Code::kOk);
  }

  doubles::TempDir dir_;
  std::string toml_;
  privacy::OsloLegalDay day_;
  privacy::PolicyAuditRules rules_{policy};
  auth::AuthOptions options_{{1, 8192}};
  std::string code_;
  Bytes totp_;
  Hash32 ledger_id_{};
  std::unique_ptr<vault::Vault> vault_;
  std::unique_ptr<Signer> signer_;
  std::unique_ptr<ledger::Ledger> ledger_;
  std::unique_ptr<auth::AuditTrail> audit_;
  std::unique_ptr<auth::AuthService> auth_;
  std::unique_ptr<privacy::SubjectBook> subjects_;
  std::remove_pointer_t<decltype(privacy::Parts::people_lock)> lock_;
};

// ---- what tests say of an artefact ----

// The list's own span: it must outlive the Result that it comes in.
inline std::span<const privacy::JsonValue> ListOf(const privacy::JsonValue* object, std::string_view key) {
  const auto list = object->GetArray(key);
  EXPECT_TRUE(list.ok()) << key;
  return list.ok() ? *list : std::span<const privacy::JsonValue>();
}

inline std::string ResultOf(const Verification& verification, std::string_view name) {
  for (const Check& check : verification.checks) {
    if (check.name == name) return check.result;
  }
  return "missing";
}

inline std::string TextOfCheck(const Verification& verification, std::string_view name) {
  for (const Check& check : verification.checks) {
    if (check.name == name) return check.text_en;
  }
  return "missing";
}

inline std::string WhatFailed(const Result<Verification>& verification) {
  if (!verification.ok()) return verification.error().message();
  std::string text;
  for (const Check& check : verification->checks) {
    if (check.result != "verified") text += check.name + " " + check.result + ": " + check.text_en + "\n";
  }
  return text;
}

inline void ExpectVerified(const std::string& artefact, const std::string& trust) {
  const Result<Verification> verification = Verify(artefact, trust);
  ASSERT_TRUE(verification.ok()) << verification.error().message();
  EXPECT_EQ(verification->result, "verified") << WhatFailed(verification);
}

// The named check must be among those that failed.
inline void ExpectFailed(const std::string& artefact, const std::string& trust, std::string_view name) {
  const Result<Verification> verification = Verify(artefact, trust);
  ASSERT_TRUE(verification.ok()) << verification.error().message();
  EXPECT_EQ(verification->result, "failed");
  EXPECT_EQ(ResultOf(*verification, name), "failed") << WhatFailed(verification);
}

// Flips bits of single bytes, many times: never verified, and never worse than failed. Not in `free`, which may say
// something else that is true as well.
inline void ExpectEveryByteCounts(const std::string& artefact, const std::string& trust, const std::string& free = "") {
  const size_t free_at = free.empty() ? std::string::npos : artefact.find(free);
  uint64_t state = 88172645463325252ULL;
  const auto next = [&] { return state ^= state << 13, state ^= state >> 7, state ^= state << 17; };
  for (int i = 0; i < 200; ++i) {
    std::string damaged = artefact;
    const size_t at = next() % damaged.size();
    if (free_at != std::string::npos && at >= free_at && at < free_at + free.size()) continue;
    damaged[at] = static_cast<char>(damaged[at] ^ static_cast<char>(1 + next() % 255));
    const Result<Verification> verification = Verify(damaged, trust);
    if (!verification.ok()) {
      EXPECT_EQ(verification.error().code(), Code::kFailed);
    } else {
      EXPECT_EQ(verification->result, "failed")
          << "byte " << at << " of " << artefact.substr(at < 40 ? 0 : at - 40, 80);
    }
  }
}

inline std::string Replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

}  // namespace spor::report
