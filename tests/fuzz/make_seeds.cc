// SPDX-License-Identifier: Apache-2.0
// Writes the first files of every corpus with the real encoders: tests/fuzz/corpus/TARGET/NAME, each named for what it
// holds. Run it by hand when a format changes (`./dev fuzz seeds`); files that a fuzzer found stay as they are.
#include <filesystem>

#include "auth/account.h"
#include "crypto/codec.h"
#include "crypto/files.h"
#include "ledger/add_checkpoint.h"
#include "ledger/checkpoint.h"
#include "ledger/cosignature.h"
#include "ledger/record_file.h"
#include "ledger/rocks_files.h"
#include "ledger/store.h"
#include "ledger/subtree.h"
#include "ledger/tile_path.h"
#include "ledger/tlog_proof.h"
#include "ledger/unit_maps.h"
#include "ledger/witness_state.h"
#include "tests/doubles/temp_dir.h"
#include "tests/doubles/vectors.h"
#include "tests/fuzz/home.h"
#include "tests/fuzz/keys.h"
#include "tests/fuzz/trees.h"
#include "tests/report/world.h"
#include "vault/key_rows.h"
#include "vault/sealed_field.h"
#include "vault/slot_secret.h"

namespace spor::fuzz {
namespace {

using ledger::EntryKind;

void Put(const std::string& target, const std::string& name, ByteView bytes) {
  const std::filesystem::path folder = doubles::SourceDir() + "/tests/fuzz/corpus/" + target;
  std::filesystem::create_directories(folder);
  CHECK(WriteFileAtomically(folder / name, bytes, 0644).ok());
}
void Put(const std::string& target, const std::string& name, std::string_view text) {
  Put(target, name, AsBytes(text));
}

std::string Root20() { return ledger::FormatCheckpoint({kLogName, 20, SmallTree().Root(0, 20)}); }

void Encodings() {
  Put("base64", "padded_once", "aGVsbG8=");
  Put("base64", "padded_twice", "aGVsbA==");
  Put("base64", "not_canonical", "aGVsbB==");
  Put("hex", "both_cases", "00ffABcd");
  Put("utf8", "two_three_four_bytes", "\xc3\xa5\xe2\x80\x94\xf0\x9f\x98\x80");
  Put("utf8", "surrogate_overlong_control", "\xed\xa0\x80\xc0\x80\x01\xc2\x85");
  // Steps of the codec target, then as many bytes to read.
  Put("codec", "one_of_each",
      std::string_view("\x00\x01\x02\x03\x14\x15\x1e\x1f"
                       "\x01\x02\x03\x04\x05\x06\x07\x08",
                       16));
}

void Notes() {
  const std::string note = ledger::SignNote(Root20(), kLogName, LogSigner());
  const std::string line = ledger::Cosign(Root20(), kWitnessName, 1754352060, WitnessSigner());
  const std::string post_quantum = ledger::FormatSignatureLine({"pq.example", 6, Bytes(40, 1)});
  Put("note", "signed_by_log", note);
  Put("note", "cosigned", note + line);
  Put("note", "line_of_an_unknown_key", note + post_quantum);
  Put("note", "empty_lines_in_the_text", ledger::SignNote("a\n\nb\n", "b\xc3\xa5t.example", LogSigner()));
  Put("signature_lines", "one_added", note + "\xff" + line);
  Put("signature_lines", "one_replaced", note + line + "\xff" + line + post_quantum);
  Put("verifier_key", "log", ledger::FormatVerifierKey(LogKey()));
  Put("verifier_key", "witness", ledger::FormatVerifierKey(WitnessKey()));
  Put("checkpoint", "plain", Root20());
  Put("checkpoint", "with_extension_lines", Root20() + "one\ntwo\n");
  Put("signed_checkpoint", "by_log", note);
  Put("signed_checkpoint", "with_others_before_and_behind",
      Root20() + "\n" + post_quantum + note.substr(Root20().size() + 1) + line);
  ledger::TlogProof proof;
  proof.index = 3;
  proof.hashes = *ledger::InclusionProof(SmallTree(), 3, 20);
  proof.checkpoint = note + line;
  Put("tlog_proof", "without_extra", ledger::FormatTlogProof(proof));
  proof.extra = Bytes{1, 2, 3};
  Put("tlog_proof", "with_extra", ledger::FormatTlogProof(proof));
  const std::string trust = "witness w1 " + ledger::FormatVerifierKey(WitnessKey()) + " https://w1.example/\n";
  Put("witness_policy", "one_witness", trust + "quorum w1\n");
  const std::string two = "witness a " + ledger::FormatVerifierKey(WitnessKey()) + "\nwitness b " +
                          ledger::FormatVerifierKey(ledger::MakeVerifierKey("b", {9}, ledger::KeyType::kCosignature));
  Put("witness_policy", "any_of_two", two + "\ngroup g any a b\nquorum g\n");
  Put("witness_policy", "none", "# nobody\nquorum none\n");
  Put("witness_policy", "group_of_groups",
      "log " + ledger::FormatVerifierKey(LogKey()) + "\n" + trust + "witness w2 " +
          ledger::FormatVerifierKey(ledger::MakeVerifierKey("w2", LogKey().key, ledger::KeyType::kCosignature)) +
          "\ngroup a any w2\ngroup b 2 w1 a\nquorum b\n");
}

void Witness() {
  const auto request = [](uint64_t from, uint64_t to) {
    return ledger::EncodeAddCheckpoint(
        {from, from == 0 || from == to ? std::vector<Hash32>() : *ledger::ConsistencyProof(SmallTree(), from, to),
         ledger::SignCheckpoint({kLogName, to, SmallTree().Root(0, to)}, LogSigner())});
  };
  for (const char* target : {"add_checkpoint", "witness_verdict"}) {
    Put(target, "first", request(0, 20));
    Put(target, "same_size_again", request(20, 20));
    Put(target, "grown", request(20, 33));
    Put(target, "stale", request(8, 33));
  }
  Put("tlog_size", "number", ledger::EncodeTlogSize(153));
  ledger::WitnessState state;
  CHECK(ledger::TrustLog(state, LogKey()).ok());
  Put("witness_state", "log_not_seen_yet", ledger::EncodeWitnessState(state));
  state[kLogName].note = ledger::SignNote(Root20(), kLogName, LogSigner());
  state[kLogName].time_s = 1754352060;
  Put("witness_state", "log_seen_once", ledger::EncodeWitnessState(state));
}

// Proofs in the form that the targets of proof_fuzz.cc read.
void Proofs() {
  const auto joined = [](std::initializer_list<uint8_t> head, const std::vector<Hash32>& hashes) {
    Bytes out = head;
    for (const Hash32& hash : hashes) Append(out, hash);
    return out;
  };
  Put("tree_proofs", "inclusion", joined({0, 0, 33, 33, 7, 7}, *ledger::InclusionProof(SmallTree(), 7, 33)));
  Put("tree_proofs", "inclusion_in_a_subtree",
      joined({0, 8, 13, 33, 10, 10}, *ledger::SubtreeInclusionProof(SmallTree(), 10, {8, 13})));
  Put("tree_proofs", "consistency", joined({1, 0, 13, 33, 0, 13}, *ledger::ConsistencyProof(SmallTree(), 13, 33)));
  Put("tree_proofs", "consistency_of_a_subtree",
      joined({1, 8, 13, 33, 8, 13}, *ledger::SubtreeConsistencyProof(SmallTree(), {8, 13}, 33)));
  Put("tree_proofs", "range", joined({2, 5, 0, 33, 3, 5, 6, 7}, *ledger::RangeProof(SmallTree(), 5, 8, 33)));
  const auto map_proof = [](uint8_t n, bool present) {
    const Bytes key = MapKey(n);
    Writer out;
    out.U8(present ? 1 : 0).Str8(AsText(key));
    if (present) out.Str8(AsText(*SmallMap().Find(key)));
    return out.Raw(SmallMap().Prove(key)).Take();
  };
  Put("map_proof", "present", map_proof(4, true));
  Put("map_proof", "present_short_key", map_proof(3, true));
  Put("map_proof", "absent", map_proof(kMapKeys + 1, false));
  using Smallest = ledger::Map::ShowSmallest;
  Put("pruned_map", "empty", ledger::Map().Prune({}, Smallest::kYes));
  Put("pruned_map", "one_key", SmallMap().Prune({MapKey(4)}, Smallest::kNo));
  std::vector<Bytes> keys = {MapKey(1), MapKey(5), MapKey(kMapKeys + 2)};
  std::sort(keys.begin(), keys.end());
  Put("pruned_map", "three_keys_and_the_smallest", SmallMap().Prune(keys, Smallest::kYes));
  Put("map_changes", "puts_and_removals",
      std::string_view("\x01"
                       "a"
                       "\x02"
                       "ab"
                       "\x03"
                       "abc"
                       "\x05"
                       "b"
                       "\xc1"
                       "a"
                       "\x0c",
                       16));
  Put("tcp_address", "number_in_brackets", "[::1]:8090");
  Put("tcp_address", "name", "laptop.example.no:0");
  for (const char* path : {"tile/0/x001/234.p/7", "tile/63/000", "tile/entries/x123/x456/789.p/255"}) {
    std::string name = path;
    std::replace(name.begin(), name.end(), '/', '_');
    Put("tile_path", name, path);
  }
  Put("entry_bundle", "three_entries", ledger::EncodeEntryBundle({{1, 2, 3}, {}, Bytes(300, 9)}));
}

Bytes WithKind(EntryKind kind, const Bytes& body) { return Writer().U8(static_cast<uint8_t>(kind)).Raw(body).Take(); }

void Entries() {
  const ledger::UnitId unit{1};
  const ledger::UnitOp create = ledger::UnitOp::Create(unit, 5, {0, 20305}, 6, Hash32{7});
  const ledger::UnitOp redue =
      ledger::UnitOp::Redue(ledger::UnitId{2}, {0, 20305}, {0, 20400}, 1, 6, ledger::RedueReason::kHoldOn);
  const ledger::UnitOp erase = ledger::UnitOp::Erase(ledger::UnitId{3}, {0, 20305}, ledger::EraseReason::kDue);
  const auto entry = [](EntryKind kind, Bytes body, std::vector<ledger::UnitOp> ops = {}, size_t sections = 0) {
    ledger::Entry out{kind, 1754352000, Id16{9}, {}, std::move(body), std::move(ops)};
    for (size_t i = 0; i < sections; ++i) out.sections.push_back({Id16{1}, Hash32{2}});
    return ledger::EncodeEntry(out);
  };
  Put("entry", "event_with_two_sections", entry(EntryKind::kEvent, {}, {}, 2));
  Put("entry", "operations", entry(EntryKind::kOps, {}, {create, redue}));
  const ledger::EraseBody erase_body{
      .intent = 4, .generation_old = 1, .generation_new = 2, .units_total = 1, .part = 0, .parts = 1};
  Put("entry", "erase", entry(EntryKind::kErase, Encode(erase_body), {erase}));
  Put("entry", "head", entry(EntryKind::kHead, Encode(ledger::HeadBody{})));
  ledger::GenesisBody genesis;
  genesis.origin = kLogName;
  genesis.log_key = LogKey().key;
  genesis.ledger_id = ledger::LedgerId(kLogName, LogKey().key);
  Put("body", "genesis", WithKind(EntryKind::kGenesis, Encode(genesis)));
  genesis.predecessors = {ledger::SignNote(Root20(), kLogName, LogSigner())};
  Put("body", "genesis_of_a_successor", WithKind(EntryKind::kGenesis, Encode(genesis)));
  Put("body", "head", WithKind(EntryKind::kHead, Encode(ledger::HeadBody{.own_index = 4, .live_n = 2, .flags = 1})));
  Put("body", "intent", WithKind(EntryKind::kEraseIntent, Encode(ledger::IntentBody{1, 2, 3, Hash32{4}})));
  Put("body", "erase", WithKind(EntryKind::kErase, Encode(erase_body)));
  Put("body", "destroyed",
      WithKind(EntryKind::kRootDestroyed, Encode(ledger::DestroyedBody{9, 1, 20400, 2, Hash32{5}})));
  ledger::PolicyBody policy;
  policy.version = 3;
  policy.categories = {{2, 0, "audit"}, {5, 0, "orders"}};
  policy.rules = {{6, 0, "after"}};
  Put("body", "policy", WithKind(EntryKind::kPolicy, Encode(policy)));
  Put("body", "slots", WithKind(EntryKind::kSlots, Encode(ledger::SlotsBody{1, Hash32{6}})));
  const ledger::LogPoint surviving{6, Hash32{7}};
  Put("body", "log_key", WithKind(EntryKind::kLogKey, Encode(ledger::LogKeyBody{LogKey().key, 7})));
  const auto closing = [&](ledger::CloseReason reason, const ledger::LogPoint& lost) {
    return WithKind(EntryKind::kCloseOrigin, Encode(ledger::CloseOriginBody{reason, surviving, lost}));
  };
  Put("body", "closed_shorter", closing(ledger::CloseReason::kShorter, {9, Hash32{8}}));
  Put("body", "closed_differs", closing(ledger::CloseReason::kDiffers, {6, Hash32{8}}));
  Put("body", "closed_anchor_lost", closing(ledger::CloseReason::kAnchorLost, {}));
  const auto row = [](uint8_t kind, const Bytes& bytes) { return Writer().U8(kind).Raw(bytes).Take(); };
  Put("ledger_rows", "log_state", row(0, Encode(ledger::LogState{6, 1754352000, 4})));
  Put("ledger_rows", "live_value", row(1, Encode(ledger::LiveValue{5, 3, Hash32{8}})));
  Put("ledger_rows", "due_value", row(2, Encode(ledger::DueValue{6, 1, 3})));
  Put("ledger_rows", "due_key", row(3, ledger::EncodeDueMapKey({2, 20305}, unit)));
}

void Sealed() {
  Writer fields;
  fields.U8(2).Str8("action").U8(1).Str32(AsBytes("read")).Str8("count").U8(2).Str32(Bytes(8, 1));
  Bytes padded = fields.Take();
  padded.resize((padded.size() + 31) / 32 * 32);
  Put("section_fields", "two_fields", padded);
  Put("section_fields", "no_fields", Bytes(32));
  Put("section", "three_fields",
      std::string_view("\0\0\0\0\0\0\0\x11"
                       "\0\x06"
                       "action"
                       "\x04"
                       "read"
                       "\x01\x05"
                       "count"
                       "\x08"
                       "12345678"
                       "\x02\x03"
                       "due"
                       "\x04"
                       "1234",
                       54));
  // What the MAC covers, and no more.
  const Bytes file = vault::EncodeSlotFile(
      3, CorpusLedgerId(), {{vault::SlotType::kCredentialFile, BoxPublicKey(SlotSecret()), "file", {}}}, CorpusRoot());
  const size_t zeroes =
      static_cast<size_t>(std::find_if(file.rbegin(), file.rend(), [](uint8_t b) { return b != 0; }) - file.rbegin());
  Put("slot_file", "one_slot", ByteView(file).first(file.size() - zeroes - 32));
  Put("key_copy", "generation_and_unit",
      Writer()
          .U32(2)
          .Str8("G")
          .Str16(Bytes{0, 0, 0, 3})
          .Str8("U0123456789abcdef\x01\x01\x01\x03")
          .Str16(Bytes(72, 5))
          .Take());
  Put("key_copy", "no_rows", Writer().U32(0).Take());
  Put("custody_row", "until_2027", Writer().U32(3).U64(1795512600).U32(20781).Raw(Bytes(50, 6)).Take());
  Put("custody_row", "for_ever", Writer().U32(1).U64(UINT64_MAX).U32(UINT32_MAX).Take());
  Put("backup_note", "of_a_small_log",
      R"({"ledger_id":")" + std::string(64, 'a') +
          R"(","origin":"example.no/spor","generation":1,"size":44,"checkpoint":"c"})");
  const std::string recovery = vault::FormatRecoveryKey(SlotSecret());
  Put("recovery_key", "as_it_is_printed", recovery);
  std::string typed = recovery + "\n";
  for (char& c : typed) c = c == '-' ? ' ' : c == '0' ? 'o' : c == '1' ? 'L' : static_cast<char>(std::tolower(c));
  Put("recovery_key", "as_somebody_types_it", typed);
  const Bytes value = Writer().U8(1).U8(1).U64(7).Raw(Hash32{1}).Str32(AsBytes("a@b.example")).U8(0).Take();
  Put("sealed_field", "text", value);
  Put("sealed_field", "not_sealed", Bytes(60));
  Put("unit_info", "with_period", Writer().Raw(Id16{1}).U16(5).Str16(AsBytes("2026")).Take());
  Put("account_row", "active",
      Writer()
          .U8(1)
          .Str8("admin")
          .U8(2)
          .U8(1)
          .U8(1)
          .Str16(AsBytes("$argon2id$v=19$m=8,t=1,p=1$YQ$YQ"))
          .Str16(Bytes(20, 1))
          .U64(9)
          .Raw(Hash32{})
          .U64(0)
          .U32(0)
          .U64(0)
          .Take());
  Put("account_row", "invited",
      Writer()
          .U8(1)
          .Str8("")
          .U8(1)
          .U8(1)
          .U8(2)
          .Str16({})
          .Str16({})
          .U64(0)
          .Raw(Hash32{4})
          .U64(1754352000)
          .U32(0)
          .U64(0)
          .Take());
  Put("account_row", "times_beyond_every_clock",
      Writer()
          .U8(1)
          .Str8("admin")
          .U8(2)
          .U8(1)
          .U8(1)
          .Str16({})
          .Str16({})
          .U64(9)
          .Raw(Hash32{})
          .U64(UINT64_MAX)
          .U32(0)
          .U64(INT64_MAX)
          .Take());
  Put("account_row", "suspended_with_recovery_codes",
      Writer()
          .U8(2)
          .Str8("ola")
          .U8(3)
          .U8(1)
          .U8(2)
          .Str16(AsBytes("$argon2id$v=19$m=8,t=1,p=1$YQ$YQ"))
          .Str16(Bytes(20, 1))
          .U64(9)
          .Raw(Hash32{})
          .U64(0)
          .U32(20)
          .U64(1754352900)
          .U64(1754352000)
          .U8(0)
          .U32(0xffffffff)
          .U8(2)
          .Raw(Hash32{5})
          .Raw(Hash32{6})
          .Take());
  Put("session_row", "used", Writer().U8(1).Raw(Id16{3}).U64(1749999000).U64(1749999900).U32(1000).Take());
  ledger::Batch founded;
  doubles::MemoryStore store;
  vault::KeyTree keys(store, CorpusLedgerId());
  // Under another root: nothing in it may open.
  keys.Found(vault::RootKey::CopyOf(Hash32{1}), SecretBytes::CopyOf(Hash32{2}), founded);
  Writer rows;
  for (const auto& change : founded.changes()) rows.Str8(AsText(change.key)).Str8(AsText(change.value));
  Put("key_rows", "tree_of_another_root", rows.Take());
}

