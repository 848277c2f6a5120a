// SPDX-License-Identifier: Apache-2.0
#include "ledger/ledger.h"

#include <algorithm>
#include <set>
#include <unordered_set>

#include "crypto/codec.h"
#include "crypto/hash.h"

namespace spor::ledger {
namespace {

// A round takes what is queued, up to this much; the rest waits for the next one.
constexpr size_t kMaxRoundEntries = 8192;
constexpr size_t kMaxRoundBytes = size_t{8} << 20;

Status CheckDraft(const EntryDraft& draft) {
  const bool own = ConcernsKeys(draft.kind) || draft.kind == EntryKind::kOps || draft.kind == EntryKind::kHead ||
                   draft.kind == EntryKind::kErase;
  if (own) return Status(Code::kInvalidArgument, "entries of this kind are written by the ledger itself");
  if (draft.sections.size() > kMaxSections) return Status(Code::kInvalidArgument, "an entry has at most 4 sections");
  constexpr size_t kEnvelope = 27;  // of an entry without sections, body and operations
  const size_t bytes = kEnvelope + draft.sections.size() * 48 + draft.body.size();
  if (bytes > kMaxEntryBytes) {
    return Status(Code::kInvalidArgument, "an entry would have " + std::to_string(bytes) + " bytes, more than 65535");
  }
  return OkStatus();
}

// What no state can make right; the rest is checked when its turn comes.
Status CheckProposal(const Proposal& proposal) {
  for (const EntryDraft& draft : proposal.entries) RETURN_IF_ERROR(CheckDraft(draft));
  if (proposal.next_signer && !proposal.ops.empty()) {
    return Status(Code::kInvalidArgument, "a key is endorsed in a batch without operations");
  }
  std::vector<UnitId> units;
  for (const UnitOp& op : proposal.ops) {
    units.push_back(op.unit);
    if ((op.type == OpType::kErase) != proposal.erase.has_value()) {
      return Status(Code::kInvalidArgument, "erasures and other operations do not go together");
    }
  }
  std::sort(units.begin(), units.end());
  if (std::adjacent_find(units.begin(), units.end()) != units.end()) {
    return Status(Code::kInvalidArgument, "two operations on one unit");
  }
  return OkStatus();
}

}  // namespace

Stripe StripeOf(std::string_view kind, ByteView id) { return Reader(Sha256({AsBytes(kind), id})).U16(); }

// One batch in the making.
struct Ledger::Round {
  UnixSeconds now = 0;
  uint64_t start = 0;  // index of its first entry
  Batch rows;
  std::vector<UnitOp> ops;
  std::set<UnitId> units;
  std::unordered_set<Stripe> touched;
  std::optional<EraseBody> erase;
  HeadFacts facts;
  bool facts_changed = false;
  bool force_head = false;
  bool closed = false;
  std::vector<std::pair<std::unique_ptr<Pending>, Receipt>> taken;
};

namespace {

void AddPlain(LogAppender& appender, EntryKind kind, Bytes body) {
  appender.Add({kind, RandomArray<16>(), {}, std::move(body)});
}

// Slots, policy, operations, further entries and the head: what follows every genesis.
Result<Batch> FinishFirstBatch(const LedgerOptions& options, UnixSeconds now, Ledger::Genesis& first,
                               std::vector<EntryDraft> entries, LogAppender& appender) {
  AddPlain(appender, EntryKind::kGenesis, Encode(first.genesis));
  AddPlain(appender, EntryKind::kSlots, Encode(first.slots));
  AddPlain(appender, EntryKind::kPolicy, Encode(first.policy));
  std::sort(first.ops.begin(), first.ops.end(), [](const UnitOp& a, const UnitOp& b) { return a.unit < b.unit; });
  RETURN_IF_ERROR(appender.AddOps(first.ops, nullptr));
  for (EntryDraft& draft : entries) appender.Add(std::move(draft));
  appender.AddHead(first.facts, options.legal_day->At(now));
  Batch batch = appender.Finish();
  batch.Append(std::move(first.extra));
  return batch;
}

}  // namespace

Status Ledger::Create(const LedgerOptions& options, Genesis genesis) {
  Anchor anchor(options.anchor_directory, MakeVerifierKey(options.origin, options.signer->public_key()));
  RETURN_IF_ERROR(anchor.Create());
  LogAppender appender(*options.store, options.origin, options.signer);
  const UnixSeconds now = options.clock->Now();
  appender.Begin(static_cast<uint32_t>(now));
  ASSIGN_OR_RETURN(const Batch batch, FinishFirstBatch(options, now, genesis, {}, appender));
  RETURN_IF_ERROR(options.store->Write(batch, Durability::kSynced));
  return anchor.Write(appender.checkpoint());
}

Status Ledger::Succeed(const LedgerOptions& options, Succession succession) {
  LogAppender appender(*options.store, options.origin, options.signer);
  RETURN_IF_ERROR(appender.Load(*options.store));
  const UnixSeconds now = options.clock->Now();
  // Asked of a copy first: what the rules of origins do not allow is refused before anything is added.
  LogKeys keys = appender.keys();
  const uint64_t at = appender.next_index();
  const Entry closing{EntryKind::kCloseOrigin, 0, {}, {}, Encode(succession.closing), {}};
  const Entry genesis{EntryKind::kGenesis, 0, {}, {}, Encode(succession.first.genesis), {}};
  for (const Status& allowed : {keys.Observe(at, closing), keys.Observe(at + 1, genesis)}) {
    if (!allowed.ok()) return Status(Code::kInvalidArgument, allowed.message());
  }
  Anchor anchor(options.anchor_directory, keys.origins().back());
  RETURN_IF_ERROR(anchor.Create());
  appender.Begin(static_cast<uint32_t>(now));
  AddPlain(appender, EntryKind::kCloseOrigin, closing.body);
  ASSIGN_OR_RETURN(const Batch batch,
                   FinishFirstBatch(options, now, succession.first, std::move(succession.entries), appender));
  RETURN_IF_ERROR(options.store->Write(batch, Durability::kSynced));
  return anchor.Write(appender.checkpoint());
}

Result<std::unique_ptr<Ledger>> Ledger::Open(const LedgerOptions& options) {
  std::unique_ptr<Ledger> ledger(new Ledger(options));
  RETURN_IF_ERROR(ledger->appender_.Load(*options.store));
  RETURN_IF_ERROR(ledger->appender_.CheckSigner());
  ledger->anchor_ = Anchor(options.anchor_directory, ledger->appender_.keys().origins().back());
  ASSIGN_OR_RETURN(const Entry entry, ledger->reader().EntryAt(ledger->appender_.last_head()));
  if (entry.kind != EntryKind::kHead) return Status(Code::kCorrupt, "the newest head is not where the log says");
  ASSIGN_OR_RETURN(const HeadBody head, ParseHead(entry.body));
  {
    MutexLock lock(ledger->mutex_);
    ledger->facts_ = {head.root_generation, head.slots_digest, head.policy_digest, head.flags};
    ledger->keys_ = ledger->appender_.keys();
    ledger->published_ = ledger->appender_.checkpoint();
  }
  // A checkpoint that was durable but not yet anchored when the process ended is anchored before it is handed out.
  RETURN_IF_ERROR(ledger->anchor_.Write(ledger->appender_.checkpoint()));
  ledger->thread_ = std::thread([raw = ledger.get()] { raw->Run(); });
  return ledger;
}

Ledger::~Ledger() {
  {
    MutexLock lock(mutex_);
    stop_ = true;
    wake_.NotifyAll();
  }
  if (thread_.joinable()) thread_.join();
}

Result<Receipt> Ledger::Submit(Proposal proposal) {
  RETURN_IF_ERROR(CheckProposal(proposal));
  auto pending = std::make_unique<Pending>();
  pending->proposal = std::move(proposal);
  std::future<Result<Receipt>> answer = pending->answer.get_future();
  std::deque<std::unique_ptr<Pending>> own;
  {
    MutexLock lock(mutex_);
    if (!health_.ok()) return health_;
    if (stop_) return Status(Code::kLater, "the service is stopping; ask again");
    // A lone caller takes the turn itself: to wake another thread and be woken by it takes a quarter as long as the
    // disk. Where several call at once, the ledger's own thread gathers them into one batch.
    const bool alone = !sequencing_ && queue_.empty() && last_round_ <= 1;
    (alone ? own : queue_).push_back(std::move(pending));
    if (alone) sequencing_ = true;
    if (!sequencing_) wake_.NotifyOne();
  }
  if (!own.empty()) SequenceAll(own);
  return answer.get();
}

Result<TlogProof> Ledger::Prove(uint64_t index, const Receipt& receipt) const {
  const uint64_t size = receipt.head + 1;  // a checkpoint ends in its head
  ASSIGN_OR_RETURN(std::vector<Hash32> hashes, InclusionProof(nodes(), index, size));
  return TlogProof{std::nullopt, index, std::move(hashes), receipt.checkpoint};
}

Result<std::string> Ledger::Publish() {
  Proposal proposal;
  proposal.head = Proposal::Head::kNow;
  ASSIGN_OR_RETURN(Receipt receipt, Submit(std::move(proposal)));
  return std::move(receipt.checkpoint);
}

std::string Ledger::Checkpoint() const {
  MutexLock lock(mutex_);
  return published_;
}

HeadFacts Ledger::facts() const {
  MutexLock lock(mutex_);
  return facts_;
}

LogKeys Ledger::keys() const {
  MutexLock lock(mutex_);
  return keys_;
}

Status Ledger::health() const {
  MutexLock lock(mutex_);
  return health_;
}

bool Ledger::HeadIsDue(UnixSeconds now) const {
  if (!appender_.ends_in_head()) return std::chrono::steady_clock::now() - last_head_time_ >= options_.head_interval;
  // Even an idle log says every day how things stand.
  return options_.legal_day->At(now) != options_.legal_day->At(appender_.last_time());
}

void Ledger::Run() {
  for (;;) {
    std::deque<std::unique_ptr<Pending>> work;
    {
      MutexLock lock(mutex_);
      if (sequencing_ || (queue_.empty() && !stop_ && (!health_.ok() || !HeadIsDue(options_.clock->Now())))) {
        wake_.WaitFor(mutex_, options_.head_interval / 4);
      }
      if (sequencing_) continue;
      work.swap(queue_);
      if (work.empty() && stop_) {
        if (appender_.ends_in_head() || !health_.ok()) return;
      }
      sequencing_ = true;
    }
    SequenceAll(work);
  }
}

// Called by whoever has taken the turn; gives it back.
void Ledger::SequenceAll(std::deque<std::unique_ptr<Pending>>& queue) {
  do {
    Sequence(queue);
  } while (!queue.empty());
  MutexLock lock(mutex_);
  sequencing_ = false;
  if (!queue_.empty() || stop_) wake_.NotifyOne();
}

void Ledger::Sequence(std::deque<std::unique_ptr<Pending>>& queue) {
  if (const Status sick = health(); !sick.ok()) {
    for (auto& pending : queue) pending->answer.set_value(sick);
    queue.clear();
    return;
  }
  Round round;
  round.now = options_.clock->Now();
  round.facts = facts();
  round.start = appender_.next_index();
  appender_.Begin(static_cast<uint32_t>(round.now));
  while (!queue.empty() && !round.closed) {
    Proposal& proposal = queue.front()->proposal;
    const bool full = appender_.next_index() - round.start > kMaxRoundEntries || round.rows.bytes() > kMaxRoundBytes;
    const bool same_unit = std::any_of(proposal.ops.begin(), proposal.ops.end(),
                                       [&](const UnitOp& op) { return round.units.contains(op.unit); });
    const bool alone =
        proposal.placement == Proposal::Placement::kAlone || proposal.erase.has_value() || proposal.next_signer;
    if (!round.taken.empty() && (full || same_unit || alone)) break;
    std::unique_ptr<Pending> pending = std::move(queue.front());
    queue.pop_front();
    const uint64_t first = appender_.next_index();
    if (Status taken = Take(round, pending->proposal); !taken.ok()) {
      pending->answer.set_value(taken);
      continue;
    }
    round.taken.emplace_back(std::move(pending), Receipt{first, 0, 0});
    round.closed = alone;
  }
  Write(round);
}

Status Ledger::Take(Round& round, Proposal& proposal) {
  for (const Expectation& expect : proposal.expects) {
    if (round.touched.contains(expect.stripe) || Version(expect.stripe) != expect.version) {
      return Status(Code::kConflict, "what the decision relied on has changed: ask again");
    }
  }
  for (const UnitOp& op : proposal.ops) RETURN_IF_ERROR(appender_.maps().Check(op));
  if (proposal.next_signer && !appender_.keys().IsNew(proposal.next_signer->public_key())) {
    return Status(Code::kInvalidArgument, "a log never goes back to a key that it had");
  }
  Batch rows;  // of a proposal that is refused nothing may stay behind
  if (proposal.precondition != nullptr) RETURN_IF_ERROR(proposal.precondition->Check(round.now, rows));
  if (!proposal.new_units.empty()) RETURN_IF_ERROR(options_.keeper->Wrap(proposal.new_units, rows));
  round.rows.Append(std::move(rows));
  for (EntryDraft& draft : proposal.entries) appender_.Add(std::move(draft));
  for (const UnitOp& op : proposal.ops) {
    round.ops.push_back(op);
    round.units.insert(op.unit);
  }
  round.rows.Append(std::move(proposal.writes));
  round.touched.insert(proposal.touches.begin(), proposal.touches.end());
  if (proposal.erase) round.erase = proposal.erase;
  if (proposal.update_facts) {
    proposal.update_facts(round.facts);
    round.facts_changed = true;
  }
  if (proposal.next_signer) {  // last: its head follows directly
    appender_.Endorse(std::move(proposal.next_signer));
    proposal.head = Proposal::Head::kNow;
  }
  if (proposal.head == Proposal::Head::kNow) round.force_head = true;
  return OkStatus();
}

void Ledger::Write(Round& round) {
  std::sort(round.ops.begin(), round.ops.end(), [](const UnitOp& a, const UnitOp& b) { return a.unit < b.unit; });
  const auto erasures = std::stable_partition(round.ops.begin(), round.ops.end(),
                                              [](const UnitOp& op) { return op.type != OpType::kErase; });
  Status status = appender_.AddOps({round.ops.begin(), erasures}, nullptr);
  if (status.ok() && erasures != round.ops.end()) {
    CHECK(round.erase.has_value());
    status = appender_.AddOps({erasures, round.ops.end()}, &*round.erase);
  }
  bool stopping = false;
  {
    MutexLock lock(mutex_);
    stopping = stop_;
  }
  const bool anything = !appender_.ends_in_head();
  const bool head = round.facts_changed || (anything && (round.force_head || stopping)) || HeadIsDue(round.now);
  if (status.ok() && head) appender_.AddHead(round.facts, options_.legal_day->At(round.now));
  const bool write = appender_.next_index() != round.start || !round.rows.empty();
  if (status.ok() && write) {
    Batch batch = appender_.Finish();
    batch.Append(std::move(round.rows));
    status = options_.store->Write(batch, Durability::kSynced);
  }
  if (!status.ok()) {
    Fail(status);
    for (auto& [pending, receipt] : round.taken) pending->answer.set_value(status);
    return;
  }
  if (write) appender_.Commit();
  {
    MutexLock lock(mutex_);
    facts_ = round.facts;
    if (!round.taken.empty()) last_round_ = round.taken.size();
    if (keys_.entries().size() != appender_.keys().entries().size()) keys_ = appender_.keys();
  }
  for (auto& [pending, receipt] : round.taken) {
    if (pending->proposal.on_commit) pending->proposal.on_commit();
    if (pending->proposal.at_head && appender_.ends_in_head()) pending->proposal.at_head(appender_.maps());
  }
  // Last: whoever reads a new version must not find state older than it.
  for (Stripe stripe : round.touched) versions_[stripe].fetch_add(1, std::memory_order_acq_rel);
  // Answers need durability only; a checkpoint needs the anchor too. Whoever asked for a head waits for both.
  Answer(round, OkStatus(), false);
  Status anchored;
  if (head) {
    anchored = anchor_.Write(appender_.checkpoint());
    last_head_time_ = std::chrono::steady_clock::now();
    if (anchored.ok()) {
      MutexLock lock(mutex_);
      published_ = appender_.checkpoint();
    } else {
      Fail(anchored);
    }
  }
  Answer(round, anchored, true);
}

void Ledger::Answer(Round& round, const Status& anchored, bool asked_for_head) {
  for (auto& [pending, receipt] : round.taken) {
    const bool now = pending->proposal.head == Proposal::Head::kNow;
    if ((now || pending->proposal.update_facts) != asked_for_head) continue;
    if (now && !anchored.ok()) {
      pending->answer.set_value(health());
      continue;
    }
    receipt.time_s = appender_.last_time();
    receipt.head = appender_.last_head();
    if (now) receipt.checkpoint = appender_.checkpoint();
    pending->answer.set_value(std::move(receipt));
  }
}

void Ledger::Fail(const Status& status) {
  MutexLock lock(mutex_);
  health_ = Status(status.code() == Code::kCorrupt ? Code::kCorrupt : Code::kIo,
                   "the ledger has stopped and must be reopened: " + status.message());
}

}  // namespace spor::ledger
