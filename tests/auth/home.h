// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <liboath/oath.h>

#include <algorithm>
#include <ctime>
#include <map>

#include "auth/auth_service.h"
#include "ledger/blobs.h"
#include "tests/doubles/fault_store.h"
#include "tests/doubles/memory_store.h"
#include "tests/doubles/temp_dir.h"
#include "tests/doubles/test_day.h"

namespace spor::auth {

// 2026-03-10T12:00:00Z: the first second of a minute and of a step, in the middle of a month.
inline constexpr UnixSeconds kNoon = 1773144000;
inline constexpr uint32_t kUid = 1000;
inline constexpr std::string_view kUser = "kari.nordmann";
inline constexpr std::string_view kPassword = "korrekt hest batteri";
inline constexpr uint16_t kStaffCategory = 60004;

class UtcAuditRules final : public AuditRules {
 public:
  Schedule For(AuditClass audit_class, int year, int month) const override {
    const auto due = static_cast<ledger::DueDay>((year - 1970) * 372 + month * 31 + 400);
    return {{0, due}, static_cast<uint16_t>(audit_class), 60003};
  }
  std::pair<int, int> MonthOf(UnixSeconds instant) const override {
    const time_t time = instant;
    tm parts{};
    gmtime_r(&time, &parts);
    return {parts.tm_year + 1900, parts.tm_mon + 1};
  }
};

// What an event says, as the audit section opens with its unit's key.
struct SeenEvent {
  uint64_t entry = 0;
  std::map<std::string, std::string> fields;  // numbers in decimal, bytes as they are

  std::string operator[](const std::string& name) const {
    const auto found = fields.find(name);
    return found == fields.end() ? "" : found->second;
  }
};

// The code of the step that holds `instant`, by another function of liboath than the product calls.
inline std::string CodeAt(const Bytes& secret, UnixSeconds instant) {
  std::string code(7, '\0');
  EXPECT_EQ(
      oath_totp_generate(reinterpret_cast<const char*>(secret.data()), secret.size(), instant, 30, 0, 6, code.data()),
      OATH_OK);
  code.resize(6);
  return code;
}

inline Bytes SecretFromBase32(const std::string& text) {
  char* raw = nullptr;
  size_t size = 0;
  EXPECT_EQ(oath_base32_decode(text.data(), text.size(), &raw, &size), OATH_OK);
  Bytes secret(raw, raw + size);
  free(raw);
  return secret;
}

inline SecretBytes Secret(std::string_view text) { return SecretBytes::CopyOf(AsBytes(text)); }

// A whole home with one invited account: store, vault, ledger, audit trail, service, all of them real, on a clock that
// stands still until the test moves it.
class Home {
 public:
  // Borrows `store`, which is empty.
  explicit Home(ledger::Store& store) : store_(store) { options.password_cost = {1, 8192}; }
  ~Home() { Close(); }

  // Makes keys, genesis and the first account.
  void Found() {
    const SigningKey log_key = SigningKey::Random();
    ledger_id_ = ledger::LedgerId(kOrigin, SigningPublicKey(log_key));
    Result<vault::Vault::Founded> founded = vault::Vault::Found(store_, paths(), ledger_id_, log_key);
    ASSERT_TRUE(founded.ok()) << founded.error().message();
    vault_ = std::move(founded->vault);
    audit_ = std::make_unique<AuditTrail>(*vault_, store_, clock, rules_);
    Result<AuditTrail::FirstUnits> audit = audit_->Found();
    ASSERT_TRUE(audit.ok());
    Result<AuthService::FirstAccount> first = AuthService::Found(PartsNow(), options);
    ASSERT_TRUE(first.ok());
    code = first->activation_code;
    ledger::Ledger::Genesis genesis;
    genesis.genesis.origin = kOrigin;
    genesis.genesis.log_key = SigningPublicKey(log_key);
    genesis.genesis.ledger_id = ledger_id_;
    genesis.slots = founded->slots;
    genesis.extra = std::move(founded->rows);
    genesis.ops = audit->ops;
    genesis.ops.insert(genesis.ops.end(), first->ops.begin(), first->ops.end());
    ASSERT_TRUE(vault_->keys().Wrap(audit->units, genesis.extra).ok());
    ASSERT_TRUE(vault_->keys().Wrap(first->units, genesis.extra).ok());
    genesis.extra.Append(std::move(audit->rows));
    genesis.extra.Append(std::move(first->rows));
    signer_ = std::make_unique<Signer>(log_key);
    ASSERT_TRUE(ledger::Ledger::Create(LedgerOptionsNow(), std::move(genesis)).ok());
  }

