// SPDX-License-Identifier: Apache-2.0
#include "tools/service/cosigner.h"

#include <algorithm>

#include "ledger/add_checkpoint.h"
#include "ledger/checkpoint.h"

namespace spor::service {
namespace {

using Kind = WitnessAnswer::Kind;

// Of a checkpoint that our own ledger published.
ledger::Checkpoint CheckpointIn(const std::string& note) {
  const Result<ledger::Note> parsed = ledger::ParseNote(note);
  CHECK(parsed.ok());
  const Result<ledger::Checkpoint> checkpoint = ledger::ParseCheckpoint(parsed->text);
  CHECK(checkpoint.ok());
  return *checkpoint;
}

bool IsTrouble(const WitnessAnswer& answer) { return answer.kind != Kind::kCosigned; }

}  // namespace

Result<std::unique_ptr<Cosigner>> Cosigner::Start(ledger::Ledger& ledger, const ledger::Store& store,
                                                  const Clock& clock, WitnessOptions options, const StartRound& first,
                                                  LogLine log) {
  std::unique_ptr<Cosigner> cosigner(new Cosigner(ledger, clock, std::move(options), std::move(log)));
  {
    MutexLock lock(cosigner->mutex_);
    RETURN_IF_ERROR(cosigner->book_.Load(store, CheckpointIn(ledger.Checkpoint()).origin));
    cosigner->answers_.resize(cosigner->options_.policy.witnesses().size());
  }
  cosigner->TakeIn(first.note, first.answers);
  cosigner->thread_ = std::thread([raw = cosigner.get()] { raw->Run(); });
  return cosigner;
}

Cosigner::~Cosigner() {
  {
    MutexLock lock(mutex_);
    stop_ = true;
    changed_.NotifyAll();
  }
  if (thread_.joinable()) thread_.join();
}

// One round an interval as long as there is something that a witness has not cosigned; the first was at the start.
// Whoever wants a cosignature sooner asks by himself.
void Cosigner::Run() {
  for (;;) {
    {
      MutexLock lock(mutex_);
      const Deadline next = std::chrono::steady_clock::now() + options_.interval;
      while (!stop_ && std::chrono::steady_clock::now() < next) {
        changed_.WaitFor(mutex_, next - std::chrono::steady_clock::now());
      }
      if (stop_) return;
    }
    if (SomethingNew()) Ask(std::chrono::steady_clock::now() + options_.timeout);
  }
}

bool Cosigner::SomethingNew() const {
  const std::string newest = ledger_.Checkpoint();
  MutexLock lock(mutex_);
  const std::vector<bool> has = book_.LinesIn(book_.WithKnownLines(newest));
  for (size_t i = 0; i < has.size(); ++i) {
    if (!has[i] && !options_.policy.witnesses()[i].url.empty()) return true;
  }
  return false;
}

std::string Cosigner::NewestCosigned() { return Ask(std::chrono::steady_clock::now() + options_.timeout); }

std::string Cosigner::Ask(Deadline deadline) {
  std::string note;
  std::vector<bool> has;
  std::vector<uint64_t> known_sizes;
  {
    MutexLock lock(mutex_);
    while (asking_ && !stop_ && std::chrono::steady_clock::now() < deadline) {
      changed_.WaitFor(mutex_, deadline - std::chrono::steady_clock::now());
    }
    // Read here, where nobody else asks: a witness that has seen a larger checkpoint cosigns no smaller one any more.
    note = book_.WithKnownLines(ledger_.Checkpoint());
    if (asking_ || stop_) return note;
    asking_ = true;
    has = book_.LinesIn(note);
    for (const auto& witness : options_.policy.witnesses()) known_sizes.push_back(book_.SeenBy(witness.vkey).size);
  }
  const CosignRequest request{note, CheckpointIn(note).size, &ledger_.nodes(), clock_.Now()};
  TakeIn(note, AskWitnesses(options_.policy, request, known_sizes, has, deadline));
  MutexLock lock(mutex_);
  asking_ = false;
  changed_.NotifyAll();
  return book_.WithKnownLines(note);
}

void Cosigner::TakeIn(const std::string& note, const std::vector<std::optional<WitnessAnswer>>& answers) {
  const uint64_t size = CheckpointIn(note).size;
  ledger::Batch rows;
  {
    MutexLock lock(mutex_);
    for (size_t i = 0; i < answers.size(); ++i) {
      if (!answers[i]) continue;
      const WitnessAnswer& answer = *answers[i];
      const ledger::VerifierKey& key = options_.policy.witnesses()[i].vkey;
      if (answer.kind == Kind::kCosigned) {
        book_.Cosigned(key, note, size, {answer.time_s, answer.line}, rows);
      } else if (answer.size && *answer.size <= size) {
        book_.Learnt(key, *answer.size, rows);
      }
      Note(i, answer);
    }
  }
  // Nothing is lost that could not be had again, and a ledger that has stopped says so itself.
  const Status written = Write(std::move(rows));
  if (!written.ok() && log_) log_("cosignatures could not be kept: " + written.message());
}

void Cosigner::Note(size_t witness, const WitnessAnswer& answer) {
  const std::optional<WitnessAnswer>& before = answers_[witness];
  const bool news = !before || before->kind != answer.kind || (IsTrouble(answer) && before->text != answer.text);
  if (news && log_) log_("witness " + Shown(options_.policy.witnesses()[witness].name) + ": " + answer.text);
  answers_[witness] = answer;
}

Status Cosigner::Write(ledger::Batch rows) {
  if (rows.empty()) return OkStatus();
  ledger::Proposal proposal;
  proposal.writes = std::move(rows);
  return ledger_.Submit(std::move(proposal)).status();
}

std::string Cosigner::BestKnown() const {
  const std::string newest = ledger_.Checkpoint();
  MutexLock lock(mutex_);
  const bool covered = options_.policy.needed() > 0 && book_.best_meets_quorum();
  return covered ? book_.best() : book_.WithKnownLines(newest);
}

std::optional<uint64_t> Cosigner::CoveredTime() const {
  MutexLock lock(mutex_);
  const Result<ledger::Note> best = ledger::ParseNote(book_.best());
  if (!best.ok()) return std::nullopt;
  const Result<uint64_t> time = options_.policy.QuorumTime(*best);
  return time.ok() ? std::optional(*time) : std::nullopt;
}

std::vector<WitnessView> Cosigner::Witnesses() const {
  std::vector<WitnessView> views;
  MutexLock lock(mutex_);
  for (size_t i = 0; i < answers_.size(); ++i) {
    const ledger::WitnessPolicy::Witness& witness = options_.policy.witnesses()[i];
    WitnessView view{witness.name, witness.url, book_.SeenBy(witness.vkey), "", false, false};
    if (answers_[i]) view.last_answer = answers_[i]->text;
    view.trouble = answers_[i] && IsTrouble(*answers_[i]);
    view.asked_by_file = !book_.AskedOf(witness.vkey).empty();
    views.push_back(std::move(view));
  }
  return views;
}

}  // namespace spor::service
