// SPDX-License-Identifier: Apache-2.0
#include "tools/report/key_succession.h"

#include <gtest/gtest.h>

#include "crypto/hash.h"
#include "tests/report/world.h"
#include "tools/report/log_proof.h"

namespace spor::report {
namespace {

using ledger::EntryKind;

// ---- artefacts of a real log ----

class RotatedWorld : public ::testing::Test {
 protected:
  void Rotate() {
    Result<vault::Vault::LogKeyRotation> rotated = world_.reports.vault->RotateLogKey(*world_.reports.ledger, {});
    ASSERT_TRUE(rotated.ok()) << rotated.error().message();
  }
  std::string Extract() {
    const Result<std::string> extract =
        MakeExtract(world_.reports, world_.actor, {MakeDate(2026, 3, 10), MakeDate(2026, 3, 10), "", "prøve"});
    EXPECT_TRUE(extract.ok()) << extract.status().message();
    return extract.ok() ? *extract : "";
  }
  World world_;
};

TEST_F(RotatedWorld, EveryArtefactVerifiesWithTrustFromBeforeAndAfter) {
  const std::string before = world_.Trust();
  const std::string first = Extract();
  EXPECT_EQ(first.find("log_keys"), std::string::npos) << "nothing to say";
  Rotate();
  world_.Run();
  const std::string between = world_.Trust();
  Rotate();
  Rotate();
  const std::string after = world_.Trust();
  EXPECT_EQ(ParseTrust(between)->keys.size(), 2u);
  EXPECT_EQ(ParseTrust(after)->keys.size(), 4u);
  const Result<std::string> certificate = MakeCertificate(world_.reports, world_.actor, {"last", ""});
  const Result<std::string> review =
      MakeReview(world_.reports, world_.actor, {MakeDate(2026, 3, 10), MakeDate(2026, 3, 10)});
  ASSERT_TRUE(certificate.ok() && review.ok());
  const Result<std::string> receipt = MakeReceipt(world_.reports, world_.actor, {5, ReceiptRequest::Open::kNo, "", ""});
  ASSERT_TRUE(receipt.ok()) << receipt.error().message();
  const Result<std::string> grown = MakeConsistencyProof(world_.reports, world_.actor, 5, std::nullopt);
  const Result<std::string> smallest =
      MakeMapProof(world_.reports, world_.actor, {MapProofRequest::Shows::kSmallest, {}, {}});
  ASSERT_TRUE(grown.ok() && smallest.ok());
  for (const std::string& artefact : {Extract(), *certificate, *review, *receipt, *grown, *smallest}) {
    for (const std::string& trust : {before, between, after}) {
      ExpectVerified(artefact, trust);
      const Result<Verification> verification = Verify(artefact, trust);
      EXPECT_EQ(ResultOf(*verification, "log_keys"), "verified");
      EXPECT_NE(TextOfCheck(*verification, "log_keys").find("3 changes"), std::string::npos);
    }
    EXPECT_EQ(ResultOf(*Verify(artefact, ""), "log_keys"), "not_covered");
  }
  for (const std::string& trust : {before, between, after}) ExpectVerified(first, trust);
  World other;
  ExpectFailed(Extract(), other.Trust(), "log_keys");
}

TEST_F(RotatedWorld, EveryByteCounts) {
  const std::string before = world_.Trust();
  Rotate();
  ExpectEveryByteCounts(Extract(), before);
}

TEST_F(RotatedWorld, AnEndorsementThatIsLeftOutOrEmpty) {
  const std::string before = world_.Trust();
  Rotate();
  const std::string extract = Extract();
  const size_t begin = extract.find(",\n\"log_keys\":[");
  const size_t end = extract.find("\n]", begin) + 2;
  ASSERT_NE(begin, std::string::npos);
  std::string without = extract;
  without.erase(begin, end - begin);
  ExpectFailed(without, before, "checkpoint_signature");
  ExpectVerified(without, world_.Trust());
  std::string empty = extract;
  empty.replace(begin, end - begin, ",\n\"log_keys\":[]");
  ExpectFailed(empty, before, "form");
}

// ---- endorsements that somebody forged ----

SigningKey KeyNamed(const std::string& name) { return SigningKey::CopyOf(Sha256(AsBytes(name))); }

// A log with nothing but what is said here, and an honest endorsement at entry 3.
class Forgery : public ::testing::Test {
 protected:
  static constexpr const char* kOrigin = "forged.example/log";
  static constexpr uint64_t kAt = 3;

