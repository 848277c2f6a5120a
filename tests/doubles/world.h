// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <liboath/oath.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "ledger/blobs.h"
#include "ledger/replay.h"
#include "tests/doubles/borrowed_store.h"
#include "tests/doubles/fault_store.h"
#include "tests/doubles/memory_store.h"
#include "tests/doubles/places.h"
#include "tests/doubles/temp_dir.h"
#include "tools/service/api.h"

namespace spor::doubles {

using Rows = std::vector<std::vector<std::string>>;

// A section as its key opens it: numbers in decimal, bytes as they are.
struct SeenSection {
  uint64_t entry = 0;
  std::map<std::string, std::string> fields;

  std::string operator[](const std::string& name) const {
    const auto found = fields.find(name);
    return found == fields.end() ? "" : found->second;
  }
};

// Somebody else than the world's administrator, who can log in.
struct Colleague {
  std::string user;
  std::string password = "fire ord som ingen gjetter";
  Bytes totp;
  std::string token;
  auth::Actor actor;  // as of the login
};

// The whole service below HTTP, on a clock that stands still until the test moves it. In memory everything goes through
// `fault`, and CrashCopy() is what a crash would leave; on RocksDB it is the real home with its lock.
//
// The verbs answer what the service answers. Threads: the verbs any, Found() to Close() one.
class World {
 public:
  enum class Disk { kMemory, kRocks };
  static constexpr UnixSeconds kStart = 1795512600;  // 2026-11-24T09:30:00Z, a Tuesday
  static constexpr uint32_t kUid = 1000;
  static constexpr const char* kOrigin = "world.example/log";

  explicit World(const std::string& directory, Disk disk = Disk::kMemory)
      : directory_(directory), disk_(disk), places_(service::HomePlaces::Beside(directory + "/home")) {
    options.clock = &clock;
    options.auth.password_cost = {1, 8192};
  }
  ~World() { Close(); }

  static std::string ExamplePolicy() {
    std::ifstream in(doubles::SourceDir() + "/docs/examples/confex.toml");
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
  }

  // ---- life of the home ----

  Status Found(const std::string& policy = ExamplePolicy()) {
    Result<service::Founded> founded = Status(Code::kInternal, "");
    if (disk_ == Disk::kRocks) {
      founded = service::InitHome(places_, policy, "test.toml", kOrigin, options);
    } else {
      memory = std::make_unique<MemoryStore>();
      fault = std::make_unique<FaultStore>(*memory);
      founded = service::FoundOn(*fault, places_, policy, "test.toml", kOrigin, options);
    }
    if (!founded.ok()) return founded.error();
    activation_code = founded->activation_code;
    return Open();
  }
  // As the service starts; also again.
  Status Open() {
    Close();
    if (disk_ == Disk::kRocks) {
      ASSIGN_OR_RETURN(home_, service::Home::Open(places_, options));
    } else {
      ASSIGN_OR_RETURN(home_, service::Home::OpenOn(std::make_unique<BorrowedStore>(*fault), places_, options));
    }
    return OkStatus();
  }
  // Over a store that the test opened, without the lock of the directory.
  Status OpenOver(std::unique_ptr<ledger::Store> store) {
    Close();
    ASSIGN_OR_RETURN(home_, service::Home::OpenOn(std::move(store), places_, options));
    return OkStatus();
  }
  void Close() { home_.reset(); }
  // What is durable at this moment, as another world in another directory; memory only, not opened.
  std::unique_ptr<World> CrashCopy(const std::string& directory) const {
    auto copy = std::make_unique<World>(directory, disk_);
    std::filesystem::copy(directory_, directory, std::filesystem::copy_options::recursive);
    copy->memory = std::make_unique<MemoryStore>(*memory);
    copy->fault = std::make_unique<FaultStore>(*copy->memory);
    copy->clock.Set(clock.Now());
    copy->user = user;
    copy->password = password;
    copy->totp = totp;
    return copy;
  }
  // What fsck finds wrong, or nothing. A home on RocksDB must be closed.
  std::string Damage() {
    if (disk_ == Disk::kRocks) {
      const Result<service::HomeCheck> check = service::FsckHome(places_, nullptr);
      return check.ok() ? check->log.first_damaged : "fsck: " + check.error().message();
    }
    const Result<ledger::FsckReport> report = ledger::Fsck(*memory, places_.anchor_dir, nullptr);
    return report.ok() ? report->first_damaged : "fsck: " + report.error().message();
  }

  // ---- the administrator ----

  static std::string CodeOf(const Bytes& secret, UnixSeconds instant) {
    std::string code(7, '\0');
    CHECK(oath_totp_generate(reinterpret_cast<const char*>(secret.data()), secret.size(), instant, 30, 0, 6,
                             code.data()) == OATH_OK);
    code.resize(6);
    return code;
  }
  std::string CodeNow() const { return CodeOf(totp, clock.Now()); }
  SecretBytes Password() const { return SecretBytes::CopyOf(AsBytes(password)); }

