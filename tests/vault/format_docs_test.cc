// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <fstream>
#include <map>

#include "crypto/aead.h"
#include "crypto/hash.h"
#include "crypto/labels.h"
#include "tests/doubles/memory_store.h"
#include "tests/doubles/places.h"
#include "vault/custody.h"
#include "vault/key_copy.h"
#include "vault/key_rows.h"
#include "vault/sealed_field.h"
#include "vault/slot_secret.h"

// The worked bytes of docs/formats/keys.md and vault.md are read from there and checked against the code.
namespace spor::vault {
namespace {

using ledger::Family;

// One block "```example NAME": lines "name = hexadecimal", continued on lines that begin with a blank.
class Example {
 public:
  Example(const std::string& document, const std::string& name) {
    std::ifstream in(doubles::SourceDir() + "/docs/formats/" + document);
    std::string line;
    while (std::getline(in, line) && line != "```example " + name) {
    }
    std::string current;
    while (std::getline(in, line) && line != "```") {
      std::string hex = line.substr(line.find_last_of(' ') + 1);
      if (line[0] != ' ') current = line.substr(0, line.find(' '));
      values_[current] += hex;
    }
    EXPECT_FALSE(values_.empty()) << document << " has no example " << name;
  }
  Bytes operator[](const std::string& name) const {
    const auto found = values_.find(name);
    EXPECT_NE(found, values_.end()) << name;
    const Result<Bytes> bytes = HexDecode(found == values_.end() ? "" : found->second);
    EXPECT_TRUE(bytes.ok()) << name;
    return bytes.ok() ? *bytes : Bytes();
  }
  Hash32 Hash(const std::string& name) const { return *ToHash32((*this)[name]); }
  Id16 Id(const std::string& name) const { return *ToId16((*this)[name]); }

