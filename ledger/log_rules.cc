// SPDX-License-Identifier: Apache-2.0
#include "ledger/log_rules.h"

#include <algorithm>
#include <utility>

namespace spor::ledger {
namespace {

Status Bad(const char* what) { return Status(Code::kCorrupt, what); }

}  // namespace

Status LogRules::Observe(uint64_t index, const Entry& entry) {
  RETURN_IF_ERROR(ObserveKeys(index, entry));
  if (erasure_ && (entry.kind != EntryKind::kErase || index != erasure_->next_entry)) {
    return Bad("the parts of the erasure before it do not follow each other");
  }
  switch (entry.kind) {
    case EntryKind::kHead: {
      ASSIGN_OR_RETURN(const HeadBody head, ParseHead(entry.body));
      return ObserveHead(index, head);
    }
    case EntryKind::kSlots: {
      ASSIGN_OR_RETURN(const SlotsBody slots, ParseSlotsBody(entry.body));
      return ObserveSlots(index, slots);
    }
    case EntryKind::kPolicy: {
      ASSIGN_OR_RETURN(const PolicyBody policy, ParsePolicyBody(entry.body));
      policy_digest_ = policy.digest;
      return OkStatus();
    }
    case EntryKind::kEraseIntent: {
      ASSIGN_OR_RETURN(const IntentBody intent, ParseIntent(entry.body));
      return ObserveIntent(index, intent);
    }
    case EntryKind::kErase: {
      ASSIGN_OR_RETURN(const EraseBody body, ParseErase(entry.body));
      return ObserveErase(index, body, entry.ops);
    }
    case EntryKind::kRootDestroyed: {
      ASSIGN_OR_RETURN(const DestroyedBody destroyed, ParseDestroyed(entry.body));
      return ObserveDestroyed(destroyed);
    }
    default: return OkStatus();
  }
}

Status LogRules::Finish() const {
  if (erasure_) return Bad("the newest erasure lacks its last parts");
  if (begun_ && !RotationAnnounced(begun_->generation))
    return Bad("the newest slots entry begins a generation unannounced");
  return keys_.CheckEnd();
}

// The rules of origins and their keys, but for what only the tree shows.
Status LogRules::ObserveKeys(uint64_t index, const Entry& entry) {
  if (index == 0 && entry.kind != EntryKind::kGenesis) return Bad("a log begins with a genesis");
  if (endorsed_ && (entry.kind != EntryKind::kHead || index != *endorsed_ + 1)) {
    return Bad("no head stands behind an endorsed key");
  }
  if (Status open = keys_.CheckEnd(); index > 0 && !open.ok() && entry.kind != EntryKind::kGenesis) return open;
  if (entry.kind == EntryKind::kHead && endorsed_) {
    endorsements_.push_back({*endorsed_, index + 1});
    endorsed_.reset();
  }
  if (!ConcernsKeys(entry.kind)) return OkStatus();
  RETURN_IF_ERROR(keys_.Observe(index, entry));
  if (entry.kind == EntryKind::kLogKey) endorsed_ = index;
  if (entry.kind == EntryKind::kCloseOrigin) {
    stated_roots_.push_back({index, {index, keys_.origins().back().closing.surviving.root}});
  }
  if (entry.kind != EntryKind::kGenesis || index == 0) return OkStatus();
  fresh_origin_ = true;
  const LogKeys::Origin& closed = keys_.origins()[keys_.origins().size() - 2];
  ASSIGN_OR_RETURN(const Checkpoint surviving, LogKeys::OpenIn(closed, keys_.genesis().predecessors[0]));
  if (surviving.size != last_head_ + 1) return Bad("the surviving checkpoint that a successor names is not the newest");
  stated_roots_.push_back({index, {surviving.size, surviving.root}});
  return OkStatus();
}

Status LogRules::ObserveHead(uint64_t index, const HeadBody& head) {
  if (head.own_index != index || head.previous_head != last_head_) {
    return Bad("the head names another place for itself or for the head before it");
  }
  if (!slots_ || head.root_generation != slots_->root_generation || head.slots_digest != slots_->slots_digest) {
    return Bad("the head does not say what the newest slots entry says");
  }
  if (head.policy_digest != policy_digest_) return Bad("the head does not say what the newest policy entry says");
  if (head.legal_day < legal_day_) return Bad("its legal day is before that of the head before it");
  legal_day_ = head.legal_day;
  last_head_ = index;
  ++heads_;
  return OkStatus();
}

Status LogRules::ObserveSlots(uint64_t index, const SlotsBody& slots) {
  if (std::exchange(fresh_origin_, false) && slots_ && slots.root_generation > slots_->root_generation) {
    // The rotations between are in the part of the log that is lost: the data came back with newer keys.
    owed_.reset();
    begun_.reset();
    intents_.clear();
    slots_ = slots;
    return OkStatus();
  }
  const bool next = slots_ && slots.root_generation == slots_->root_generation + 1;
  if (slots_ && !next && slots.root_generation != slots_->root_generation) {
    return Bad("the slots are of another generation than this one or the next");
  }
  if (next) {
    if (owed_ || begun_) return Bad("the root key of the generation before is not recorded as destroyed");
    begun_ = Owed{index, slots_->root_generation};
  }
  slots_ = slots;
  return OkStatus();
}

// An intent of no units from this generation to the next.
bool LogRules::RotationAnnounced(uint32_t generation_old) const {
  return std::any_of(intents_.begin(), intents_.end(), [&](const auto& intent) {
    return intent.second.units == 0 && intent.second.generation_old == generation_old;
  });
}

Status LogRules::ObserveIntent(uint64_t index, const IntentBody& intent) {
  if (!slots_ || intent.generation_old != slots_->root_generation ||
      intent.generation_new != intent.generation_old + 1) {
    return Bad("the intent names other generations than the one in force and the next");
  }
  intents_[index] = intent;
  return OkStatus();
}

Status LogRules::ObserveErase(uint64_t index, const EraseBody& body, const std::vector<UnitOp>& ops) {
  if (!erasure_) {
    if (body.part != 0) return Bad("an erasure does not begin with its first part");
    if (!begun_) return Bad("no slots entry before it begins the generation of this erasure");
    erasure_.emplace();
    erasure_->body = body;
  }
  if (Encode(body) != Encode(erasure_->body)) return Bad("the parts of an erasure do not say the same");
  for (const UnitOp& op : ops) {
    if (erasure_->units > 0 && !(erasure_->last_unit < op.unit)) return Bad("the units of an erasure do not ascend");
    erasure_->digest.Update(op.unit);
    erasure_->last_unit = op.unit;
    ++erasure_->units;
  }
  erasure_->next_entry = index + 1;
  return ++erasure_->body.part < body.parts ? OkStatus() : EndErasure(index);
}

Status LogRules::EndErasure(uint64_t index) {
  const EraseBody& body = erasure_->body;
  const auto intent = intents_.find(body.intent);
  if (intent == intents_.end() || intent->second.generation_old != body.generation_old ||
      intent->second.generation_new != body.generation_new || intent->second.units != body.units_total) {
    return Bad("the erasure is not the one that its intent entry announced");
  }
  if (erasure_->units != body.units_total || erasure_->digest.Finish() != intent->second.units_digest) {
    return Bad("the erasure has other units than its intent entry announced");
  }
  if (!slots_ || body.generation_new != slots_->root_generation) {
    return Bad("no slots entry stands before the erasure that begins its generation");
  }
  sections_dropped_ += body.sections_dropped_total;
  owed_ = Owed{index, body.generation_old};
  begun_.reset();
  intents_.clear();
  erasure_.reset();
  return OkStatus();
}

Status LogRules::ObserveDestroyed(const DestroyedBody& destroyed) {
  if (begun_) {  // no erasure came: a rotation alone
    if (!RotationAnnounced(begun_->generation))
      return Bad("no intent announced the rotation whose root key was destroyed");
    owed_ = begun_;
    begun_.reset();
    intents_.clear();
  }
  if (!owed_ || destroyed.erase != owed_->last_of_flip || destroyed.generation_old != owed_->generation) {
    return Bad("it records the destruction of another root key than the one that the last erasure or rotation left");
  }
  owed_.reset();
  return OkStatus();
}

}  // namespace spor::ledger