  Status Activate() {
    ASSIGN_OR_RETURN(totp, ActivateWith(user, activation_code, password));
    return OkStatus();
  }
  // With a fresh code: moves the clock to the next step.
  Status Login() {
    clock.Advance(30);
    ASSIGN_OR_RETURN(auth::AuthService::Session session, auth().Login(user, Password(), CodeNow(), kUid));
    token = AsText(session.token.Reveal());
    actor = session.actor;
    return OkStatus();
  }
  Status Begin() {
    RETURN_IF_ERROR(Found());
    RETURN_IF_ERROR(Activate());
    return Login();
  }
  // Moves the clock and logs in again: sessions do not live for months.
  Status GoTo(std::string_view date) {
    ASSIGN_OR_RETURN(const privacy::LegalDate day, privacy::ParseDate(date));
    clock.Set(privacy::OsloStart(day) + 36000);
    RETURN_IF_ERROR(home_->Tick());
    return Login();
  }

  // ---- others ----

  // Activates an account and answers its one-time secret.
  Result<Bytes> ActivateWith(const std::string& name, const std::string& code, const std::string& its_password) {
    ASSIGN_OR_RETURN(const auth::AuthService::Enrolment enrolment, auth().BeginActivation(name, code));
    char* raw = nullptr;
    size_t size = 0;
    CHECK(oath_base32_decode(enrolment.totp_secret.data(), enrolment.totp_secret.size(), &raw, &size) == OATH_OK);
    Bytes secret(raw, raw + size);
    free(raw);
    ASSIGN_OR_RETURN(recovery_codes,
                     auth().FinishActivation(name, code, SecretBytes::CopyOf(AsBytes(its_password)),
                                             CodeOf(secret, clock.Now() - 30), CodeOf(secret, clock.Now()), kUid));
    return secret;
  }
  // With a fresh code, as above.
  Status Login(Colleague& colleague) {
    clock.Advance(30);
    const SecretBytes typed = SecretBytes::CopyOf(AsBytes(colleague.password));
    ASSIGN_OR_RETURN(auth::AuthService::Session session,
                     auth().Login(colleague.user, typed, CodeOf(colleague.totp, clock.Now()), kUid));
    colleague.token = AsText(session.token.Reveal());
    colleague.actor = session.actor;
    return OkStatus();
  }
  // Invited by `by`, activated and logged in.
  Result<Colleague> Join(const auth::Actor& by, const std::string& name, const std::vector<auth::Role>& roles) {
    ASSIGN_OR_RETURN(const auth::AccountKeeper::Invitation invitation, home_->accounts().Invite(by, name, roles));
    Colleague colleague;
    colleague.user = name;
    ASSIGN_OR_RETURN(colleague.totp, ActivateWith(name, invitation.code, colleague.password));
    RETURN_IF_ERROR(Login(colleague));
    return colleague;
  }
  // Who this token is by now: roles may have changed since the login.
  Result<auth::Actor> Now(const std::string& bearer) { return auth().Authenticate(bearer, kUid); }

  // ---- verbs ----

  Result<privacy::ImportCounts> Import(const std::string& category, const std::vector<std::string>& columns,
                                       const Rows& rows, const std::map<std::string, std::string>& map = {}) {
    ASSIGN_OR_RETURN(const std::string id, home_->importer().Begin(actor, {category, columns, map}));
    std::vector<privacy::RowRefusal> reasons;
    for (size_t from = 0; from < rows.size(); from += privacy::kMaxRowsPerChunk) {
      const auto chunk = std::span(rows).subspan(from, std::min(privacy::kMaxRowsPerChunk, rows.size() - from));
      ASSIGN_OR_RETURN(const privacy::ImportCounts counts, home_->importer().Chunk(actor, id, from + 1, chunk));
      reasons.insert(reasons.end(), counts.reasons.begin(), counts.reasons.end());
    }
    ASSIGN_OR_RETURN(privacy::ImportCounts totals, home_->importer().End(actor, id));
    totals.reasons = std::move(reasons);
    return totals;
  }
  Result<privacy::ClockCounts> StartClock(const std::string& clock_key, const Rows& rows) {
    return Clocks(privacy::ClockKeeper::Change::kStart, clock_key, rows);
  }
  Result<privacy::ClockCounts> ClearClock(const std::string& clock_key, const Rows& rows) {
    return Clocks(privacy::ClockKeeper::Change::kClear, clock_key, rows);
  }
  Result<privacy::IngestCounts> Ingest(const std::string& lines) { return home_->ingest().Batch(actor, lines); }
  Result<privacy::ReadAnswer> Read(const std::string& subject, const std::string& purpose,
                                   const std::string& reason = "case 1", const std::string& category = "",
                                   const std::vector<std::string>& fields = {}) {
    return home_->reader().Read(actor, {subject, purpose, reason, category, fields});
  }
  Result<privacy::RetentionPlan> Plan(std::string_view date) {
    ASSIGN_OR_RETURN(const privacy::LegalDate day, privacy::ParseDate(date));
    return home_->retention().Plan(actor, day);
  }
  Result<privacy::RetentionStatus> State() { return home_->retention().State(actor); }
  Result<privacy::RunRecord> Run() { return home_->retention().Run(actor); }
  // One call of the HTTP API, below the socket.
  service::HttpResponse Call(const std::string& method, const std::string& target, const std::string& body,
                             const std::string& bearer) {
    service::HttpRequest request;
    request.method = method;
    request.target = target;
    request.body = body;
    request.bearer_token = bearer;
    request.peer_uid = kUid;
    return service::Api(*home_).Handle(request);
  }

