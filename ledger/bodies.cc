// SPDX-License-Identifier: Apache-2.0
#include "ledger/bodies.h"

#include "crypto/codec.h"
#include "crypto/hash.h"
#include "crypto/labels.h"
#include "crypto/utf8.h"

namespace spor::ledger {

Hash32 LedgerId(std::string_view origin, const PublicKey32& log_key) {
  return Sha256({AsBytes(label::kLedgerId), AsBytes(origin), AsBytes("\n"), log_key});
}

Bytes Encode(const GenesisBody& body) {
  Writer out;
  out.U16(body.format).Str16(AsBytes(body.origin)).Raw(body.log_key).Raw(body.ledger_id);
  out.U8(static_cast<uint8_t>(body.predecessors.size()));
  for (const std::string& note : body.predecessors) out.Str16(AsBytes(note));
  return out.Take();
}

Result<GenesisBody> ParseGenesis(ByteView bytes) {
  Reader in(bytes);
  GenesisBody body;
  body.format = in.U16();
  if (!in.failed() && body.format != kLogFormat) {
    return Status(Code::kTooNew, "log format " + std::to_string(body.format) + " is unknown to this program");
  }
  body.origin = AsText(in.Str16(kMaxOriginBytes));
  if (!IsUtf8(body.origin)) in.Fail();  // no line of a checkpoint could say it
  body.log_key = in.Fixed<32>();
  body.ledger_id = in.Fixed<32>();
  const uint8_t predecessors = in.U8();
  for (uint8_t i = 0; i < predecessors && !in.failed(); ++i) body.predecessors.emplace_back(AsText(in.Str16(4096)));
  RETURN_IF_ERROR(in.Finish("genesis body"));
  if (body.predecessors.empty() && body.ledger_id != LedgerId(body.origin, body.log_key)) {
    return Status(Code::kCorrupt, "genesis body: the ledger id does not follow from origin and log key");
  }
  return body;
}

Bytes Encode(const HeadBody& body) {
  Writer out;
  out.U64(body.own_index).U64(body.previous_head).Raw(body.live_root).U64(body.live_n);
  out.Raw(body.due_root).U64(body.due_n).U32(body.min_due);
  out.U64(body.not_started).U64(body.undecided).U64(body.held).U32(body.root_generation);
  out.Raw(body.slots_digest).Raw(body.policy_digest).U32(body.legal_day).U32(body.flags);
  return out.Take();
}

Result<HeadBody> ParseHead(ByteView bytes) {
  Reader in(bytes);
  HeadBody body;
  body.own_index = in.U64();
  body.previous_head = in.U64();
  body.live_root = in.Fixed<32>();
  body.live_n = in.U64();
  body.due_root = in.Fixed<32>();
  body.due_n = in.U64();
  body.min_due = in.U32();
  body.not_started = in.U64();
  body.undecided = in.U64();
  body.held = in.U64();
  body.root_generation = in.U32();
  body.slots_digest = in.Fixed<32>();
  body.policy_digest = in.Fixed<32>();
  body.legal_day = in.U32();
  body.flags = in.U32();
  if ((body.flags & ~uint32_t{7}) != 0) in.Fail();
  RETURN_IF_ERROR(in.Finish("head body"));
  return body;
}

namespace {

void EncodeTable(Writer& out, const std::vector<PolicyTableRow>& rows) {
  out.U16(static_cast<uint16_t>(rows.size()));
  for (const PolicyTableRow& row : rows) out.U16(row.number).U8(row.retention_class).Str8(row.key);
}

std::vector<PolicyTableRow> ParseTable(Reader& in) {
  std::vector<PolicyTableRow> rows;
  const uint16_t count = in.U16();
  for (uint16_t i = 0; i < count && !in.failed(); ++i) {
    PolicyTableRow row;
    row.number = in.U16();
    row.retention_class = in.U8();
    row.key = AsText(in.Str8(255));
    if (row.retention_class > 2 || (i > 0 && rows.back().number >= row.number)) in.Fail();
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace

Bytes Encode(const PolicyBody& body) {
  Writer out;
  out.Raw(body.digest).U32(body.version);
  EncodeTable(out, body.categories);
  EncodeTable(out, body.rules);
  return out.Take();
}

Result<PolicyBody> ParsePolicyBody(ByteView bytes) {
  Reader in(bytes);
  PolicyBody body;
  body.digest = in.Fixed<32>();
  body.version = in.U32();
  body.categories = ParseTable(in);
  body.rules = ParseTable(in);
  RETURN_IF_ERROR(in.Finish("policy body"));
  return body;
}

Bytes Encode(const SlotsBody& body) { return Writer().U32(body.root_generation).Raw(body.slots_digest).Take(); }

Result<SlotsBody> ParseSlotsBody(ByteView bytes) {
  Reader in(bytes);
  SlotsBody body;
  body.root_generation = in.U32();
  body.slots_digest = in.Fixed<32>();
  RETURN_IF_ERROR(in.Finish("slots body"));
  return body;
}

Bytes Encode(const IntentBody& body) {
  return Writer().U32(body.generation_old).U32(body.generation_new).U32(body.units).Raw(body.units_digest).Take();
}

Result<IntentBody> ParseIntent(ByteView bytes) {
  Reader in(bytes);
  IntentBody body;
  body.generation_old = in.U32();
  body.generation_new = in.U32();
  body.units = in.U32();
  body.units_digest = in.Fixed<32>();
  RETURN_IF_ERROR(in.Finish("erase-intent body"));
  return body;
}

Bytes Encode(const EraseBody& body) {
  Writer out;
  out.U64(body.intent).U32(body.generation_old).U32(body.generation_new).U32(body.units_total);
  out.U32(body.sections_dropped_total).U16(body.part).U16(body.parts);
  return out.Take();
}

Result<EraseBody> ParseErase(ByteView bytes) {
  Reader in(bytes);
  EraseBody body;
  body.intent = in.U64();
  body.generation_old = in.U32();
  body.generation_new = in.U32();
  body.units_total = in.U32();
  body.sections_dropped_total = in.U32();
  body.part = in.U16();
  body.parts = in.U16();
  if (body.part >= body.parts) in.Fail();
  RETURN_IF_ERROR(in.Finish("erase body"));
  return body;
}

Bytes Encode(const DestroyedBody& body) {
  Writer out;
  out.U64(body.erase).U32(body.generation_old).U32(body.everywhere_day).U16(body.copies).Raw(body.register_digest);
  return out.Take();
}

Result<DestroyedBody> ParseDestroyed(ByteView bytes) {
  Reader in(bytes);
  DestroyedBody body;
  body.erase = in.U64();
  body.generation_old = in.U32();
  body.everywhere_day = in.U32();
  body.copies = in.U16();
  body.register_digest = in.Fixed<32>();
  RETURN_IF_ERROR(in.Finish("root-destroyed body"));
  return body;
}

namespace {

constexpr uint8_t kEndorse = 1;  // the only thing that a log-key entry can do so far

}  // namespace

Bytes Encode(const LogKeyBody& body) { return Writer().U8(kEndorse).Raw(body.next_key).U64(body.first_index).Take(); }

Result<LogKeyBody> ParseLogKey(ByteView bytes) {
  Reader in(bytes);
  LogKeyBody body;
  if (in.U8() != kEndorse) in.Fail();
  body.next_key = in.Fixed<32>();
  body.first_index = in.U64();
  RETURN_IF_ERROR(in.Finish("log-key body"));
  return body;
}

std::string_view CloseReasonName(CloseReason reason) {
  switch (reason) {
    case CloseReason::kShorter: return "shorter";
    case CloseReason::kDiffers: return "differs";
    case CloseReason::kAnchorLost: return "anchor_lost";
  }
  return "unknown";
}

Bytes Encode(const CloseOriginBody& body) {
  Writer out;
  out.U8(static_cast<uint8_t>(body.reason)).U64(body.surviving.size).Raw(body.surviving.root);
  return out.U64(body.lost.size).Raw(body.lost.root).Take();
}

Result<CloseOriginBody> ParseCloseOrigin(ByteView bytes) {
  Reader in(bytes);
  CloseOriginBody body;
  body.reason = static_cast<CloseReason>(in.U8());
  body.surviving.size = in.U64();
  body.surviving.root = in.Fixed<32>();
  body.lost.size = in.U64();
  body.lost.root = in.Fixed<32>();
  bool fits = body.surviving.size > 0;
  switch (body.reason) {
    case CloseReason::kShorter: fits = fits && body.lost.size > body.surviving.size; break;
    case CloseReason::kDiffers:
      fits = fits && body.lost.size > 0 && body.lost.size <= body.surviving.size && body.lost != body.surviving;
      break;
    case CloseReason::kAnchorLost: fits = fits && body.lost == LogPoint{}; break;
    default: fits = false;
  }
  if (!fits) in.Fail();
  RETURN_IF_ERROR(in.Finish("close-origin body"));
  return body;
}

}  // namespace spor::ledger
