// SPDX-License-Identifier: Apache-2.0
#include "tools/report/trust.h"

#include <algorithm>

#include "crypto/hash.h"
#include "crypto/labels.h"
#include "ledger/bodies.h"
#include "tools/report/document.h"
#include "tools/report/html.h"
#include "tools/report/report.h"

namespace spor::report {
namespace {

constexpr std::string_view kTrustFormat = "spor-trust/1";
constexpr size_t kMaxTrustBytes = 1 << 20;
constexpr size_t kMaxTrustedKeys = 64;

Status BadTrust(const std::string& what) {
  return Status(Code::kInvalidArgument, "trust file: " + what + "; get it again from `spor trust`");
}

Status ReadKeys(const JsonValue& document, Trust& trust) {
  const auto keys = document.GetArray("log_vkeys");
  if (!keys.ok() || keys->empty() || keys->size() > kMaxTrustedKeys) return BadTrust("no log keys, or too many");
  for (const JsonValue& item : *keys) {
    if (Status status = ExpectMembers(item, {"vkey", "start_index"}); !status.ok()) return BadTrust(status.message());
    const Result<std::string> text = item.GetString("vkey");
    const Result<ledger::VerifierKey> vkey =
        text.ok() ? ledger::ParseVerifierKey(*text) : Result<ledger::VerifierKey>(text.error());
    const Result<uint64_t> start = GetIndex(item, "start_index");
    if (!vkey.ok() || !start.ok() || vkey->type != ledger::KeyType::kEd25519 || vkey->name != trust.origin ||
        FormatVerifierKey(*vkey) != *text || (!trust.keys.empty() && trust.keys.back().start_index >= *start)) {
      return BadTrust("a log key is malformed, of another origin or out of order");
    }
    trust.keys.push_back({*vkey, *start});
  }
  return OkStatus();
}

Status ReadGenesis(const JsonValue& document, Trust& trust) {
  const Result<Bytes> bytes = GetBase64(document, "genesis");
  const Result<ledger::Entry> entry = bytes.ok() ? ledger::ParseEntry(*bytes) : Result<ledger::Entry>(bytes.error());
  if (!entry.ok() || entry->kind != ledger::EntryKind::kGenesis) return BadTrust("the genesis entry is malformed");
  const Result<ledger::GenesisBody> body = ledger::ParseGenesis(entry->body);
  if (!body.ok() || body->origin != trust.origin || body->ledger_id != trust.ledger_id) {
    return BadTrust("the genesis entry is of another ledger");
  }
  // A successor inherits the id of the first origin, and begins behind it.
  if (body->predecessors.empty() && ledger::LedgerId(body->origin, body->log_key) != body->ledger_id) {
    return BadTrust("the ledger id is not that of its origin and key");
  }
  if ((trust.genesis_index() == 0) != body->predecessors.empty() || trust.keys[0].vkey.key != body->log_key) {
    return BadTrust("the first log key is not that of the genesis entry");
  }
  trust.genesis = *bytes;
  trust.genesis_time_s = entry->time_s;
  return OkStatus();
}

// A policy may say for which logs it is.
Status ReadWitnesses(const JsonValue& document, Trust& trust) {
  const JsonValue* member = document.Find("witness_policy");
  if (member->is_null()) return OkStatus();
  if (!member->is_string()) return BadTrust("the witness policy is neither a text nor null");
  Result<ledger::WitnessPolicy> policy = ledger::WitnessPolicy::Parse(member->string());
  if (!policy.ok()) return Status(Code::kInvalidArgument, "trust file: " + policy.error().message());
  const auto names_this = [&](const ledger::VerifierKey& log) {
    return std::any_of(trust.keys.begin(), trust.keys.end(),
                       [&](const TrustedKey& key) { return key.vkey.key == log.key; });
  };
  if (!policy->logs().empty() && std::none_of(policy->logs().begin(), policy->logs().end(), names_this)) {
    return Status(Code::kInvalidArgument, "the witness policy is for other logs: name " + trust.origin + " in it");
  }
  trust.witnesses = std::move(*policy);
  return OkStatus();
}

}  // namespace

std::string TrustJson(ByteView genesis_entry, const ledger::LogKeys::Origin& origin) {
  DocumentWriter out;
  out.Text("format", kTrustFormat);
  out.Text("origin", origin.genesis.origin);
  out.Text("genesis", Base64Encode(genesis_entry));
  out.Text("ledger_id", HexEncode(origin.genesis.ledger_id));
  out.BeginArray("log_vkeys");
  for (const ledger::LogKeys::Key& key : origin.keys) {
    JsonWriter json;
    json.BeginObject().Key("vkey").String(FormatVerifierKey(key.vkey));
    out.Element(json.Key("start_index").Uint(key.first_size - 1).EndObject().Take());
  }
  out.EndArray();
  out.Member("witness_policy", "null");
  out.Member("approver_keys", "[]");
  return out.Take();
}

Result<std::string> WithWitnessPolicy(std::string_view trust_file, std::string_view policy) {
  RETURN_IF_ERROR(ParseTrust(trust_file).status());
  ASSIGN_OR_RETURN(const JsonValue document, ParseDocument(trust_file));
  DocumentWriter out;
  for (const JsonValue::Member& member : document.object()) {
    if (member.key == "witness_policy") {
      out.Text(member.key, policy);
    } else if (member.value.is_array()) {
      out.BeginArray(member.key);
      for (const JsonValue& element : member.value.array()) out.Element(CompactJson(element));
      out.EndArray();
    } else {
      out.Member(member.key, CompactJson(member.value));
    }
  }
  std::string changed = out.Take();
  RETURN_IF_ERROR(ParseTrust(changed).status());
  return changed;
}

Result<Trust> ParseTrust(std::string_view text) {
  if (text.size() > kMaxTrustBytes) return BadTrust("larger than 1 MiB");
  const Result<JsonValue> document = ParseDocument(text);
  if (!document.ok()) return BadTrust(document.error().message());
  const Status members = ExpectMembers(
      *document, {"format", "origin", "genesis", "ledger_id", "log_vkeys", "witness_policy", "approver_keys"});
  if (!members.ok()) return BadTrust(members.message());
  const Result<std::string> format = document->GetString("format");
  if (!format.ok() || *format != kTrustFormat) return BadTrust("not of format " + std::string(kTrustFormat));
  const JsonValue* approvers = document->Find("approver_keys");
  if (!approvers->is_array() || !approvers->array().empty()) return BadTrust("this version knows no approver keys");
  Trust trust;
  const Result<std::string> origin = document->GetString("origin");
  const Result<Bytes> id = GetHex(*document, "ledger_id", sizeof(Hash32));
  if (!origin.ok() || !id.ok()) return BadTrust("origin or ledger id is malformed");
  trust.origin = *origin;
  std::copy(id->begin(), id->end(), trust.ledger_id.begin());
  RETURN_IF_ERROR(ReadKeys(*document, trust));
  RETURN_IF_ERROR(ReadGenesis(*document, trust));
  RETURN_IF_ERROR(ReadWitnesses(*document, trust));
  trust.fingerprint = TrustFingerprint(text);
  return trust;
}

Result<ledger::Checkpoint> ReadUnverifiedCheckpoint(std::string_view note) {
  const Result<ledger::Note> parsed = ledger::ParseNote(note);
  if (!parsed.ok()) return Status(Code::kFailed, parsed.error().message());
  Result<ledger::Checkpoint> checkpoint = ledger::ParseCheckpoint(parsed->text);
  if (!checkpoint.ok()) return Status(Code::kFailed, checkpoint.error().message());
  if (!checkpoint->extensions.empty()) return Status(Code::kFailed, "the checkpoint has extension lines");
  return checkpoint;
}

Result<ledger::VerifierKey> KeyFor(const std::vector<TrustedKey>& keys, uint64_t size) {
  const TrustedKey* key = nullptr;
  for (const TrustedKey& candidate : keys) {
    if (candidate.start_index < size) key = &candidate;
  }
  if (key == nullptr) return Status(Code::kFailed, "the checkpoint is of before the trusted origin began");
  return key->vkey;
}

Status VerifyCheckpoint(std::string_view note, const std::vector<TrustedKey>& keys) {
  ASSIGN_OR_RETURN(const ledger::Checkpoint checkpoint, ReadUnverifiedCheckpoint(note));
  ASSIGN_OR_RETURN(const ledger::VerifierKey key, KeyFor(keys, checkpoint.size));
  const Result<ledger::Checkpoint> opened = ledger::OpenCheckpoint(note, key);
  if (!opened.ok()) return Status(Code::kFailed, opened.error().message());
  return OkStatus();
}

Result<std::string> MakeTrustFile(const ReportParts& parts) {
  const ledger::LogKeys keys = parts.ledger->keys();
  const ledger::LogKeys::Origin& origin = keys.origins().back();
  ASSIGN_OR_RETURN(const Bytes genesis, parts.ledger->reader().EntryBytes(origin.genesis_index));
  std::string trust = TrustJson(genesis, origin);
  if (parts.witnesses == nullptr) return trust;
  return WithWitnessPolicy(trust, parts.witnesses->PolicyText());
}

std::string TrustFingerprint(std::string_view trust_bytes) {
  const std::string hex = HexEncode(Sha256({AsBytes(label::kTrustFingerprint), AsBytes(trust_bytes)}));
  std::string grouped;
  for (size_t i = 0; i < hex.size(); i += 4) grouped += (i == 0 ? "" : " ") + hex.substr(i, 4);
  return grouped;
}

}  // namespace spor::report