  // ---- looking inside ----

  auth::AuthService& auth() { return *home_->parts().auth; }
  ledger::Ledger& ledger() { return *home_->parts().ledger; }
  const privacy::Parts& parts() const { return home_->parts(); }
  service::Home& home() { return *home_; }
  const service::HomePlaces& places() const { return places_; }
  const std::string& directory() const { return directory_; }

  Result<privacy::Profile> ProfileOf(const std::string& subject) const {
    ASSIGN_OR_RETURN(const privacy::SubjectId id, parts().subjects->Resolve(subject));
    return parts().subjects->Get(id);
  }
  // Every audit section there is, opened and checked against its entry, in the order of the log.
  std::vector<SeenSection> AuditSections() const {
    std::vector<SeenSection> seen;
    for (const auth::AuditTrail::Month& month : parts().audit->Months()) {
      SectionsOf(month.unit, ledger::ScanAuditBlobs, seen);
    }
    std::sort(seen.begin(), seen.end(), [](const auto& a, const auto& b) { return a.entry < b.entry; });
    return seen;
  }
  std::vector<SeenSection> AuditSections(const std::string& action, const std::string& result) const {
    std::vector<SeenSection> seen = AuditSections();
    std::erase_if(seen, [&](const SeenSection& s) { return s["action"] != action || s["result"] != result; });
    return seen;
  }
  // Every subject section of a unit.
  std::vector<SeenSection> SubjectSections(const ledger::UnitId& unit) const {
    std::vector<SeenSection> seen;
    SectionsOf(unit, ledger::ScanSubjectBlobs, seen);
    return seen;
  }
  uint64_t EventEntries() const {
    uint64_t events = 0;
    CHECK(ledger::LogReader(*parts().store)
              .Scan(0, home_->parts().ledger->size(),
                    [&](uint64_t, ByteView bytes) {
                      events += ledger::PeekKind(bytes) == static_cast<uint8_t>(ledger::EntryKind::kEvent);
                      return true;
                    })
              .ok());
    return events;
  }

  FakeClock clock{kStart};
  service::HomeOptions options;
  std::unique_ptr<MemoryStore> memory;
  std::unique_ptr<FaultStore> fault;
  std::string activation_code;
  std::string user = "kari.nordmann";
  std::string password = "korrekt hest batteri";
  Bytes totp;
  auth::RecoveryCodes recovery_codes;  // of the latest activation
  std::string token;
  auth::Actor actor;

 private:
  Result<privacy::ClockCounts> Clocks(privacy::ClockKeeper::Change change, const std::string& clock_key,
                                      const Rows& rows) {
    ASSIGN_OR_RETURN(const std::string run, home_->clocks().Begin(actor, change, clock_key));
    ASSIGN_OR_RETURN(const privacy::ClockCounts chunk, home_->clocks().Chunk(actor, run, 1, rows));
    ASSIGN_OR_RETURN(privacy::ClockCounts totals, home_->clocks().End(actor, run));
    totals.reasons = chunk.reasons;
    return totals;
  }

  template <typename ScanBlobs>
  void SectionsOf(const ledger::UnitId& unit, const ScanBlobs& scan, std::vector<SeenSection>& seen) const {
    const Result<ledger::UnitKey> key = parts().vault->keys().OpenUnit(unit);
    if (!key.ok() && key.error().code() == Code::kNotFound) return;  // erased
    CHECK(key.ok());
    const Hash32& ledger_id = parts().vault->ledger_id();
    const SecretBytes seal_key = ledger::SealKey(ledger_id, *key);
    const ledger::LogReader reader(*parts().store);
    const Status scanned = scan(*parts().store, unit, 0, ledger::kNoEntry, [&](const ledger::StoredBlob& blob) {
      const Result<ledger::Entry> entry = reader.EntryAt(blob.entry);
      CHECK(entry.ok());
      const ledger::SealContext context{ledger_id, entry->kind, entry->seal_id, blob.section, unit};
      const auto fields = ledger::OpenSection(context, ledger::SectionSeed(context, seal_key.Reveal()).Reveal(),
                                              entry->sections.at(blob.section), blob.blob);
      CHECK(fields.ok());
      SeenSection section{blob.entry, {}};
      for (const ledger::Field& field : *fields) section.fields[field.name] = Shown(field);
      seen.push_back(std::move(section));
      return true;
    });
    CHECK(scanned.ok());
  }
  static std::string Shown(const ledger::Field& field) {
    if (field.type != ledger::FieldType::kUint) return std::string(AsText(field.value));
    uint64_t number = 0;
    for (const uint8_t byte : field.value) number = number << 8 | byte;
    return std::to_string(number);
  }

  const std::string directory_;
  const Disk disk_;
  const service::HomePlaces places_;
  std::unique_ptr<service::Home> home_;
};

}  // namespace spor::doubles
