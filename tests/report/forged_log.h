// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "crypto/hash.h"
#include "ledger/merkle.h"
#include "ledger/unit_maps.h"
#include "tools/report/certificate.h"
#include "tools/report/extract_content.h"
#include "tools/report/extract_words.h"

namespace spor::report {

// A log that its own keeper wrote by hand: signed and provable, but free to lie. Its certificates show what a verifier
// has to notice by itself.
class ForgedLog {
 public:
  static constexpr const char* kOrigin = "forged.example/log";
  static constexpr uint32_t kNoon = 1773144000;  // 2026-03-10T12:00:00Z
  static constexpr uint32_t kToday = 20522;      // the same day in Oslo

  // What the keeper does otherwise than it says.
  struct Lie {
    bool never_created = false;      // a unit that was never there is "erased"
    bool kept = false;               // an erased unit stays in the map
    bool not_due = false;            // a unit is erased long before its day
    bool moved_by_nobody = false;    // a unit is erased under a day that it did not have
    bool another_announced = false;  // the intent announces other units
    bool one_more_erased = false;    // an erasure that the list does not show
    bool root_of_another = false;    // the destroyed root is not the one replaced
    bool overdue_left = false;       // something is overdue afterwards and the map does not deny it
    bool overdue_denied = false;     // the same, and the report claims the opposite
    bool another_policy = false;     // the heads were made under another policy
    bool recorded_before = false;    // the event lies before the run's end
    bool late = false;               // no lie: a unit is created and moved after the first head, and that is shown
    bool late_hidden = false;        // the same, not shown
    bool held = false;               // a held unit is erased
    bool held_by_request = false;    // no lie: the same, long before its day, because the person asked
    bool vanished = false;           // a third unit goes without an erasure
    bool before_left_out = false;    // a generation before the first that is shown
    bool after_left_out = false;     // one after the last
    bool another_day = false;        // the heads say a day on which the units are due; their time is another
    bool back_in_time = false;       // the destruction is earlier than the erasure
    bool before_genesis = false;     // genesis is later than all the rest
    std::string made_at = "2026-03-10T12:00:00Z";
    std::string as_of = "2026-03-10";
    std::string started = "2026-03-10T12:00:00Z";
    std::string finished = "2026-03-10T12:00:00Z";
    std::string limits = WordingsJson(CertificateLimits());
    bool another_action = false;  // the event records something else
  };

  ForgedLog() : signer_(SigningKey::Random()), ledger_id_(ledger::LedgerId(kOrigin, signer_.public_key())) {}

  std::string Trust() const {
    ledger::LogKeys keys;
    CHECK(keys.Observe(0, *ledger::ParseEntry(entries_.at(0))).ok());
    return TrustJson(entries_.at(0), keys.origins()[0]);
  }
  std::string Certificate(const Lie& lie);
  // Of the whole log up to the erasure.
  std::string Extract(const Lie& lie);

 private:
  static ledger::UnitId Unit(uint8_t n) {
    ledger::UnitId unit{};
    unit[0] = n;
    return unit;
  }

  uint64_t Add(ledger::EntryKind kind, Bytes body, std::vector<ledger::UnitOp> ops = {});
  ledger::HeadBody NextHead();
  uint64_t AddHead();
  DocumentWriter Begin(std::string_view kind, const std::string& report) const;
  void Create(uint8_t n, ledger::DueKey due);
  uint64_t AddEvent(const std::string& report, std::string_view action);
  std::string Report(const Lie& lie, CertificateFacts facts) const;
  void WriteBefore(const Lie& lie);
  void WriteErasure(const Lie& lie);
  std::string WriteAfter(const Lie& lie);
  std::string Proven(uint64_t index, std::vector<DisclosedSection> sections = {}) const;
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

