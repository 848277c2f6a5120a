// SPDX-License-Identifier: Apache-2.0
#include "tools/service/log_key.h"

namespace spor::service {
namespace {

using privacy::JsonWriter;

constexpr auth::Action kAction = auth::Action::kRotateLogKey;

Result<ledger::LogKeys> TryRotate(const privacy::Parts& parts, const auth::Actor& actor) {
  ledger::EntryDraft event;
  event.seal_id = RandomArray<16>();
  std::vector<ledger::Field> fields = auth::AuditFields(&actor, auth::ActionName(kAction), "done");
  const ledger::LogKeys before = parts.ledger->keys();
  fields.push_back(ledger::TextField("old_vkey", FormatVerifierKey(before.keys().back().vkey)));
  ASSIGN_OR_RETURN(ledger::SealedSection section,
                   parts.audit->Seal(auth::AuditClass::kEvidence, event.seal_id, 0, std::move(fields)));
  event.sections.push_back(std::move(section));
  ledger::Proposal proposal;
  proposal.entries.push_back(std::move(event));
  const std::unique_ptr<ledger::Precondition> valid = parts.auth->StillValid(actor);
  proposal.precondition = valid.get();
  ASSIGN_OR_RETURN(vault::Vault::LogKeyRotation rotated, parts.vault->RotateLogKey(*parts.ledger, std::move(proposal)));
  return std::move(rotated.keys);
}

void WriteKeys(JsonWriter& out, const std::vector<ledger::LogKeys::Key>& keys) {
  out.Key("keys").BeginArray();
  for (const ledger::LogKeys::Key& key : keys) {
    out.BeginObject().Key("vkey").String(FormatVerifierKey(key.vkey)).Key("first_size").Uint(key.first_size);
    out.EndObject();
  }
  out.EndArray();
}

void WriteClosing(JsonWriter& out, const ledger::LogKeys::Origin& origin) {
  out.Key("closed");
  if (!origin.closed_at) {
    out.Null();
    return;
  }
  const ledger::CloseOriginBody& closing = origin.closing;
  out.BeginObject().Key("at").Uint(*origin.closed_at).Key("reason").String(CloseReasonName(closing.reason));
  out.Key("surviving");
  WriteLogPoint(out, closing.surviving);
  out.Key("lost");
  if (closing.reason == ledger::CloseReason::kAnchorLost) {
    out.Null();
  } else {
    WriteLogPoint(out, closing.lost);
  }
  out.EndObject();
}

}  // namespace

void WriteLogPoint(JsonWriter& out, const ledger::LogPoint& point) {
  out.BeginObject().Key("size").Uint(point.size).Key("root").String(Base64Encode(point.root)).EndObject();
}

Result<ledger::LogKeys> RotateLogKey(const privacy::Parts& parts, const auth::Actor& actor) {
  RETURN_IF_ERROR(parts.auth->Allow(actor, kAction));
  Result<ledger::LogKeys> rotated = Status(Code::kInternal, "no attempt was made");
  for (int attempt = 0; attempt < privacy::kDecideAgain; ++attempt) {
    rotated = TryRotate(parts, actor);
    if (rotated.ok()) break;
    if (rotated.error().code() == Code::kNotFound) {
      // A machine that slept past the end of a month: its audit units are made now.
      RETURN_IF_ERROR(parts.audit->EnsureUnits(*parts.ledger));
    } else if (rotated.error().code() != Code::kConflict) {
      break;
    }
  }
  return rotated;
}

std::string DescribeLogKeys(const ledger::LogKeys& keys) {
  JsonWriter out;
  out.BeginObject().Key("origin").String(keys.genesis().origin);
  out.Key("ledger_id").String(HexEncode(keys.genesis().ledger_id));
  out.Key("log_vkey").String(FormatVerifierKey(keys.keys().back().vkey));
  WriteKeys(out, keys.keys());
  out.Key("origins").BeginArray();
  for (const ledger::LogKeys::Origin& origin : keys.origins()) {
    out.BeginObject().Key("origin").String(origin.genesis.origin).Key("begins").Uint(origin.genesis_index);
    WriteKeys(out, origin.keys);
    WriteClosing(out, origin);
    out.EndObject();
  }
  return out.EndArray().EndObject().Take();
}

}  // namespace spor::service