 private:
  std::map<std::string, std::string> values_;
};

Bytes Joined(ByteView a, ByteView b) {
  Bytes out = ToBytes(a);
  Append(out, b);
  return out;
}

void ExpectSecret(const SecretBytes& secret, const Bytes& expected) { EXPECT_EQ(ToBytes(secret.Reveal()), expected); }

TEST(KeysDocTest, SlotFile) {
  const Example x("keys.md", "slot-file");
  Bytes file = x["file_start"];
  ASSERT_EQ(file.size(), 47u + 33 + 8 + 1 + 82 + 32);
  const Bytes covered(file.begin(), file.end() - 32);
  ExpectSecret(Derive(x["root"], label::kSlotsMac, {}), x["mac_key"]);
  EXPECT_EQ(ToBytes(HmacSha256(x["mac_key"], {covered})), Bytes(file.end() - 32, file.end()));
  file.resize(kSlotFileBytes);
  EXPECT_EQ(SlotsDigest(file), x.Hash("digest"));
  const BoxSecretKey secret = BoxSecretKey::CopyOf(x["slot_secret"]);
  EXPECT_EQ(BoxPublicKey(secret), x.Hash("public_key"));
  const Result<OpenedSlots> opened = OpenSlotFile(file, x.Hash("ledger_id"), secret);
  ASSERT_TRUE(opened.ok()) << opened.error().message();
  EXPECT_EQ(ToBytes(opened->root.Reveal()), x["root"]);
  EXPECT_EQ(opened->generation, 1u);

  // What this version writes has the same bytes but for the sealed root and what follows from it.
  const Bytes written = EncodeSlotFile(1, x.Hash("ledger_id"), opened->slots, opened->root);
  EXPECT_EQ(Bytes(written.begin(), written.begin() + 91), Bytes(file.begin(), file.begin() + 91));

  std::ifstream in(doubles::SourceDir() + "/docs/formats/keys.md");
  const std::string page((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  EXPECT_NE(page.find("\n" + FormatRecoveryKey(secret) + "\n"), std::string::npos);
}

TEST(KeysDocTest, PassphraseSlot) {
  const Example x("keys.md", "passphrase-slot");
  const Slot slot{SlotType::kPassphrase, x.Hash("public_key"), "office", x["wrapped"]};
  const Result<BoxSecretKey> secret =
      OpenPassphraseSlot(slot, SecretBytes::CopyOf(AsBytes("korrekt hest batteri stift")));
  ASSERT_TRUE(secret.ok()) << secret.error().message();
  EXPECT_EQ(ToBytes(secret->Reveal()), x["secret"]);
}

TEST(KeysDocTest, KeyCopy) {
  const Example slots("keys.md", "slot-file");
  const Example x("key-copy.md", "key-copy");
  Bytes file = slots["file_start"];
  file.resize(kSlotFileBytes);
  const Bytes body = Joined(Joined(x["head"], file), x["rows"]);
  ExpectSecret(Derive(slots["root"], label::kKeyCopyMac, {}), x["mac_key"]);
  EXPECT_EQ(ToBytes(HmacSha256(x["mac_key"], {body})), x["mac"]);
  const Bytes copy = Joined(body, x["mac"]);
  const Result<OpenedKeyCopy> opened = OpenKeyCopy(copy, BoxSecretKey::CopyOf(slots["slot_secret"]));
  ASSERT_TRUE(opened.ok()) << opened.error().message();
  EXPECT_EQ(opened->copy.rows.size(), 2u);
  EXPECT_EQ(UnitsOf(opened->copy.rows).size(), 1u);
  EXPECT_EQ(EncodeKeyCopy(opened->copy, opened->slots.root), copy);
}

TEST(KeysDocTest, CustodyRegister) {
  const Example x("key-copy.md", "custody");
  doubles::MemoryStore store;
  ledger::Batch rows;
  rows.Put(Family::kKey, CustodyRow(x.Id("id")), Joined(x["clear"], AsBytes("sealed")));
  ASSERT_TRUE(store.Write(rows, ledger::Durability::kSynced).ok());
  const Result<CustodyFacts> facts = CustodyOf(store, 3, 20000);
  ASSERT_TRUE(facts.ok());
  EXPECT_EQ(facts->copies, 1u);
  EXPECT_EQ(facts->everywhere_day, 20782u);
  EXPECT_EQ(facts->register_digest, x.Hash("digest"));
  EXPECT_EQ(CustodyOf(store, 2, 20000)->copies, 0u) << "it is of a later root";
}

TEST(KeysDocTest, KeyRows) {
  const Example x("keys.md", "key-rows");
  const std::pair<const char*, std::pair<std::string_view, const char*>> steps[] = {
      {"branch", {label::kWrapBranch, "root"}},
      {"node", {label::kWrapNode, "branch_key"}},
      {"unit", {label::kWrapUnit, "node_key"}},
      {"log", {label::kWrapService, "root"}}};
  doubles::MemoryStore store;
  ledger::Batch rows;
  rows.Put(Family::kKey, GenerationRow(), x["generation_row"]);
  for (const auto& [name, step] : steps) {
    const std::string prefix = name;
    const Bytes row_key = x[prefix + "_row_key"];
    const Bytes row = x[prefix + "_row"];
    EXPECT_EQ(row.size(), 72u);
    ExpectSecret(Derive(x[step.second], step.first, {}), x[prefix + "_wrap_key"]);
    const Result<SecretBytes> opened = Open(x[prefix + "_wrap_key"], Joined(x["ledger_id"], row_key), row);
    ASSERT_TRUE(opened.ok()) << name;
    ExpectSecret(*opened, x[prefix + "_key"]);
    rows.Put(Family::kKey, row_key, row);
  }
  ASSERT_TRUE(store.Write(rows, ledger::Durability::kSynced).ok());
  EXPECT_EQ(*KeyTree::StoredGeneration(store), 1u);
  KeyTree tree(store, x.Hash("ledger_id"));
  ASSERT_TRUE(tree.Open(RootKey::CopyOf(x["root"]), 1).ok());
  const Result<UnitKey> key = tree.OpenUnit(x.Id("unit"));
  ASSERT_TRUE(key.ok()) << key.error().message();
  EXPECT_EQ(ToBytes(key->Reveal()), x["unit_key"]);
  ExpectSecret(*tree.OpenService(ServiceKey::kLogSigning), x["log_key"]);
  EXPECT_EQ(ledger::KeyCommit(x.Hash("ledger_id"), x.Id("unit"), *key), x.Hash("key_commit"));
}

TEST(VaultDocTest, FieldAndCommitment) {
  const Example x("vault.md", "field");
  const UnitKey key = UnitKey::CopyOf(x["unit_key"]);
  EXPECT_EQ(RecordId(key, AsText(x["record_key"])), x.Id("record"));
  const std::string field(AsText(x["field"]));
  FieldPlace place{x.Hash("ledger_id"), x.Id("subject"), Reader(x["category"]).U16(), x.Id("record"), field};
  EXPECT_EQ(FieldRow(x.Id("unit"), place.record, field), x["row_key"]);
  ExpectSecret(Derive(key.Reveal(), label::kVaultFieldKey, {place.record, AsBytes(field)}), x["field_key"]);
  EXPECT_EQ(DerivePublic(x["field_key"], label::kCommitTag, {x["nonce"]}), x.Hash("commit"));
  ExpectSecret(Derive(x["field_key"], label::kCommitKey, {x["nonce"]}), x["one_time_key"]);
  EXPECT_EQ(x["row"].size(), size_t{1 + 4 + 24 + 32 + 64 + 16});

  const Result<VaultValue> value = OpenField(key, place, x["row"]);
  ASSERT_TRUE(value.ok()) << value.error().message();
  EXPECT_EQ(static_cast<uint8_t>(value->type), x["type"][0]);
  EXPECT_EQ(value->version, Reader(x["version"]).U32());
  EXPECT_EQ(value->salt, x.Hash("salt"));
  ExpectSecret(value->value, x["value"]);
  EXPECT_EQ(VaultCommitment(place, *value), x.Hash("commitment"));
}

TEST(VaultDocTest, UnitInfo) {
  const Example x("vault.md", "unit-info");
  const UnitKey key = UnitKey::CopyOf(x["unit_key"]);
  EXPECT_EQ(UnitInfoRow(x.Id("unit")), x["row_key"]);
  ExpectSecret(Derive(key.Reveal(), label::kUnitInfo, {}), x["info_key"]);
  const Result<UnitInfo> info = OpenUnitInfo(x.Hash("ledger_id"), key, x.Id("unit"), x["row"]);
  ASSERT_TRUE(info.ok()) << info.error().message();
  EXPECT_EQ(info->subject, x.Id("subject"));
  EXPECT_EQ(info->category, Reader(x["category"]).U16());
  EXPECT_EQ(info->period, AsText(x["period"]));
}

}  // namespace
}  // namespace spor::vault