  const Signer signer_;
  const Hash32 ledger_id_;
  std::vector<Bytes> entries_;
  ledger::UnitMaps maps_;
  ledger::PolicyBody policy_;
  uint32_t generation_ = 1;
  uint32_t time_ = kNoon;
  uint64_t last_head_ = ledger::kNoEntry;
  uint32_t legal_day_ = kToday;
  Hash32 policy_in_heads_{};
  Opening opening_;
  ledger::DueKey due_;
  std::vector<ledger::UnitOp> ops_;
  std::vector<uint64_t> moves_;
  struct {
    uint64_t policy = 0, before = 0, intent = 0, erase = 0, head = 0, destroyed = 0, after = 0, event = 0;
  } at_;
  struct {
    Bytes live_before, due_before;
  } maps_at_;
  const std::vector<Bytes> live_keys_ = {ToBytes(Unit(1)), ToBytes(Unit(2))};
};

inline uint64_t ForgedLog::Add(ledger::EntryKind kind, Bytes body, std::vector<ledger::UnitOp> ops) {
  ledger::Entry entry;
  entry.kind = kind;
  entry.time_s = time_;
  entry.seal_id = RandomArray<16>();
  entry.body = std::move(body);
  entry.ops = std::move(ops);
  entries_.push_back(ledger::EncodeEntry(entry));
  return entries_.size() - 1;
}

inline ledger::HeadBody ForgedLog::NextHead() {
  ledger::HeadBody head;
  maps_.FillHead(head);
  head.own_index = entries_.size();
  head.previous_head = last_head_;
  head.root_generation = generation_;
  head.policy_digest = policy_in_heads_;
  head.legal_day = legal_day_;
  return head;
}

inline uint64_t ForgedLog::AddHead() { return last_head_ = Add(ledger::EntryKind::kHead, Encode(NextHead())); }

inline void ForgedLog::Create(uint8_t n, ledger::DueKey due) {
  const ledger::UnitOp op = ledger::UnitOp::Create(Unit(n), 1, due, 1, Hash32{});
  CHECK(maps_.Apply(op, entries_.size(), nullptr).ok());
  Add(ledger::EntryKind::kOps, {}, {op});
}

inline uint64_t ForgedLog::AddEvent(const std::string& report, std::string_view action) {
  ledger::Entry entry;
  entry.time_s = kNoon;
  entry.seal_id = RandomArray<16>();
  const ledger::UnitKey key = ledger::UnitKey::Random();
  const SecretBytes seal_key = ledger::SealKey(ledger_id_, key);
  const ledger::SealContext context{ledger_id_, entry.kind, entry.seal_id, 0, Unit(200)};
  ledger::SealedSection section = ledger::SealSection(
      context, seal_key.Reveal(), ledger::BlobPlace::kAudit,
      {ledger::TextField("action", action), ledger::TextField("result", "done"), ledger::TextField("run", "1"),
       ledger::DateField("from", kToday), ledger::DateField("to", kToday), ledger::TextField("reason", "r"),
       ledger::BytesField("report_digest", ReportDigest(report))});
  entry.sections.push_back(section.clear);
  opening_ = {context.unit, *ToHash32(ledger::SectionSeed(context, seal_key.Reveal()).Reveal()), section.blob};
  entries_.push_back(ledger::EncodeEntry(entry));
  return entries_.size() - 1;
}

inline std::string ForgedLog::Proven(uint64_t index, std::vector<DisclosedSection> sections) const {
  DisclosedEntry entry{index, entries_[index], *ledger::ParseEntry(entries_[index]), std::move(sections), {}};
  entry.proof = *ledger::InclusionProof(Nodes(entries_), index, entries_.size());
  entry.sections.resize(entry.entry.sections.size());
  return ProvenEntryJson(entry);
}

inline std::string ForgedLog::Report(const Lie& lie, CertificateFacts facts) const {
  facts.nothing_overdue = NothingOverdue(facts.after.body) || lie.overdue_denied;
  JsonWriter json;
  json.BeginObject().Key("made_at").String(lie.made_at).Key("run").String("1").Key("scope").String("run");
  json.Key("as_of").String(lie.as_of).Key("started").String(lie.started).Key("finished").String(lie.finished);
  json.Key("controller").String("F").Key("policy").BeginObject().Key("id").String("p").Key("version").String("1");
  json.Key("number").Uint(policy_.version).Key("digest").String(HexEncode(policy_.digest)).EndObject();
  json.Key("categories").Raw(R"([{"number":1,"key":"contact","nb":"","en":"","promised":"erase"}])");
  json.Key("rules").Raw(R"([{"number":1,"class":"maximum","key":"r","nb":"","en":"","law":""}])");
  json.Key("limits").Raw(lie.limits);
  for (const auto& [key, value] : CertificateFigures(facts)) json.Key(key).Raw(value);
  return json.EndObject().Take();
}

// Genesis, policy, three units, and the first head with its maps.
inline void ForgedLog::WriteBefore(const Lie& lie) {
  policy_.digest = Sha256(AsBytes("policy"));
  policy_.version = 1;
  policy_.categories = {{1, 0, "contact"}};
  policy_.rules = {{1, 0, "r"}};
  policy_in_heads_ = lie.another_policy ? Sha256(AsBytes("another")) : policy_.digest;
  const ledger::GenesisBody genesis{ledger::kLogFormat, kOrigin, signer_.public_key(), ledger_id_, {}};
  time_ = kNoon + (lie.before_genesis ? 60 : 0);
  Add(ledger::EntryKind::kGenesis, Encode(genesis));
  time_ = kNoon;
  if (lie.another_day) legal_day_ = kToday + 400;
  if (lie.before_left_out) generation_ = 0;
  at_.policy = Add(ledger::EntryKind::kPolicy, Encode(policy_));
  due_ = {0, lie.not_due || lie.another_day || lie.held_by_request ? kToday + 400 : kToday};
  const bool late = lie.late || lie.late_hidden;
  if (!lie.never_created && !late) Create(1, due_);
  Create(2, due_);
  Create(3, {0, lie.overdue_left || lie.overdue_denied ? kToday - 1 : kToday + 90});
  if (lie.held || lie.held_by_request) {
    const ledger::UnitOp hold = ledger::UnitOp::Redue(Unit(2), due_, due_, 1, 1, ledger::RedueReason::kHoldOn);
    CHECK(maps_.Apply(hold, entries_.size(), nullptr).ok());
    Add(ledger::EntryKind::kOps, {}, {hold});
  }
  at_.before = AddHead();
  maps_at_.live_before = maps_.live().Prune(live_keys_, ledger::Map::ShowSmallest::kNo);
  maps_at_.due_before = maps_.due().Prune(
      {ledger::EncodeDueMapKey(due_, Unit(1)), ledger::EncodeDueMapKey(due_, Unit(2))}, ledger::Map::ShowSmallest::kNo);
  if (!late) return;
  const ledger::DueKey first{0, kToday + 50};
  moves_.push_back(entries_.size());
  Create(1, first);
  const ledger::UnitOp move = ledger::UnitOp::Redue(Unit(1), first, due_, 0, 1, ledger::RedueReason::kClock);
  CHECK(maps_.Apply(move, entries_.size(), nullptr).ok());
  moves_.push_back(Add(ledger::EntryKind::kOps, {}, {move}));
}

// Intent, erasure, head and destruction.
inline void ForgedLog::WriteErasure(const Lie& lie) {
  const ledger::EraseReason reason = lie.held_by_request ? ledger::EraseReason::kRequest : ledger::EraseReason::kDue;
  for (const uint8_t n : {uint8_t{1}, uint8_t{2}}) {
    const ledger::DueKey named{0, due_.due + (lie.moved_by_nobody ? 1 : 0)};
    ops_.push_back(ledger::UnitOp::Erase(Unit(n), named, reason));
    const ledger::UnitOp honest = ledger::UnitOp::Erase(Unit(n), due_, ledger::EraseReason::kDue);
    if (!(lie.kept && n == 2) && !(lie.never_created && n == 1)) CHECK(maps_.Apply(honest, 0, nullptr).ok());
  }
  if (lie.one_more_erased) ops_.push_back(ledger::UnitOp::Erase(Unit(9), due_, ledger::EraseReason::kDue));
  Sha256Stream digest;
  for (const ledger::UnitOp& op : ops_) digest.Update(op.unit);
  if (lie.another_announced) digest.Update(Unit(77));
  const auto units = static_cast<uint32_t>(ops_.size());
  at_.intent = Add(ledger::EntryKind::kEraseIntent, Encode(ledger::IntentBody{1, 2, units, digest.Finish()}));
  at_.erase = Add(ledger::EntryKind::kErase, Encode(ledger::EraseBody{at_.intent, 1, 2, units, 0, 0, 1}), ops_);
  generation_ = 2;
  at_.head = AddHead();
  const uint32_t old_root = lie.root_of_another ? 7 : 1;
  if (lie.back_in_time) time_ = kNoon - 1;
  at_.destroyed = Add(ledger::EntryKind::kRootDestroyed,
                      Encode(ledger::DestroyedBody{at_.erase, old_root, kToday, 0, Sha256(ByteView())}));
  time_ = kNoon;
  if (lie.after_left_out) generation_ = 3;
  if (!lie.vanished) return;
  const ledger::DueKey third{0, kToday + 90};
  CHECK(maps_.Apply(ledger::UnitOp::Erase(Unit(3), third, ledger::EraseReason::kDue), 0, nullptr).ok());
}

// The second head and the event; the report is written for where the head will stand.
inline std::string ForgedLog::WriteAfter(const Lie& lie) {
  CertificateFacts facts;
  for (const ledger::UnitOp& op : ops_) {
    if (op.unit == Unit(9)) continue;
    facts.units.push_back({op.unit, 1, 1, op.old_due, static_cast<ledger::EraseReason>(op.reason), 2});
  }
  facts.before = {at_.before, kNoon, *ledger::ParseHead(ledger::ParseEntry(entries_[at_.before])->body)};
  facts.erased_live_at = kNoon;
  facts.everywhere_day = kToday;
  at_.after = entries_.size() + (lie.recorded_before ? 1 : 0);
  facts.after = {at_.after, kNoon, NextHead()};
  const std::string report = Report(lie, facts);
  const std::string_view action = lie.another_action ? "review" : "certificate";
  if (lie.recorded_before) at_.event = AddEvent(report, action);
  AddHead();
  if (!lie.recorded_before) at_.event = AddEvent(report, action);
  return report;
}

inline DocumentWriter ForgedLog::Begin(std::string_view kind, const std::string& report) const {
  const Nodes nodes(entries_);
  const ledger::Checkpoint checkpoint{kOrigin, entries_.size(), *ledger::RootAt(nodes, entries_.size())};
  DocumentWriter out;
  out.Text("format", "spor-" + std::string(kind) + "/1");
  JsonWriter named;
  named.BeginObject().Key("origin").String(kOrigin).Key("ledger_id").String(HexEncode(ledger_id_));
  named.Key("genesis_proof").String(HashesBase64(*ledger::InclusionProof(nodes, 0, entries_.size())));
  out.Member("ledger", named.EndObject().Take());
  out.Text("checkpoint", ledger::SignCheckpoint(checkpoint, signer_));
  out.Member("report", report);
  out.Member("event", Proven(at_.event, {{DisclosedSection::State::kOpening, opening_}}));
  return out;
}

inline std::string ForgedLog::Certificate(const Lie& lie) {
  WriteBefore(lie);
  WriteErasure(lie);
  DocumentWriter out = Begin("certificate", WriteAfter(lie));
  out.Member("policy_entry", Proven(at_.policy));
  out.Member("head_before", Proven(at_.before));
  out.Member("head_after", Proven(at_.after));
  JsonWriter generation;
  generation.BeginObject().Key("intent").Raw(Proven(at_.intent));
  generation.Key("erase").BeginArray().Raw(Proven(at_.erase)).EndArray();
  generation.Key("head").Raw(Proven(at_.head)).Key("destroyed").Raw(Proven(at_.destroyed)).EndObject();
  out.BeginArray("generations");
  out.Element(generation.Take());
  out.EndArray();
  out.BeginArray("moves");
  for (const uint64_t index : moves_) {
    if (!lie.late_hidden) out.Element(Proven(index));
  }
  out.EndArray();
  out.Text("live_before", Base64Encode(maps_at_.live_before));
  out.Text("due_before", Base64Encode(maps_at_.due_before));
  out.Text("live_after", Base64Encode(maps_.live().Prune(live_keys_, ledger::Map::ShowSmallest::kNo)));
  out.Text("due_after", Base64Encode(maps_.due().Prune({}, ledger::Map::ShowSmallest::kYes)));
  return out.Take();
}

inline std::string ForgedLog::Extract(const Lie& lie) {
  WriteBefore(lie);
  WriteErasure(lie);
  ExtractContent content;
  for (size_t i = 0; i < entries_.size(); ++i) content.Add(i, entries_[i], {});
  JsonWriter json;
  json.BeginObject().Key("made_at").String(lie.made_at).Key("from").String("2026-03-10").Key("to").String("2026-03-10");
  json.Key("scope").String("period").Key("controller").String("F").Key("policy").Null().Key("reason").String("r");
  json.Key("content").Raw(content.Json()).Key("limits").Raw(WordingsJson(ExtractLimits()));
  const std::string report = json.EndObject().Take();
  at_.event = AddEvent(report, "extract");
  DocumentWriter out = Begin("extract", report);
  out.Member("range", R"({"begin":0,"end":)" + std::to_string(entries_.size()) + R"(,"proof":""})");
  out.BeginArray("entries");
  for (const Bytes& entry : entries_) {
    out.Element(RangeEntryJson(entry, std::vector<DisclosedSection>(ledger::ParseEntry(entry)->sections.size())));
  }
  out.EndArray();
  return out.Take();
}

}  // namespace spor::report