  // As the service starts: also after Close(), and after the store was replaced by what a crash left.
  Status TryOpen() {
    Close();
    ASSIGN_OR_RETURN(vault_, vault::Vault::Open(store_, paths(), ledger_id_));
    ASSIGN_OR_RETURN(signer_, vault_->LogSigner());
    ASSIGN_OR_RETURN(ledger_, ledger::Ledger::Open(LedgerOptionsNow()));
    audit_ = std::make_unique<AuditTrail>(*vault_, store_, clock, rules_);
    RETURN_IF_ERROR(audit_->Load());
    RETURN_IF_ERROR(audit_->EnsureUnits(*ledger_));
    ASSIGN_OR_RETURN(service_, AuthService::Open(PartsNow(), options));
    return OkStatus();
  }
  void Open() {
    const Status opened = TryOpen();
    ASSERT_TRUE(opened.ok()) << opened.message();
  }
  void Close() {
    service_.reset();
    ledger_.reset();
    audit_.reset();
    signer_.reset();
    vault_.reset();
  }

  // Takes the account into use with codes of the step before and the step of now.
  void Activate() {
    Result<AuthService::Enrolment> enrolment = auth().BeginActivation(kUser, code);
    ASSERT_TRUE(enrolment.ok()) << enrolment.error().message();
    totp_base32 = enrolment->totp_secret;
    totp = SecretFromBase32(totp_base32);
    Result<RecoveryCodes> done = auth().FinishActivation(kUser, code, Secret(kPassword), CodeAt(totp, clock.Now() - 30),
                                                         CodeAt(totp, clock.Now()), kUid);
    ASSERT_TRUE(done.ok()) << done.error().message();
    recovery_codes = std::move(*done);
  }
  void FoundAndActivate() {
    ASSERT_NO_FATAL_FAILURE(Found());
    ASSERT_NO_FATAL_FAILURE(Open());
    ASSERT_NO_FATAL_FAILURE(Activate());
    clock.Advance(30);
  }

  std::string CodeNow() const { return CodeAt(totp, clock.Now()); }
  // A well-formed code of no step in the window.
  std::string WrongCode() const {
    for (int guess = 0;; ++guess) {
      std::string text = std::to_string(1000000 + guess).substr(1);
      if (text != CodeAt(totp, clock.Now() - 30) && text != CodeNow() && text != CodeAt(totp, clock.Now() + 30)) {
        return text;
      }
    }
  }
  Result<AuthService::Session> Login(std::string_view with_code, uint32_t uid = kUid) {
    return auth().Login(kUser, Secret(kPassword), with_code, uid);
  }
  Result<AuthService::Session> LoginWrongly(uint32_t uid = kUid) {
    return auth().Login(kUser, Secret("feil passord her"), CodeNow(), uid);
  }
  // Moves to the next step first, so that the code is a fresh one.
  AuthService::Session LoggedIn(uint32_t uid = kUid) {
    clock.Advance(30);
    Result<AuthService::Session> session = Login(CodeNow(), uid);
    CHECK(session.ok());
    return std::move(*session);
  }

  // Every audit section in the log, opened and checked against its entry.
  std::vector<SeenEvent> Events() const;
  std::vector<SeenEvent> Events(const std::string& action, const std::string& result) const {
    std::vector<SeenEvent> all = Events();
    std::erase_if(all, [&](const SeenEvent& e) { return e["action"] != action || e["result"] != result; });
    return all;
  }
  size_t Refusals(const std::string& reason) const {
    const std::vector<SeenEvent> all = Events();
    return static_cast<size_t>(std::count_if(
        all.begin(), all.end(), [&](const SeenEvent& e) { return e["result"] == "refused" && e["reason"] == reason; }));
  }
  size_t SessionRows() const {
    size_t rows = 0;
    const Bytes begin = {'s'};
    CHECK(store_
              .Scan(ledger::Family::kAccount, begin, ledger::PrefixEnd(begin),
                    [&](ByteView, ByteView) { return ++rows, true; })
              .ok());
    return rows;
  }

