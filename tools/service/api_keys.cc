// SPDX-License-Identifier: Apache-2.0
#include "tools/service/api.h"

namespace spor::service {

using privacy::JsonWriter;

namespace {

std::string StateJson(const auth::KeyKeeper::State& state) {
  JsonWriter out;
  out.BeginObject().Key("generation").Uint(state.generation).Key("slots_digest").String(HexEncode(state.slots_digest));
  out.Key("slots").BeginArray();
  for (const vault::Slot& slot : state.slots) {
    out.BeginObject().Key("label").String(slot.label).Key("type").String(vault::SlotTypeName(slot.type));
    out.Key("public_key").String(HexEncode(slot.public_key));
    out.Key("opened_this_service").Bool(slot.public_key == state.opened_with).EndObject();
  }
  out.EndArray().EndObject();
  return out.Take();
}

Result<vault::SlotType> ParseSlotType(std::string_view name) {
  for (auto type : {vault::SlotType::kCredentialFile, vault::SlotType::kPassphrase, vault::SlotType::kRecoveryKey}) {
    if (vault::SlotTypeName(type) == name) return type;
  }
  return Status(Code::kInvalidArgument, "type is file, passphrase or recovery");
}

}  // namespace

Api::Answer Api::KeyStatus(const Call& call) {
  ASSIGN_OR_RETURN(const auth::KeyKeeper::State state, home_.keys().Look(*call.actor));
  return StateJson(state);
}

Api::Answer Api::KeySlotAdd(const Call& call) {
  vault::Slot slot;
  ASSIGN_OR_RETURN(const std::string type, call.body.GetString("type"));
  ASSIGN_OR_RETURN(slot.type, ParseSlotType(type));
  ASSIGN_OR_RETURN(slot.label, call.body.GetString("label"));
  ASSIGN_OR_RETURN(const std::string key, call.body.GetString("public_key"));
  const Result<Bytes> raw = HexDecode(key);
  const Result<Hash32> public_key = raw.ok() ? ToHash32(*raw) : Result<Hash32>(raw.error());
  if (!public_key.ok()) return Status(Code::kInvalidArgument, "public_key is 64 hexadecimal digits");
  slot.public_key = *public_key;
  ASSIGN_OR_RETURN(const std::optional<std::string> wrapped, call.body.FindString("wrapped_secret"));
  ASSIGN_OR_RETURN(slot.wrapped_secret, HexDecode(wrapped.value_or("")));
  ASSIGN_OR_RETURN(const auth::KeyKeeper::State state, home_.keys().AddSlot(*call.actor, std::move(slot)));
  return StateJson(state);
}

Api::Answer Api::KeySlotRemove(const Call& call) {
  ASSIGN_OR_RETURN(const std::string label, call.body.GetString("label"));
  ASSIGN_OR_RETURN(const auth::KeyKeeper::State state, home_.keys().RemoveSlot(*call.actor, label));
  return StateJson(state);
}

Api::Answer Api::KeyRotate(const Call& call) {
  ASSIGN_OR_RETURN(const auth::KeyKeeper::State state, home_.keys().Rotate(*call.actor));
  return StateJson(state);
}

}  // namespace spor::service
