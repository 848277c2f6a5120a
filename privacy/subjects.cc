// SPDX-License-Identifier: Apache-2.0
#include "privacy/subjects.h"

#include <algorithm>
#include <bit>

#include "crypto/aead.h"
#include "crypto/codec.h"
#include "crypto/hash.h"
#include "crypto/labels.h"
#include "privacy/hold_rules.h"

namespace spor::privacy {

using ledger::Batch;
using ledger::Family;

namespace {

constexpr int64_t kPeoplePerBucket = 4;  // more than this on average: the index is widened, to two again
constexpr std::string_view kBitsRow = "index-bits";
constexpr size_t kMaxHints = 65536;  // some eight megabytes
constexpr std::string_view kHoldRow = "hold";
constexpr std::string_view kRestrictedRow = "restricted";
constexpr uint8_t kIsThere = 1;

Bytes SubjectRow(const SubjectId& subject) { return Writer().Raw("s").Raw(subject).Take(); }
Bytes ProfileRow(const UnitId& identity) { return Writer().Raw(identity).U8(2).Take(); }

Bytes ProfileData(const Hash32& ledger_id, const UnitId& identity) {
  return Writer().Raw(ledger_id).Raw(identity).Raw("profile").Take();
}

Bytes ValueData(const Hash32& ledger_id, const UnitId& identity, IdentifierKind kind) {
  return Writer().Raw(ledger_id).Raw(identity).U8(static_cast<uint8_t>(kind)).Take();
}

Bytes HoldRowKey(const SubjectBook::HoldRow& row) {
  return Writer().Raw(kHoldRow).U32(static_cast<uint32_t>(row.until.days)).Raw(row.subject).U32(row.hold).Take();
}

// The rows that say whom to look at for holds and restrictions, without opening everybody's profile.
std::set<Bytes> RowsOfMarks(const Profile& profile) {
  std::set<Bytes> rows;
  for (const Hold& hold : profile.holds) rows.insert(HoldRowKey({hold.until, profile.subject, hold.id}));
  if (HasUnsettledHold(profile)) rows.insert(HoldRowKey({{}, profile.subject, 0}));
  if (!profile.restrictions.empty()) rows.insert(Writer().Raw(kRestrictedRow).Raw(profile.subject).Take());
  return rows;
}

struct IndexValue {
  UnitId identity{};
  IdentifierKind kind = IdentifierKind::kExternalId;
  Bytes sealed;
};

Result<IndexValue> ParseIndexValue(ByteView row) {
  Reader in(row);
  IndexValue value;
  value.identity = in.Fixed<16>();
  value.kind = static_cast<IdentifierKind>(in.U8());
  value.sealed = ToBytes(in.Raw(in.left()));
  RETURN_IF_ERROR(in.Finish("index row"));
  return value;
}

Result<std::string> OpenIndexValue(const vault::Vault& vault, const IndexValue& value, const vault::UnitKey& key) {
  const SecretBytes value_key = Derive(key.Reveal(), label::kIndexValue, {});
  ASSIGN_OR_RETURN(const SecretBytes plain,
                   Open(value_key.Reveal(), ValueData(vault.ledger_id(), value.identity, value.kind), value.sealed));
  return std::string(AsText(plain.Reveal()));
}

Result<std::string> OpenIndexValue(const vault::Vault& vault, const IndexValue& value) {
  ASSIGN_OR_RETURN(const vault::UnitKey key, vault.keys().OpenUnit(value.identity));
  return OpenIndexValue(vault, value, key);
}

constexpr size_t kSuffixBytes = 8;

// The end of an index row's key: tells the identifiers of one person apart, and whether a row can be of this value.
std::array<uint8_t, kSuffixBytes> Suffix(const vault::UnitKey& key, IdentifierKind kind, std::string_view normalised) {
  const uint8_t number = static_cast<uint8_t>(kind);
  const Hash32 hash = DerivePublic(key.Reveal(), label::kIndexValue, {ByteView(&number, 1), AsBytes(normalised)});
  return Reader(hash).Fixed<kSuffixBytes>();
}

}  // namespace

std::string NormaliseIdentifier(IdentifierKind kind, std::string_view value) {
  while (!value.empty() && (value.front() == ' ' || value.front() == '\t')) value.remove_prefix(1);
  while (!value.empty() && (value.back() == ' ' || value.back() == '\t')) value.remove_suffix(1);
  std::string out(value);
  if (kind == IdentifierKind::kEmail) {
    for (char& c : out) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
  }
  return out;
}

Status SubjectBook::Load() {
  int64_t people = 0;
  RETURN_IF_ERROR(store_.Scan(Family::kState, Bytes{'s'}, Bytes{'s' + 1}, [&](ByteView key, ByteView) {
    people += key.size() == 17;
    return true;
  }));
  people_ = people;
  ASSIGN_OR_RETURN(const std::optional<Bytes> bits, store_.Get(Family::kState, AsBytes(kBitsRow)));
  bits_ = bits && bits->size() == 1 ? (*bits)[0] : 0;
  return OkStatus();
}

Result<SecretBytes> SubjectBook::IndexKey() const { return vault_.keys().OpenService(vault::ServiceKey::kIndex); }

Result<Hash32> SubjectBook::IndexHash(IdentifierKind kind, std::string_view normalised) const {
  ASSIGN_OR_RETURN(const SecretBytes key, IndexKey());
  const uint8_t number = static_cast<uint8_t>(kind);
  return DerivePublic(key.Reveal(), label::kIndexBucket, {ByteView(&number, 1), AsBytes(normalised)});
}

Result<uint32_t> SubjectBook::Bucket(uint8_t bits, IdentifierKind kind, std::string_view normalised) const {
  if (bits == 0) return uint32_t{0};
  ASSIGN_OR_RETURN(const Hash32 hash, IndexHash(kind, normalised));
  return Reader(hash).U32() >> (32 - bits);
}

Result<ledger::Stripe> SubjectBook::IdentifierStripe(IdentifierKind kind, std::string_view normalised) const {
  ASSIGN_OR_RETURN(const uint32_t bucket, Bucket(32, kind, normalised));
  return ledger::StripeOf("identifier", Writer().U32(bucket).bytes());
}

Result<Bytes> SubjectBook::IndexRow(uint8_t bits, const Profile& profile, const Identifier& identifier,
                                    const vault::UnitKey& key) const {
  ASSIGN_OR_RETURN(const uint32_t bucket, Bucket(bits, identifier.kind, identifier.value));
  return Writer().U8(bits).U32(bucket).Raw(profile.subject).Raw(Suffix(key, identifier.kind, identifier.value)).Take();
}

Result<std::vector<SubjectId>> SubjectBook::Find(IdentifierKind kind, std::string_view normalised) const {
  const uint8_t bits = bits_;
  ASSIGN_OR_RETURN(const uint32_t bucket, Bucket(bits, kind, normalised));
  const Bytes prefix = Writer().U8(bits).U32(bucket).Take();
  struct Row {
    SubjectId subject{};
    std::array<uint8_t, kSuffixBytes> suffix{};
    IndexValue value;
  };
  std::vector<Row> rows;
  Status bad;
  RETURN_IF_ERROR(store_.Scan(Family::kIndex, prefix, ledger::PrefixEnd(prefix), [&](ByteView key, ByteView row) {
    Result<IndexValue> value = ParseIndexValue(row);
    if (!value.ok()) return bad = value.error(), false;
    if (value->kind != kind) return true;
    Reader rest(key.subspan(prefix.size()));
    const SubjectId subject = rest.Fixed<16>();
    rows.push_back({subject, rest.Fixed<kSuffixBytes>(), std::move(*value)});
    return true;
  }));
  RETURN_IF_ERROR(bad);
  std::vector<Hint> found;
  for (const Row& row : rows) {
    const Result<vault::UnitKey> key = vault_.keys().OpenUnit(row.value.identity);
    if (!key.ok() && key.error().code() == Code::kNotFound) continue;  // erased between the scan and now
    RETURN_IF_ERROR(key.status());
    // Most rows of a bucket are of others: their values need not be opened to see that.
    if (!SecretEquals(row.suffix, Suffix(*key, kind, normalised))) continue;
    ASSIGN_OR_RETURN(const std::string text, OpenIndexValue(vault_, row.value, *key));
    if (text == normalised) found.push_back({row.subject, row.value.identity});
  }
  if (kind == IdentifierKind::kExternalId && found.size() == 1) {
    ASSIGN_OR_RETURN(const Hash32 hash, IndexHash(kind, normalised));
    MutexLock lock(mutex_);
    if (hints_.size() >= kMaxHints) hints_.erase(hints_.begin());
    hints_[hash] = found[0];
  }
  std::vector<SubjectId> subjects;
  for (const Hint& one : found) subjects.push_back(one.subject);
  return subjects;
}

Result<std::optional<SubjectBook::Hint>> SubjectBook::Remembered(std::string_view external_id) const {
  ASSIGN_OR_RETURN(const Hash32 hash, IndexHash(IdentifierKind::kExternalId, external_id));
  MutexLock lock(mutex_);
  const auto known = hints_.find(hash);
  return known == hints_.end() ? std::nullopt : std::optional(known->second);
}

Result<SubjectId> SubjectBook::Resolve(std::string_view text) const {
  constexpr std::string_view kExternal = "external_id:";
  std::vector<SubjectId> found;
  if (text.starts_with(kExternal)) {
    const std::string value = NormaliseIdentifier(IdentifierKind::kExternalId, text.substr(kExternal.size()));
    ASSIGN_OR_RETURN(found, Find(IdentifierKind::kExternalId, value));
  } else if (text.find('@') != std::string_view::npos) {
    ASSIGN_OR_RETURN(found, Find(IdentifierKind::kEmail, NormaliseIdentifier(IdentifierKind::kEmail, text)));
  } else if (const Result<Bytes> id = HexDecode(text); id.ok() && id->size() == sizeof(SubjectId)) {
    ASSIGN_OR_RETURN(const std::optional<Bytes> row, store_.Get(Family::kState, SubjectRow(*ToId16(*id))));
    if (row) found.push_back(*ToId16(*id));
  } else {
    return Status(Code::kInvalidArgument,
                  "SUBJECT is an e-mail address, external_id:VALUE or a subject id of 32 hexadecimal digits");
  }
  if (found.empty()) return Status(Code::kNotFound, "there is nobody with this identifier");
  if (found.size() > 1) {
    return Status(Code::kInvalidArgument,
                  std::to_string(found.size()) + " people share this address: ask by external_id:VALUE");
  }
  return found[0];
}

Result<Profile> SubjectBook::Get(const SubjectId& subject) const {
  ASSIGN_OR_RETURN(const std::optional<Bytes> row, store_.Get(Family::kState, SubjectRow(subject)));
  if (!row) return Status(Code::kNotFound, "there is no such person");
  ASSIGN_OR_RETURN(const UnitId identity, ToId16(*row));
  ASSIGN_OR_RETURN(const vault::UnitKey key, vault_.keys().OpenUnit(identity));
  return ProfileOf(identity, key);
}

Result<Profile> SubjectBook::ProfileOf(const UnitId& identity, const vault::UnitKey& identity_key) const {
  ASSIGN_OR_RETURN(const std::optional<Bytes> sealed, store_.Get(Family::kRecord, ProfileRow(identity)));
  if (!sealed) return Status(Code::kNotFound, "there is no such person");
  const SecretBytes profile_key = Derive(identity_key.Reveal(), label::kProfile, {});
  ASSIGN_OR_RETURN(const SecretBytes plain,
                   Open(profile_key.Reveal(), ProfileData(vault_.ledger_id(), identity), *sealed));
  return ParseProfile(plain.Reveal());
}

Status SubjectBook::Put(const Profile& profile, const vault::UnitKey& identity_key, const Profile* before,
                        Batch& batch) const {
  const SecretBytes profile_key = Derive(identity_key.Reveal(), label::kProfile, {});
  Bytes plain = EncodeProfile(profile);
  batch.Put(Family::kRecord, ProfileRow(profile.identity),
            Seal(profile_key.Reveal(), ProfileData(vault_.ledger_id(), profile.identity), plain));
  WipeMemory(plain);
  if (before == nullptr) batch.Put(Family::kState, SubjectRow(profile.subject), ToBytes(profile.identity));
  const std::set<Bytes> marks_before = before == nullptr ? std::set<Bytes>() : RowsOfMarks(*before);
  const std::set<Bytes> marks = RowsOfMarks(profile);
  for (const Bytes& row : marks) {
    if (!marks_before.contains(row)) batch.Put(Family::kState, row, Bytes{kIsThere});
  }
  for (const Bytes& row : marks_before) {
    if (!marks.contains(row)) batch.Delete(Family::kState, row);
  }
  const auto has = [](const Profile* in, const Identifier& wanted) {
    return in != nullptr && std::any_of(in->identifiers.begin(), in->identifiers.end(), [&](const Identifier& other) {
             return other.kind == wanted.kind && other.value == wanted.value;
           });
  };
  const uint8_t bits = bits_;
  const SecretBytes value_key = Derive(identity_key.Reveal(), label::kIndexValue, {});
  for (const Identifier& identifier : profile.identifiers) {
    if (has(before, identifier)) continue;
    ASSIGN_OR_RETURN(Bytes row, IndexRow(bits, profile, identifier, identity_key));
    Writer value;
    value.Raw(profile.identity).U8(static_cast<uint8_t>(identifier.kind));
    value.Raw(Seal(value_key.Reveal(), ValueData(vault_.ledger_id(), profile.identity, identifier.kind),
                   AsBytes(identifier.value)));
    batch.Put(Family::kIndex, std::move(row), value.Take());
  }
  if (before == nullptr) return OkStatus();
  for (const Identifier& identifier : before->identifiers) {
    if (has(&profile, identifier)) continue;
    ASSIGN_OR_RETURN(Bytes row, IndexRow(bits, profile, identifier, identity_key));
    batch.Delete(Family::kIndex, std::move(row));
  }
  return OkStatus();
}

Status SubjectBook::Remove(const Profile& profile, Batch& batch) const {
  ASSIGN_OR_RETURN(const vault::UnitKey key, vault_.keys().OpenUnit(profile.identity));
  const uint8_t bits = bits_;
  for (const Identifier& identifier : profile.identifiers) {
    ASSIGN_OR_RETURN(Bytes row, IndexRow(bits, profile, identifier, key));
    batch.Delete(Family::kIndex, std::move(row));
    if (identifier.kind != IdentifierKind::kExternalId) continue;
    ASSIGN_OR_RETURN(const Hash32 hash, IndexHash(identifier.kind, identifier.value));
    MutexLock lock(mutex_);
    hints_.erase(hash);
  }
  for (const Bytes& row : RowsOfMarks(profile)) batch.Delete(Family::kState, row);
  batch.Delete(Family::kState, SubjectRow(profile.subject));
  return OkStatus();
}

Result<uint64_t> SubjectBook::RemoveKeyless(const std::set<UnitId>& identities, Batch& batch) const {
  uint64_t people = 0;
  Status bad;
  RETURN_IF_ERROR(store_.Scan(Family::kState, Bytes{'s'}, Bytes{'s' + 1}, [&](ByteView key, ByteView identity) {
    if (key.size() != 17 || !identities.contains(Reader(identity).Fixed<16>())) return true;
    batch.Delete(Family::kState, ToBytes(key));
    batch.Delete(Family::kState, Writer().Raw(kRestrictedRow).Raw(key.subspan(1)).Take());
    return ++people, true;
  }));
  RETURN_IF_ERROR(store_.Scan(Family::kIndex, {}, {}, [&](ByteView key, ByteView row) {
    const Result<IndexValue> value = ParseIndexValue(row);
    if (!value.ok()) return bad = value.error(), false;
    if (identities.contains(value->identity)) batch.Delete(Family::kIndex, ToBytes(key));
    return true;
  }));
  RETURN_IF_ERROR(bad);
  return people;
}

Status SubjectBook::ForEach(const std::set<UnitId>& except, const std::function<Status(Profile)>& visit) const {
  std::vector<SubjectId> subjects;
  RETURN_IF_ERROR(store_.Scan(Family::kState, Bytes{'s'}, Bytes{'s' + 1}, [&](ByteView key, ByteView identity) {
    if (key.size() == 17 && !except.contains(Reader(identity).Fixed<16>())) {
      subjects.push_back(Reader(key.subspan(1)).Fixed<16>());
    }
    return true;
  }));
  for (const SubjectId& subject : subjects) {
    ASSIGN_OR_RETURN(Profile profile, Get(subject));
    RETURN_IF_ERROR(visit(std::move(profile)));
  }
  return OkStatus();
}

Status SubjectBook::ScanHolds(LegalDate first, LegalDate last, const std::function<bool(const HoldRow&)>& visit) const {
  if (last < first) return OkStatus();
  const auto from = [](int32_t day) { return Writer().Raw(kHoldRow).U32(static_cast<uint32_t>(day)).Take(); };
  Status bad;
  RETURN_IF_ERROR(store_.Scan(Family::kState, from(first.days), from(last.days + 1), [&](ByteView key, ByteView) {
    Reader in(key.subspan(kHoldRow.size()));
    HoldRow row;
    row.until.days = static_cast<int32_t>(in.U32());
    row.subject = in.Fixed<16>();
    row.hold = in.U32();
    bad = in.Finish("row of a hold");
    return bad.ok() && visit(row);
  }));
  return bad;
}

void SubjectBook::DeleteHoldRow(const HoldRow& row, Batch& batch) { batch.Delete(Family::kState, HoldRowKey(row)); }

Result<std::vector<SubjectId>> SubjectBook::Restricted() const {
  std::vector<SubjectId> subjects;
  const Bytes prefix = ToBytes(AsBytes(kRestrictedRow));
  RETURN_IF_ERROR(store_.Scan(Family::kState, prefix, ledger::PrefixEnd(prefix), [&](ByteView key, ByteView) {
    subjects.push_back(Reader(key.subspan(kRestrictedRow.size())).Fixed<16>());
    return true;
  }));
  return subjects;
}

bool SubjectBook::IsCrowded() const { return people_ >= kPeoplePerBucket << bits_; }

Status SubjectBook::WidenIndex(const RowSink& sink) {
  if (!IsCrowded()) return OkStatus();
  const int64_t people = people_;
  const uint8_t bits = static_cast<uint8_t>(std::bit_width(static_cast<uint64_t>(people)) - 2);
  Batch batch;
  Status failed;
  RETURN_IF_ERROR(store_.Scan(Family::kIndex, {}, {}, [&](ByteView key, ByteView row) {
    const Result<IndexValue> value = ParseIndexValue(row);
    const Result<std::string> text = value.ok() ? OpenIndexValue(vault_, *value) : Result<std::string>(value.error());
    if (!text.ok() && text.error().code() == Code::kNotFound) {  // of somebody erased: nobody can be found by it
      batch.Delete(Family::kIndex, ToBytes(key));
      return true;
    }
    const Result<uint32_t> bucket = text.ok() ? Bucket(bits, value->kind, *text) : Result<uint32_t>(text.error());
    if (!bucket.ok()) return failed = bucket.error(), false;
    batch.Delete(Family::kIndex, ToBytes(key));
    batch.Put(Family::kIndex, Writer().U8(bits).U32(*bucket).Raw(key.subspan(5)).Take(), ToBytes(row));
    return true;
  }));
  RETURN_IF_ERROR(failed);
  batch.Put(Family::kState, ToBytes(AsBytes(kBitsRow)), Bytes{bits});
  RETURN_IF_ERROR(sink(std::move(batch)));
  bits_ = bits;
  return OkStatus();
}

}  // namespace spor::privacy
