// SPDX-License-Identifier: Apache-2.0
#include "ledger/log_appender.h"

#include <algorithm>

namespace spor::ledger {
namespace {

// Rows of entries never cross a multiple of this, so that they line up with C2SP entry bundles.
constexpr uint64_t kBundle = 256;

}  // namespace

Status LogAppender::Load(const Store& store) {
  ASSIGN_OR_RETURN(state_, reader_.State());
  std::vector<Hash32> leaves;
  RETURN_IF_ERROR(reader_.Scan(state_.size / kBundle * kBundle, state_.size, [&](uint64_t, ByteView bytes) {
    leaves.push_back(LeafHash(bytes));
    return true;
  }));
  RETURN_IF_ERROR(tiles_.Load(state_.size, leaves));
  ASSIGN_OR_RETURN(checkpoint_, reader_.StoredCheckpoint());
  ASSIGN_OR_RETURN(keys_, LoadLogKeys(reader_));
  RETURN_IF_ERROR(maps_.Load(store));
  ASSIGN_OR_RETURN(const Bytes replaced, replaced_.Load(store));
  return CheckMapsAgainstHead(maps_, reader_, state_, replaced);
}

Status LogAppender::CheckSigner() const {
  const VerifierKey& expected = keys_.keys().back().vkey;
  if (expected.name == origin_ && expected.key == signer_->public_key()) return OkStatus();
  return Status(Code::kCorrupt, "the log key at hand is not the one that the log names for its next checkpoint");
}

void LogAppender::Begin(uint32_t time_s) {
  batch_ = Batch();
  leaves_.clear();
  row_.clear();
  subject_rows_.clear();
  audit_rows_.clear();
  time_s_ = std::max(time_s, state_.last_time);
  row_start_ = state_.size;
}

uint64_t LogAppender::AddEntry(const Entry& entry) {
  const Bytes bytes = EncodeEntry(entry);
  const uint64_t index = state_.size;
  if (ConcernsKeys(entry.kind)) {
    CHECK(keys_.Observe(index, entry).ok());  // whoever adds one asked a copy first
    if (index != 0) batch_.Put(Family::kMeta, ToBytes(AsBytes(kKeyEntriesKey)), EncodeKeyEntries(keys_.entries()));
  }
  if (index % kBundle == 0 && !row_.empty()) {
    batch_.Put(Family::kEntry, IndexKey(row_start_), std::move(row_));
    row_.clear();
  }
  if (row_.empty()) row_start_ = index;
  row_.push_back(static_cast<uint8_t>(bytes.size() >> 8));
  row_.push_back(static_cast<uint8_t>(bytes.size()));
  Append(row_, bytes);
  leaves_.push_back(LeafHash(bytes));
  ++state_.size;
  return index;
}

uint64_t LogAppender::Add(EntryDraft draft) {
  Entry entry;
  entry.kind = draft.kind;
  entry.time_s = time_s_;
  entry.seal_id = draft.seal_id;
  entry.sections.reserve(draft.sections.size());
  for (const SealedSection& section : draft.sections) entry.sections.push_back(section.clear);
  entry.body = std::move(draft.body);
  const uint64_t index = AddEntry(entry);
  AddBlobs(index, draft.sections);
  return index;
}

void LogAppender::AddBlobs(uint64_t index, const std::vector<SealedSection>& sections) {
  for (size_t i = 0; i < sections.size(); ++i) {
    const SealedSection& section = sections[i];
    const uint8_t number = static_cast<uint8_t>(i);
    if (section.place == BlobPlace::kSubject) {
      Writer key(sizeof(UnitId) + 8 + 1);
      Writer value(section.fields_hash.size() + section.blob.size());
      subject_rows_.emplace_back(key.Raw(section.unit).U64(index).U8(number).Take(),
                                 value.Raw(section.fields_hash).Raw(section.blob).Take());
    } else {
      audit_rows_[section.unit].U64(index).U8(number).Raw(section.fields_hash).Str32(section.blob);
    }
  }
}

void LogAppender::PutBlobs() {
  // In the order of their keys: the store finds the place of each next to the one before.
  std::sort(subject_rows_.begin(), subject_rows_.end());
  for (auto& [key, value] : subject_rows_) batch_.Put(Family::kSubjectBlob, std::move(key), std::move(value));
  subject_rows_.clear();
  for (auto& [unit, row] : audit_rows_) {
    Bytes key = Writer().Raw(unit).Raw(ByteView(row.bytes()).first(8)).Take();  // the entry the row begins with
    batch_.Put(Family::kAuditBlob, std::move(key), row.Take());
  }
  audit_rows_.clear();
}

Status LogAppender::AddOps(const std::vector<UnitOp>& ops, const EraseBody* erase) {
  if (ops.empty()) return OkStatus();
  const size_t per_entry = MaxOpsPerEntry(erase != nullptr ? OpType::kErase : OpType::kCreate);
  const size_t parts = (ops.size() + per_entry - 1) / per_entry;
  for (size_t part = 0; part < parts; ++part) {
    Entry entry;
    entry.kind = erase != nullptr ? EntryKind::kErase : EntryKind::kOps;
    entry.time_s = time_s_;
    entry.seal_id = RandomArray<16>();
    const auto begin = ops.begin() + static_cast<std::ptrdiff_t>(part * per_entry);
    entry.ops.assign(begin, ops.begin() + static_cast<std::ptrdiff_t>(std::min(ops.size(), (part + 1) * per_entry)));
    if (erase != nullptr) {
      EraseBody body = *erase;
      body.part = static_cast<uint16_t>(part);
      body.parts = static_cast<uint16_t>(parts);
      entry.body = Encode(body);
    }
    const uint64_t index = AddEntry(entry);
    for (const UnitOp& op : entry.ops) {
      replaced_.Note(maps_, op);
      RETURN_IF_ERROR(maps_.Apply(op, index, &batch_));
    }
  }
  return OkStatus();
}

void LogAppender::AddHead(const HeadFacts& facts, uint32_t legal_day) {
  HeadBody head;
  head.own_index = state_.size;
  head.previous_head = state_.last_head == 0 ? kNoEntry : state_.last_head;
  maps_.FillHead(head);
  head.root_generation = facts.root_generation;
  head.slots_digest = facts.slots_digest;
  head.policy_digest = facts.policy_digest;
  head.legal_day = legal_day;
  head.flags = facts.flags;
  Entry entry;
  entry.kind = EntryKind::kHead;
  entry.time_s = time_s_;
  entry.seal_id = RandomArray<16>();
  entry.body = Encode(head);
  state_.last_head = AddEntry(entry);
}

void LogAppender::Endorse(std::unique_ptr<const Signer> next) {
  const LogKeyBody body{next->public_key(), state_.size + 2};
  next_signer_ = std::move(next);
  Add({EntryKind::kLogKey, RandomArray<16>(), {}, Encode(body)});
}

Batch LogAppender::Finish() {
  if (!row_.empty()) batch_.Put(Family::kEntry, IndexKey(row_start_), std::move(row_));
  row_.clear();
  PutBlobs();
  tiles_.Stage(leaves_, batch_);
  if (!leaves_.empty()) state_.last_time = time_s_;
  batch_.Put(Family::kMeta, ToBytes(AsBytes(kLogStateKey)), Encode(state_));
  if (!ends_in_head()) {
    replaced_.EndBatch(state_.size, batch_);
  } else if (!leaves_.empty()) {  // rows alone make no new checkpoint: that of the head is signed, once
    replaced_.EndBatchWithHead(batch_);
    checkpoint_ = SignCheckpoint({origin_, state_.size, tiles_.StagedRoot()}, *signer_);
    batch_.Put(Family::kMeta, ToBytes(AsBytes(kCheckpointKey)), ToBytes(AsBytes(checkpoint_)));
    if (next_signer_) batch_.Put(Family::kMeta, EndorsementKey(keys_.entries().back()), ToBytes(AsBytes(checkpoint_)));
  }
  return std::move(batch_);
}

void LogAppender::Commit() {
  tiles_.Commit();
  if (!next_signer_) return;
  own_signer_ = std::move(next_signer_);
  signer_ = own_signer_.get();
}

}  // namespace spor::ledger
