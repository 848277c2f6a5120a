// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <set>
#include <unordered_map>

#include "privacy/hold.h"
#include "privacy/policy.h"
#include "vault/vault.h"

namespace spor::privacy {

using SubjectId = Id16;
using ledger::UnitId;

inline constexpr size_t kMaxExternalIdBytes = 256;
inline constexpr size_t kMaxSubjectBytes = 400;  // SUBJECT as people and applications write it

enum class IdentifierKind : uint8_t { kExternalId = 1, kEmail = 2 };

// What a person can be looked up by. An e-mail address lives as long as a unit that it came from.
struct Identifier {
  IdentifierKind kind = IdentifierKind::kExternalId;
  std::string value;  // normalised
  std::set<UnitId> sources;
};
// Trimmed; an e-mail address also in lower case.
std::string NormaliseIdentifier(IdentifierKind kind, std::string_view value);

// One unit of a person, as the policy engine sees it.
struct SubjectUnit {
  UnitId unit{};
  uint16_t category = 0;
  std::string period;  // record key or accounting year where the category is cut that way; "2026-11" of an access log
  ledger::DueKey due;
  uint16_t rule = 0;
  bool held = false;   // as the due map says
  LegalDate released;  // the first day on which no hold covered it any more; day 0: it never was held
  std::map<std::string, LegalDate> clock_dates;  // clocks that start from the records' own fields
  std::map<std::string, std::set<Id16>> facts;   // condition -> records for which it holds
};

// Everything the service knows of how a person's data hangs together; sealed under her identity unit.
struct Profile {
  SubjectId subject{};
  UnitId identity{};
  ledger::DueKey identity_due;
  bool identity_held = false;
  std::vector<Identifier> identifiers;
  std::map<std::string, LegalDate> clocks;
  std::vector<SubjectUnit> units;
  struct Erased {
    UnitId unit{};
    uint16_t category = 0;
    std::string run;
  };
  std::vector<Erased> erased;  // so that she can be told, as long as anything else of her is left
  std::vector<Hold> holds;     // those that stand
  std::vector<Restriction> restrictions;

  SubjectUnit* FindUnit(uint16_t category, std::string_view period);
  const SubjectUnit* FindUnit(uint16_t category, std::string_view period) const;
};

Bytes EncodeProfile(const Profile& profile);
Result<Profile> ParseProfile(ByteView bytes);

// People: profiles and the blind indexes that find them. docs/formats/people.md.
//
// Rows: Family::kState "s" | subject -> identity unit; Family::kRecord identity | 0x02 -> sealed profile;
// Family::kIndex bits u8 | bucket u32 | subject | suffix[8] -> identity unit | u8 kind | sealed value.
// Buckets are keyed and truncated so that each is expected to hold two people or more. Family::kState "hold" | u32
// until | subject | u32 hold, and "restricted" | subject, follow from the profiles.
//
// Threads: any. Ownership: borrows the vault and the store.
// Consistency: read Ledger versions of SubjectStripe()/IdentifierStripe() first, then use these, then propose with
// those expectations.
class SubjectBook {
 public:
  SubjectBook(vault::Vault& vault, ledger::Store& store) : vault_(vault), store_(store) {}
  // Counts the people and reads the width of the index.
  Status Load();

  Result<Profile> Get(const SubjectId& subject) const;                                          // kNotFound
  Result<Profile> ProfileOf(const UnitId& identity, const vault::UnitKey& identity_key) const;  // kNotFound
  // All people with this identifier.
  Result<std::vector<SubjectId>> Find(IdentifierKind kind, std::string_view normalised) const;
  // Whom Find() found alone under this external id before. Only a hint: she is the one if her profile says so now.
  struct Hint {
    SubjectId subject{};
    UnitId identity{};
  };
  Result<std::optional<Hint>> Remembered(std::string_view external_id) const;
  // SUBJECT as people type it: an e-mail address, external_id:VALUE or a subject id (32 hexadecimal digits).
  // kNotFound if there is nobody, kInvalidArgument if it fits several (and says to use external_id).
  Result<SubjectId> Resolve(std::string_view text) const;

  // Adds the rows that store the profile; identifiers that `before` had and `profile` lacks leave the index.
  Status Put(const Profile& profile, const vault::UnitKey& identity_key, const Profile* before,
             ledger::Batch& batch) const;
  // Adds the rows that forget the person (her identity unit is erased by the caller).
  Status Remove(const Profile& profile, ledger::Batch& batch) const;
  // Adds the rows that forget everybody whose identity unit is one of these, and has no key any more. How many.
  Result<uint64_t> RemoveKeyless(const std::set<UnitId>& identities, ledger::Batch& batch) const;
  // Visits every person whose identity unit is not one of `except`.
  Status ForEach(const std::set<UnitId>& except, const std::function<Status(Profile)>& visit) const;
  // Who has holds, by the day on which they end; day 0 and hold 0 stand for units that are not marked as her holds say.
  // From `first` to `last`, until `visit` says no. A row can be left of somebody who is erased.
  struct HoldRow {
    LegalDate until;
    SubjectId subject{};
    uint32_t hold = 0;
  };
  Status ScanHolds(LegalDate first, LegalDate last, const std::function<bool(const HoldRow&)>& visit) const;
  static void DeleteHoldRow(const HoldRow& row, ledger::Batch& batch);
  // Everybody whose data is restricted.
  Result<std::vector<SubjectId>> Restricted() const;
  // Whether a bucket holds too many people, so that looking one up has become slow.
  bool IsCrowded() const;
  // Widens the index if it is crowded; call before adding people, with nobody else writing.
  using RowSink = std::function<Status(ledger::Batch)>;
  Status WidenIndex(const RowSink& sink);
  void PeopleChanged(int64_t by) { people_ += by; }
  int64_t people() const { return people_; }

  static ledger::Stripe SubjectStripe(const SubjectId& subject) { return ledger::StripeOf("subject", subject); }
  Result<ledger::Stripe> IdentifierStripe(IdentifierKind kind, std::string_view normalised) const;

 private:
  Result<Bytes> IndexRow(uint8_t bits, const Profile& profile, const Identifier& identifier,
                         const vault::UnitKey& key) const;
  Result<Hash32> IndexHash(IdentifierKind kind, std::string_view normalised) const;
  Result<uint32_t> Bucket(uint8_t bits, IdentifierKind kind, std::string_view normalised) const;
  Result<SecretBytes> IndexKey() const;

  vault::Vault& vault_;
  ledger::Store& store_;
  std::atomic<int64_t> people_{0};
  std::atomic<uint8_t> bits_{0};
  mutable Mutex mutex_;
  // By keyed hash of the external id: random ids alone, forgotten with the person.
  mutable std::map<Hash32, Hint> hints_ GUARDED_BY(mutex_);
};

}  // namespace spor::privacy
