// SPDX-License-Identifier: Apache-2.0
// The worked bytes of docs/formats/ were computed by a second program; the code must give the same.
#include <gtest/gtest.h>

#include "crypto/aead.h"
#include "crypto/codec.h"
#include "crypto/hash.h"
#include "crypto/labels.h"
#include "ledger/log_appender.h"
#include "ledger/pruned_map.h"
#include "tests/doubles/format_page.h"
#include "tests/doubles/memory_store.h"

namespace spor::ledger {
namespace {

using doubles::Page;
using doubles::PageText;

template <size_t N>
std::array<uint8_t, N> Filled(uint8_t first) {
  std::array<uint8_t, N> out;
  for (size_t i = 0; i < N; ++i) out[i] = static_cast<uint8_t>(first + i);
  return out;
}

constexpr uint32_t kTime = 1754352000;
constexpr const char* kOrigin = "spor.example/log";

// The ledger of all pages.
class FormatDocs : public ::testing::Test {
 protected:
  FormatDocs() {
    const SealContext subject{ledger_id_, EntryKind::kEvent, Filled<16>(0x10), 1, unit_};
    const SealContext audit{ledger_id_, EntryKind::kEvent, Filled<16>(0x10), 0, audit_unit_};
    subject_ = SealSection(subject, SealKey(ledger_id_, unit_key_).Reveal(), BlobPlace::kSubject, Fields());
    const SealedSection first =
        SealSection(audit, SealKey(ledger_id_, audit_key_).Reveal(), BlobPlace::kAudit, {TextField("action", "read")});
    event_ = {EntryKind::kEvent, kTime, Filled<16>(0x10), {first.clear, subject_.clear}, {}, {}};
    ops_.kind = EntryKind::kOps;
    ops_.time_s = kTime;
    ops_.seal_id = Filled<16>(0x20);
    ops_.ops = {UnitOp::Create(unit_, 5, {0, 20305}, 6, KeyCommit(ledger_id_, unit_, unit_key_)),
                UnitOp::Create(audit_unit_, 2, {2, kNotStarted}, 9, KeyCommit(ledger_id_, audit_unit_, audit_key_))};
    for (const UnitOp& op : ops_.ops) EXPECT_TRUE(maps_.Apply(op, 3, nullptr).ok());
    policy_.digest = Filled<32>(0xc0);
    policy_.version = 1;
    policy_.categories = {{2, 0, "audit"}, {5, 0, "orders"}};
    policy_.rules = {{6, 0, "after"}, {9, 2, "review"}};
    genesis_.origin = kOrigin;
    genesis_.log_key = signer_.public_key();
    genesis_.ledger_id = ledger_id_;
    head_.own_index = 4;
    maps_.FillHead(head_);
    head_.root_generation = 1;
    head_.slots_digest = Filled<32>(0x40);
    head_.policy_digest = Filled<32>(0xc0);
    head_.legal_day = 20304;
    head_.flags = kFlagBootstrap;
  }
  static std::vector<Field> Fields() {
    return {TextField("purpose", "support"), UintField("count", 3), DateField("due", 20305)};
  }
  static Bytes WithBody(EntryKind kind, uint8_t seal_id, Bytes body) {
    return EncodeEntry({kind, kTime, Filled<16>(seal_id), {}, std::move(body), {}});
  }
  std::vector<Bytes> Log() const {
    return {WithBody(EntryKind::kGenesis, 0x70, Encode(genesis_)),
            WithBody(EntryKind::kSlots, 0x50, Encode(SlotsBody{1, Filled<32>(0x40)})),
            WithBody(EntryKind::kPolicy, 0x60, Encode(policy_)),
            EncodeEntry(ops_),
            WithBody(EntryKind::kHead, 0x40, Encode(head_)),
            EncodeEntry(event_)};
  }