void Privacy() {
  Put("json", "one_of_each", R"({"a":[1,-2,3.5e10,true,false,null],"b":{"c":"\u00e5\n\"","d":""}})");
  Put("json", "deep", "[[[[[[[[[[[[[[[[0]]]]]]]]]]]]]]]]");
  Put("policy", "example", doubles::ReadText(doubles::SourceDir() + "/docs/examples/confex.toml"));
  Put("event", "processing",
      R"({"event_id":"e1","time":"2026-03-10T11:00:00Z","kind":"processing","action":"send","category":"contact",)"
      R"("purpose":"newsletter","subject":{"external_id":"eva"},"fields":{},"details":{"campaign":"v\u00e5r"}})");
  Put("event", "access",
      R"({"event_id":"e2","time":"2026-03-10T11:00:00Z","kind":"access","action":"read","category":"contact",)"
      R"("purpose":"product_access","subject":{"email":"a@b.example"},"fields":{"first_name":"A"}})");
  Put("csv", "quoted_fields", "a;b\n\"x;\"\"y\"\"\r\nz\";2\r\n\n3;\"\"\n");
  Put("csv", "byte_order_mark_and_commas",
      "\xef\xbb\xbf"
      "id,name\n1,\xc3\xa5se\n");
  for (const char* text : {"2026-02-28", "2024-02-29", "2026-11-24T05:29:21Z", "P1Y6M", "P2W", "P0D"})
    Put("dates", text, text);
  privacy::RunRecord run;
  run.number = 2;
  run.generations.push_back({4, 6, 1, 7, 8, 2, 3, 4});
  Put("run", "one_generation", privacy::EncodeRun(run));
  privacy::Profile profile;
  Put("profile", "empty", privacy::EncodeProfile(profile));
  profile.identifiers.push_back({});
  profile.units.push_back({});
  profile.erased.push_back({});
  profile.holds.push_back({});
  profile.restrictions.push_back({});
  Put("profile", "one_of_each", privacy::EncodeProfile(profile));
}