  Forgery() {
    for (int i = 0; i < 8; ++i) entries_.push_back(Plain(i));
    entries_[kAt] = Endorsement("second", kAt + 2);
    trust_.origin = kOrigin;
    trust_.keys = {{Key("first"), 0}};
  }
  static ledger::VerifierKey Key(const std::string& name) {
    return ledger::MakeVerifierKey(kOrigin, SigningPublicKey(KeyNamed(name)));
  }
  static Bytes Plain(int i) {
    return ledger::EncodeEntry({EntryKind::kEvent, static_cast<uint32_t>(i), {}, {}, {}, {}});
  }
  static Bytes Endorsement(const std::string& key, uint64_t first_index) {
    const ledger::LogKeyBody body{SigningPublicKey(KeyNamed(key)), first_index};
    return ledger::EncodeEntry({EntryKind::kLogKey, 1, {}, {}, Encode(body), {}});
  }

  class Nodes final : public ledger::NodeSource {
   public:
    explicit Nodes(const std::vector<Bytes>& entries) : entries_(entries) {}
    Result<Hash32> Node(uint32_t level, uint64_t index) const override {
      if (level == 0) return ledger::LeafHash(entries_.at(index));
      return ledger::NodeHash(*Node(level - 1, 2 * index), *Node(level - 1, 2 * index + 1));
    }

   private:
    const std::vector<Bytes>& entries_;
  };
  ledger::Checkpoint At(uint64_t size) const { return {kOrigin, size, *ledger::RootAt(Nodes(entries_), size), {}}; }

  // The endorsement at `index`, covered at `size` by a checkpoint that `signer` signed.
  EndorsedKey Endorsed(uint64_t index, uint64_t size, const std::string& signer) const {
    EndorsedKey out;
    out.entry.index = index;
    out.entry.bytes = entries_[index];
    out.entry.entry = *ledger::ParseEntry(entries_[index]);
    if (index < size) out.entry.proof = *ledger::InclusionProof(Nodes(entries_), index, size);
    out.body = *ledger::ParseLogKey(out.entry.entry.body);
    out.checkpoint = At(size);
    out.checkpoint_note = ledger::SignCheckpoint(out.checkpoint, Signer(KeyNamed(signer)));
    out.consistency = *ledger::ConsistencyProof(Nodes(entries_), size, entries_.size());
    return out;
  }
  void ExpectRefused(const std::vector<EndorsedKey>& endorsed) const {
    EXPECT_EQ(FollowKeys(endorsed, trust_, At(entries_.size())).status().code(), Code::kFailed);
  }