  AuthService& auth() { return *service_; }
  AuditTrail& audit() { return *audit_; }
  ledger::Ledger& ledger() { return *ledger_; }
  vault::Vault& vault() { return *vault_; }
  const Hash32& ledger_id() const { return ledger_id_; }

  FakeClock clock{kNoon};
  AuthOptions options;
  std::string code;  // activation code of the first account
  std::string totp_base32;
  Bytes totp;
  RecoveryCodes recovery_codes;

 private:
  static constexpr const char* kOrigin = "test.example/log";

  vault::VaultPaths paths() const { return {dir_ / "keys", dir_ / "secret"}; }
  AuthService::Parts PartsNow() {
    return {vault_.get(), &store_, ledger_.get(), &clock, audit_.get(), kStaffCategory, 7};
  }
  ledger::LedgerOptions LedgerOptionsNow() {
    ledger::LedgerOptions out;
    out.origin = kOrigin;
    out.anchor_directory = dir_ / "anchor";
    out.store = &store_;
    out.clock = &clock;
    out.legal_day = &day_;
    out.keeper = &vault_->keys();
    out.signer = signer_.get();
    return out;
  }

  doubles::TempDir dir_;
  doubles::UtcDay day_;
  UtcAuditRules rules_;
  ledger::Store& store_;
  Hash32 ledger_id_{};
  std::unique_ptr<vault::Vault> vault_;
  std::unique_ptr<Signer> signer_;
  std::unique_ptr<AuditTrail> audit_;
  std::unique_ptr<ledger::Ledger> ledger_;
  std::unique_ptr<AuthService> service_;
};

inline std::string Shown(const ledger::Field& field) {
  if (field.type != ledger::FieldType::kUint) return std::string(AsText(field.value));
  uint64_t number = 0;
  for (const uint8_t byte : field.value) number = number << 8 | byte;
  return std::to_string(number);
}

inline std::vector<SeenEvent> Home::Events() const {
  std::vector<SeenEvent> events;
  const ledger::LogReader reader(store_);
  for (const AuditTrail::Month& month : audit_->Months()) {
    const Result<ledger::UnitKey> key = vault_->keys().OpenUnit(month.unit);
    CHECK(key.ok());
    const SecretBytes seal_key = ledger::SealKey(ledger_id_, *key);
    const Status scanned =
        ledger::ScanAuditBlobs(store_, month.unit, 0, ledger::kNoEntry, [&](const ledger::StoredBlob& blob) {
          const Result<ledger::Entry> entry = reader.EntryAt(blob.entry);
          CHECK(entry.ok());
          const ledger::SealContext context{ledger_id_, entry->kind, entry->seal_id, blob.section, month.unit};
          const Result<std::vector<ledger::Field>> fields =
              ledger::OpenSection(context, ledger::SectionSeed(context, seal_key.Reveal()).Reveal(),
                                  entry->sections.at(blob.section), blob.blob);
          CHECK(fields.ok());
          SeenEvent event{blob.entry, {}};
          for (const ledger::Field& field : *fields) event.fields[field.name] = Shown(field);
          events.push_back(std::move(event));
          return true;
        });
    CHECK(scanned.ok());
  }
  std::sort(events.begin(), events.end(), [](const auto& a, const auto& b) { return a.entry < b.entry; });
  return events;
}

// The usual home: in memory, its account active, at a fresh step.
class AuthTest : public ::testing::Test {
 protected:
  AuthTest() : home(store) {}
  void SetUp() override { home.FoundAndActivate(); }

  doubles::MemoryStore store;
  Home home;
};

inline Status StatusOf(const Status& status) { return status; }
template <typename T>
Status StatusOf(const Result<T>& result) {
  return result.status();
}

#define EXPECT_CODE(expected, result)                                                           \
  do {                                                                                          \
    const Status seen_status = StatusOf(result);                                                \
    EXPECT_EQ(CodeName(seen_status.code()), CodeName(Code::expected)) << seen_status.message(); \
  } while (false)

}  // namespace spor::auth