void Reports() {
  report::World world;
  world.Run();
  world.Wait(60);
  world.ReadPerson("eva@example.no", "spurte igjen");
  Put("trust", "trust_of_the_artefacts", world.Trust());
  const privacy::LegalDate from = privacy::MakeDate(2026, 3, 1);
  const privacy::LegalDate to = privacy::MakeDate(2026, 3, 31);
  const auto put = [](const std::string& name, const Result<std::string>& made) {
    report::World::Must(made.status());
    Put("artefact", "genuine_" + name, *made);
  };
  put("certificate", report::MakeCertificate(world.reports, world.actor, {"last", ""}));
  put("review", report::MakeReview(world.reports, world.actor, {from, to}));
  put("extract_of_a_person", report::MakeExtract(world.reports, world.actor, {from, to, "eva@example.no", "innsyn"}));
  put("receipt_closed",
      report::MakeReceipt(world.reports, world.actor, {9, report::ReceiptRequest::Open::kNo, "", ""}));
  put("receipt_opened",
      report::MakeReceipt(world.reports, world.actor, {9, report::ReceiptRequest::Open::kYes, "", "kontroll"}));
}

// Record files as RocksDB wrote them, and what becomes of one.
void StoreFiles() {
  const doubles::TempDir dir;
  {
    auto store = ledger::OpenRocksStore(dir / "db", {ledger::StoreOptions::Mode::kCreate});
    CHECK(store.ok());
    for (uint8_t i = 0; i < 3; ++i) {
      ledger::Batch batch;
      batch.Put(ledger::Family::kState, {i}, Bytes(i * 300u, 0xa5));
      CHECK((*store)->Write(batch, ledger::Durability::kSynced).ok());
    }
  }
  for (const auto& file : std::filesystem::directory_iterator(dir / "db")) {
    const std::string name = file.path().filename().string();
    const bool log = name.ends_with(".log");
    if (!log && !name.starts_with("MANIFEST")) continue;
    const std::string content = *ReadSmallFile(file.path().string(), 1 << 20);
    Put("record_file", log ? "log" : "manifest", content);
    if (!log) continue;
    Put("record_file", "log_cut_short", std::string_view(content).substr(0, content.size() - 100));
    Put("record_file", "log_made_longer", content + std::string(600, '\0'));
    Put("record_file", "log_without_its_last_sector",
        content.substr(0, content.size() / 512 * 512) + std::string(content.size() % 512, '\0'));
    std::string damaged = content;
    damaged[6] = 5;
    Put("record_file", "log_with_a_type_of_recycled_logs", damaged);
    // The first record: behind its header, and as far as a visitor sees it.
    Put("store_rows", "head_of_a_batch", "\x02" + content.substr(7, ledger::kRecordHead));
  }
  Put("store_rows", "manifest", Writer().U8(0).Raw(ledger::EncodeManifest({"MANIFEST-000005", 1234})).Take());
  Put("store_rows", "batch_number", Writer().U8(1).Raw(ledger::EncodeBatchNumber(77)).Take());
  Put("store_rows", "head_without_rows", std::string(1, '\2') + std::string(12, '\0'));
}

}  // namespace
}  // namespace spor::fuzz

int main() {
  using namespace spor::fuzz;
  Encodings();
  Notes();
  Witness();
  Proofs();
  Entries();
  Sealed();
  Privacy();
  Reports();
  StoreFiles();
}