  const Signer signer_{SigningKey::CopyOf(Filled<32>(0))};
  const Hash32 ledger_id_ = LedgerId(kOrigin, signer_.public_key());
  const UnitId unit_ = Filled<16>(0xa0);
  const UnitId audit_unit_ = Filled<16>(0xb0);
  const UnitKey unit_key_ = UnitKey::CopyOf(Filled<32>(0x80));
  const UnitKey audit_key_ = UnitKey::CopyOf(Filled<32>(0x60));
  SealedSection subject_;
  Entry event_;
  Entry ops_;
  UnitMaps maps_;
  PolicyBody policy_;
  GenesisBody genesis_;
  HeadBody head_;
};

TEST_F(FormatDocs, Entry) {
  Page page("entry");
  const EraseBody erase_body{.intent = 4,
                             .generation_old = 1,
                             .generation_new = 2,
                             .units_total = 1,
                             .sections_dropped_total = 3,
                             .part = 0,
                             .parts = 1};
  Entry erase{EntryKind::kErase, kTime + 60, Filled<16>(0x30), {}, Encode(erase_body), {}};
  erase.ops = {UnitOp::Erase(unit_, {0, 20305}, EraseReason::kRequest)};
  page.Check("event_entry", EncodeEntry(event_));
  page.Check("ops_entry", EncodeEntry(ops_));
  page.Check("erase_entry", EncodeEntry(erase));
  Entry hold{EntryKind::kOps, 0, {}, {}, {}, {}};
  hold.ops = {UnitOp::Redue(unit_, {0, 20305}, {0, 20400}, 1, 6, RedueReason::kHoldOn)};
  page.Check("redue_op", ByteView(EncodeEntry(hold)).subspan(27));
  page.Check("genesis_body", Encode(genesis_));
  page.Check("ledger_id", ledger_id_);
  page.Check("policy_body", Encode(policy_));
  page.Check("head_body", Encode(head_));
  page.Check("intent_body", Encode(IntentBody{1, 2, 1, Sha256(unit_)}));
  page.Check("erase_body", Encode(erase_body));
  page.Check("destroyed_body", Encode(DestroyedBody{9, 1, 20400, 2, Filled<32>(0xd0)}));
  page.Check("log_key_body", Encode(LogKeyBody{SigningPublicKey(SigningKey::CopyOf(Filled<32>(0x20))), 7}));
  CompactTree tree;
  for (const Bytes& entry : Log()) tree.Add(LeafHash(entry));
  page.Check("close_body", Encode(CloseOriginBody{CloseReason::kShorter, {6, tree.Root()}, {9, Filled<32>(0x90)}}));
}

TEST_F(FormatDocs, Section) {
  Page page("section");
  const SecretBytes seal_key = SealKey(ledger_id_, unit_key_);
  const SealContext context{ledger_id_, EntryKind::kEvent, Filled<16>(0x10), 1, unit_};
  const SecretBytes seed = SectionSeed(context, seal_key.Reveal());
  Bytes inner(32 * 4);
  Keystream(seed.Reveal(), std::array<uint8_t, 24>{}, inner);
  page.Check("unit", unit_);
  page.Check("unit_key", unit_key_.Reveal());
  page.Check("seal_key", seal_key.Reveal());
  page.Check("tag", subject_.clear.tag);
  page.Check("seed", seed.Reveal());
  page.Check("blob_key", ByteView(inner).first(32));
  std::vector<Field> fields = Fields();
  std::sort(fields.begin(), fields.end(), [](const Field& a, const Field& b) { return a.name < b.name; });
  Writer plaintext;
  plaintext.U8(3);
  Bytes commitments = {3};
  for (size_t i = 0; i < fields.size(); ++i) {
    Writer field;
    field.Str8(fields[i].name).U8(static_cast<uint8_t>(fields[i].type)).Str32(fields[i].value);
    plaintext.Raw(field.bytes());
    const ByteView salt = ByteView(inner).subspan(32 * (i + 1), 32);
    const Hash32 commitment = Sha256({AsBytes(label::kField), salt, field.bytes()});
    Append(commitments, commitment);
    page.Check("salt_" + std::to_string(i + 1), salt);
    page.Check("commitment_" + std::to_string(i + 1), commitment);
  }
  Bytes padded = plaintext.Take();
  padded.resize((padded.size() + 31) / 32 * 32);
  Writer ad;
  ad.Raw(ledger_id_).U8(2).Raw(context.seal_id).U8(1).Raw(unit_);
  page.Check("plaintext", padded);
  page.Check("fields_hash", subject_.fields_hash);
  EXPECT_EQ(Sha256({AsBytes(label::kFields), unit_, commitments}), subject_.fields_hash);
  page.Check("associated_data", ad.bytes());
  page.Check("blob", subject_.blob);
  EXPECT_EQ(SealOnce(ByteView(inner).first(32), ad.bytes(), padded), subject_.blob);
  page.Check("section_root", subject_.clear.root);
}

TEST_F(FormatDocs, Maps) {
  Page page("map");
  const Bytes live = *maps_.live().Find(unit_);
  const Bytes due_key = EncodeDueMapKey({0, 20305}, unit_);
  const Bytes due_key_2 = EncodeDueMapKey({2, kNotStarted}, audit_unit_);
  page.Check("live_value", live);
  page.Check("live_leaf", MapLeafHash(unit_, live));
  page.Check("live_leaf_2", MapLeafHash(audit_unit_, *maps_.live().Find(audit_unit_)));
  page.Check("live_root", maps_.live().Root());
  page.Check("due_key", due_key);
  page.Check("due_value", *maps_.due().Find(due_key));
  page.Check("due_leaf", MapLeafHash(due_key, *maps_.due().Find(due_key)));
  page.Check("due_leaf_2", MapLeafHash(due_key_2, *maps_.due().Find(due_key_2)));
  page.Check("due_root", maps_.due().Root());
  page.Check("proof_present", maps_.live().Prove(unit_));
  page.Check("proof_absent", maps_.live().Prove(Filled<16>(0)));
  page.Check("pruned_live_map", maps_.live().Prune({ToBytes(unit_)}, Map::ShowSmallest::kNo));
}

TEST_F(FormatDocs, Log) {
  Page page("log");
  const std::vector<Bytes> log = Log();
  doubles::MemoryStore store;
  TileTree tree(store);
  std::vector<Hash32> leaves;
  Writer row;
  for (size_t i = 0; i < log.size(); ++i) {
    leaves.push_back(LeafHash(log[i]));
    if (i < 5) row.Str16(log[i]);
  }
  Batch batch;
  tree.Stage(leaves, batch);
  tree.Commit();
  page.Check("slots_entry", log[1]);
  page.Check("entry_row_0", row.bytes());
  for (size_t i : {0, 3, 4}) page.Check("leaf_" + std::to_string(i), leaves[i]);
  page.Check("root_5", *RootAt(tree, 5));
  page.Check("root_6", *RootAt(tree, 6));
  const std::vector<Hash32> proof = *InclusionProof(tree, 3, 5);
  Bytes joined;
  for (const Hash32& hash : proof) Append(joined, hash);
  page.Check("inclusion_3_of_5", joined);
  page.Check("log_state", Encode(LogState{6, kTime, 4}));
}

TEST(FormatDocsLabels, EveryLabelOfTheTableIsOnThePage) {
  const std::string header = doubles::ReadText(doubles::SourceDir() + "/crypto/labels.h");
  const std::string page = PageText("labels");
  size_t labels = 0;
  for (size_t at = header.find("\"spor/"); at != std::string::npos; at = header.find("\"spor/", at + 1)) {
    const std::string name = header.substr(at + 1, header.find('"', at + 1) - at - 1);
    EXPECT_NE(page.find('`' + name + '`'), std::string::npos) << name;
    ++labels;
  }
  EXPECT_GE(labels, 30u);
}

}  // namespace
}  // namespace spor::ledger