  std::vector<Bytes> entries_;
  Trust trust_;
};

TEST_F(Forgery, AnHonestOneIsFollowed) {
  const auto keys = FollowKeys({Endorsed(kAt, kAt + 2, "first")}, trust_, At(8));
  ASSERT_TRUE(keys.ok()) << keys.error().message();
  ASSERT_EQ(keys->size(), 2u);
  EXPECT_EQ((*keys)[1].start_index, kAt + 2);
  EXPECT_EQ(KeyFor(*keys, kAt + 2)->key, Key("first").key);
  EXPECT_EQ(KeyFor(*keys, kAt + 3)->key, Key("second").key);
  EXPECT_FALSE(KeyFor(*keys, 0).ok());
  trust_.keys.push_back({Key("second"), kAt + 2});
  EXPECT_EQ(FollowKeys({Endorsed(kAt, kAt + 2, "first")}, trust_, At(8))->size(), 2u) << "pinned already";
}

TEST_F(Forgery, ByTheNewKeyItself) { ExpectRefused({Endorsed(kAt, kAt + 2, "second")}); }
TEST_F(Forgery, ByAStranger) { ExpectRefused({Endorsed(kAt, kAt + 2, "stranger")}); }

TEST_F(Forgery, NotCoveredByTheOldKeysCheckpoint) {
  ExpectRefused({Endorsed(kAt, kAt, "first")});
  ExpectRefused({Endorsed(kAt, 1, "first")});
  EndorsedKey other_place = Endorsed(kAt, kAt + 2, "first");
  other_place.entry.index = kAt - 1;
  other_place.body.first_index = kAt + 1;
  ExpectRefused({other_place});
}

TEST_F(Forgery, CoveredOnlyWhenTheNewKeySignsAlready) {
  ExpectRefused({Endorsed(kAt, kAt + 3, "first")});
  ExpectRefused({Endorsed(kAt, 8, "first")});
}

TEST_F(Forgery, AnIndexInThePastOrFarAhead) {
  for (const uint64_t first : {uint64_t{0}, kAt, kAt + 1, kAt + 3, ~uint64_t{0}}) {
    entries_[kAt] = Endorsement("second", first);
    ExpectRefused({Endorsed(kAt, kAt + 2, "first")});
  }
}

TEST_F(Forgery, OfAnotherLog) {
  EndorsedKey endorsed = Endorsed(kAt, kAt + 2, "first");
  entries_[1] = Plain(77);
  ExpectRefused({endorsed});
  entries_[1] = Plain(1);
  endorsed.consistency.push_back({});
  ExpectRefused({endorsed});
}

TEST_F(Forgery, AgainstThePinnedKeys) {
  trust_.keys.push_back({Key("other"), kAt + 2});
  ExpectRefused({Endorsed(kAt, kAt + 2, "first")});
  trust_.keys.back() = {Key("other"), kAt + 3};
  ExpectRefused({Endorsed(kAt, kAt + 2, "first")});
}

TEST_F(Forgery, OutOfOrderOrTwice) {
  entries_[6] = Endorsement("third", 8);
  entries_.push_back(Plain(8));
  const EndorsedKey second = Endorsed(kAt, kAt + 2, "first");
  const EndorsedKey third = Endorsed(6, 8, "second");
  ASSERT_EQ(FollowKeys({second, third}, trust_, At(9))->size(), 3u);
  ExpectRefused({third, second});
  ExpectRefused({second, second});
  ExpectRefused({third});
  ExpectRefused({second, Endorsed(6, 8, "first")});
}

TEST_F(Forgery, AKeyOfAnotherLength) {
  const EndorsedKey honest = Endorsed(kAt, kAt + 2, "first");
  const auto json = [&](const DisclosedEntry& entry) {
    JsonWriter out;
    out.BeginObject().Key("log_keys").BeginArray().BeginObject().Key("entry").Raw(ProvenEntryJson(entry));
    out.Key("checkpoint").String(honest.checkpoint_note).Key("consistency").String(HashesBase64(honest.consistency));
    Result<JsonValue> value = privacy::ParseJson(out.EndObject().EndArray().EndObject().Take());
    CHECK(value.ok());
    return std::move(*value);
  };
  EXPECT_TRUE(ReadSuccession(json(honest.entry).object(), 0).ok());
  for (const int change : {-1, 1}) {
    DisclosedEntry entry = honest.entry;
    entry.entry.body.resize(entry.entry.body.size() + static_cast<size_t>(change));
    entry.bytes = ledger::EncodeEntry(entry.entry);
    EXPECT_EQ(ReadSuccession(json(entry).object(), 0).status().code(), Code::kFailed);
  }
  DisclosedEntry event = honest.entry;
  event.entry.kind = EntryKind::kEvent;
  event.bytes = ledger::EncodeEntry(event.entry);
  EXPECT_EQ(ReadSuccession(json(event).object(), 0).status().code(), Code::kFailed);
}

}  // namespace
}  // namespace spor::report
