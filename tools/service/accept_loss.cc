// SPDX-License-Identifier: Apache-2.0
#include "tools/service/accept_loss.h"

#include <algorithm>

#include "crypto/utf8.h"
#include "tools/service/copy_aside.h"

namespace spor::service {
namespace {

using ledger::CloseReason;
using Finding = ledger::AnchorCheck::Finding;

constexpr size_t kMaxReason = 1000;

Status Refused(std::string what) { return Status(Code::kInvalidArgument, std::move(what)); }

Status CheckRequest(const LossRequest& request) {
  RETURN_IF_ERROR(CheckOrigin(request.new_origin));
  const bool good = !request.reason.empty() && request.reason.size() <= kMaxReason && IsUtf8(request.reason);
  return good ? OkStatus() : Refused("a reason of 1 to 1,000 bytes is needed: --reason TEXT");
}

// The log ends with the batch that begins its newest origin.
Result<bool> EndsInFreshOrigin(const ledger::Store& store, const ledger::AnchorCheck& check) {
  if (check.keys.origins().size() < 2 || check.state.size != check.state.last_head + 1) return false;
  ASSIGN_OR_RETURN(const ledger::Entry entry, ledger::LogReader(store).EntryAt(check.state.last_head));
  ASSIGN_OR_RETURN(const ledger::HeadBody head, ledger::ParseHead(entry.body));
  return head.previous_head < check.keys.origins().back().genesis_index;
}

// Another log's anchor would be overwritten, and tells nothing of this one's.
bool IsOfAnotherLog(const ledger::AnchorCheck& check, const std::string& anchor_directory) {
  const std::vector<ledger::LogKeys::Origin>& origins = check.keys.origins();
  const std::optional<ledger::Checkpoint> claimed = ledger::Anchor(anchor_directory, origins.back()).Claimed();
  return claimed && std::none_of(origins.begin(), origins.end(), [&](const ledger::LogKeys::Origin& origin) {
           return origin.genesis.origin == claimed->origin;
         });
}

// Nothing that verifies is in the anchor: was that an earlier call, is it lost for good, or is it only elsewhere?
Status DecideWithoutAnchor(const ledger::Store& store, const HomePlaces& places, const LossRequest& request,
                           Loss& loss) {
  const ledger::AnchorCheck& check = loss.check;
  if (IsOfAnotherLog(check, places.anchor_dir)) {
    return Refused("the anchor in " + places.anchor_dir + " is of another log: give the right --anchor-dir, or with " +
                   "--anchor-lost one that is empty");
  }
  ASSIGN_OR_RETURN(const bool fresh, EndsInFreshOrigin(store, check));
  if (fresh && check.finding != Finding::kNotOfThisLog) {
    loss.unfinished = check.keys.genesis().origin == request.new_origin;
    return loss.unfinished ? OkStatus() : Refused(check.text);
  }
  if (!request.anchor_lost) {
    return Refused(check.text +
                   ". If it is gone for good, --anchor-lost says so: then nobody can tell what else is lost");
  }
  loss.reason = CloseReason::kAnchorLost;
  return OkStatus();
}

// The data may be of before an erasure; then its keys are destroyed, and it must not come back to life.
Status CheckGeneration(const ledger::Store& store, const HomePlaces& places, const HomeOptions& options) {
  const Status keys = CheckKeys(store, places, options);
  if (keys.ok()) return keys;
  return Status(Code::kCorrupt, "the slot files in " + places.keys_dir + " do not open what is left (" +
                                    keys.message() +
                                    "): the data directory may be a copy from before an erasure. Look for a newer "
                                    "copy; one whose root key is destroyed can't go on");
}

// Only our own line: what others signed beside it would not fit, and proves nothing here.
Result<std::string> OwnLineOnly(const std::string& note, const ledger::VerifierKey& key) {
  ASSIGN_OR_RETURN(ledger::Note parsed, ledger::ParseNote(note));
  std::erase_if(parsed.signatures,
                [&](const ledger::NoteSignature& line) { return line.name != key.name || line.key_id != key.key_id; });
  return ledger::FormatNote(parsed);
}

Result<ledger::GenesisBody> SuccessorGenesis(const ledger::Store& store, const LossRequest& request, const Loss& loss,
                                             const PublicKey32& log_key) {
  const ledger::LogKeys& keys = loss.check.keys;
  ledger::GenesisBody genesis;
  genesis.origin = request.new_origin;
  genesis.log_key = log_key;
  genesis.ledger_id = keys.genesis().ledger_id;
  ASSIGN_OR_RETURN(const std::string surviving, ledger::LogReader(store).StoredCheckpoint());
  std::vector<std::string> notes = {surviving};
  if (loss.reason != CloseReason::kAnchorLost) notes.push_back(loss.check.anchor_note);
  for (const std::string& note : notes) {
    ASSIGN_OR_RETURN(const ledger::Checkpoint checkpoint, keys.Open(note));
    ASSIGN_OR_RETURN(std::string own, OwnLineOnly(note, keys.KeyFor(checkpoint.size)));
    genesis.predecessors.push_back(std::move(own));
  }
  return genesis;
}

// That the loss was accepted, and why; with the audit units that this takes where they are missing. Who did it is not
// known to the service: it was not running.
struct LossRecord {
  ledger::EntryDraft event;
  std::vector<ledger::UnitOp> ops;
  ledger::Batch rows;
};
Result<LossRecord> RecordOf(const LossRequest& request, const Loss& loss, auth::AuditTrail& audit,
                            vault::Vault& vault) {
  LossRecord record;
  record.event.seal_id = RandomArray<16>();
  std::vector<ledger::Field> fields = auth::AuditFields(nullptr, "accept_loss", "done");
  fields.push_back(ledger::TextField("reason", request.reason));
  fields.push_back(ledger::TextField("closed", ledger::CloseReasonName(loss.reason)));
  ASSIGN_OR_RETURN(auth::AuditTrail::Unattended sealed,
                   audit.SealUnattended(auth::AuditClass::kEvidence, record.event.seal_id, 0, std::move(fields)));
  record.event.sections.push_back(std::move(sealed.section));
  record.ops = std::move(sealed.units.ops);
  record.rows = std::move(sealed.units.rows);
  RETURN_IF_ERROR(vault.keys().Wrap(sealed.units.units, record.rows));
  return record;
}

// As the newest head says; of a restored store with newer keys, as its slot file is.
Result<ledger::SlotsBody> SlotsInForce(const ledger::Store& store, const HomePlaces& places,
                                       const ledger::HeadBody& head) {
  ledger::SlotsBody slots;
  ASSIGN_OR_RETURN(slots.root_generation, vault::KeyTree::StoredGeneration(store));
  ASSIGN_OR_RETURN(const Bytes file, vault::SlotDirectory(places.keys_dir).Read(slots.root_generation));
  slots.slots_digest = vault::SlotsDigest(file);
  const bool same = slots.root_generation == head.root_generation && slots.slots_digest == head.slots_digest;
  if (same || slots.root_generation > head.root_generation) return slots;
  return Status(Code::kCorrupt, "the slot file in " + places.keys_dir + " is not the one that the log names");
}

}  // namespace

Result<Loss> ExamineLoss(const ledger::Store& store, const HomePlaces& places, const LossRequest& request,
                         const HomeOptions& options) {
  Loss loss;
  ASSIGN_OR_RETURN(loss.check, ledger::CompareWithAnchor(store, places.anchor_dir, request.checkpoint));
  const Finding finding = loss.check.finding;
  if (finding == Finding::kMatches) {
    return Refused("nothing is lost: the log has all " + std::to_string(loss.check.anchored.size) +
                   " entries that were anchored. Start the service; if it is a witness that has seen more, give its "
                   "checkpoint with --checkpoint FILE");
  }
  const bool shown = finding == Finding::kShorter || finding == Finding::kDiffers;
  if (shown && request.anchor_lost) {
    return Refused("it is known what was signed: leave --anchor-lost out, so that the successor names both heads");
  }
  loss.reason = finding == Finding::kShorter ? CloseReason::kShorter : CloseReason::kDiffers;
  if (!shown) RETURN_IF_ERROR(DecideWithoutAnchor(store, places, request, loss));
  if (loss.unfinished) return loss;
  for (const ledger::LogKeys::Origin& origin : loss.check.keys.origins()) {
    if (origin.genesis.origin != request.new_origin) continue;
    return Refused("--new-origin must be a name that this log never had: " + request.new_origin + " is one of its own");
  }
  ASSIGN_OR_RETURN(const ledger::FsckReport report, ledger::Fsck(store, "", nullptr));
  if (!report.first_damaged.empty()) {
    return Status(Code::kCorrupt, "what is left is itself damaged: " + report.first_damaged +
                                      ". Look for a copy that fsck accepts; a damaged log does not go on");
  }
  RETURN_IF_ERROR(CheckGeneration(store, places, options));
  return loss;
}

Status BeginSuccessor(ledger::Store& store, const HomePlaces& places, const LossRequest& request, const Loss& loss,
                      const HomeOptions& options) {
  const SystemClock system_clock;
  const Clock& clock = options.clock != nullptr ? *options.clock : system_clock;
  const Hash32& ledger_id = loss.check.keys.genesis().ledger_id;
  ASSIGN_OR_RETURN(const privacy::StoredPolicy policy, privacy::LoadPolicy(store));
  ASSIGN_OR_RETURN(const std::unique_ptr<vault::Vault> vault, OpenVault(store, places, options, ledger_id));
  ASSIGN_OR_RETURN(const ledger::Entry entry, ledger::LogReader(store).EntryAt(loss.check.state.last_head));
  ASSIGN_OR_RETURN(const ledger::HeadBody head, ledger::ParseHead(entry.body));
  const SigningKey log_key = SigningKey::Random();
  const Signer signer(log_key);
  ledger::Ledger::Succession next;
  next.closing = {loss.reason, loss.check.stored, {}};
  if (loss.reason != CloseReason::kAnchorLost) next.closing.lost = loss.check.anchored;
  ledger::Ledger::Genesis& first = next.first;
  ASSIGN_OR_RETURN(first.genesis, SuccessorGenesis(store, request, loss, signer.public_key()));
  ASSIGN_OR_RETURN(first.slots, SlotsInForce(store, places, head));
  first.policy = privacy::MakePolicyBody(policy.policy, policy.toml);
  if (first.policy.digest != head.policy_digest) {
    return Status(Code::kCorrupt, "the stored policy is not the one that the log names");
  }
  first.facts = {first.slots.root_generation, first.slots.slots_digest, head.policy_digest, head.flags};
  vault->keys().AddLogKey(SecretBytes::CopyOf(log_key.Reveal()), first.extra);
  const privacy::PolicyAuditRules rules(policy.policy);
  auth::AuditTrail audit(*vault, store, clock, rules);
  RETURN_IF_ERROR(audit.Load());
  ASSIGN_OR_RETURN(LossRecord record, RecordOf(request, loss, audit, *vault));
  next.entries.push_back(std::move(record.event));
  first.ops = std::move(record.ops);
  first.extra.Append(std::move(record.rows));
  const privacy::OsloLegalDay legal_day;
  ledger::LedgerOptions log;
  log.origin = request.new_origin;
  log.anchor_directory = places.anchor_dir;
  log.store = &store;
  log.clock = &clock;
  log.legal_day = &legal_day;
  log.keeper = &vault->keys();
  log.signer = &signer;
  return ledger::Ledger::Succeed(log, std::move(next));
}

// The batch of the successor is there; only its anchor is missing.
Status AnchorSuccessor(const ledger::Store& store, const HomePlaces& places, const Loss& loss) {
  ASSIGN_OR_RETURN(const std::string note, ledger::LogReader(store).StoredCheckpoint());
  ledger::Anchor anchor(places.anchor_dir, loss.check.keys.origins().back());
  RETURN_IF_ERROR(anchor.Create());
  return anchor.Write(note);
}

namespace {

Result<std::unique_ptr<ledger::Store>> OpenStore(const HomePlaces& places, ledger::StoreOptions::Mode mode) {
  return ledger::OpenRocksStore(places.home + "/db", {mode});
}

}  // namespace

Result<AcceptedLoss> AcceptLoss(const HomePlaces& places, const LossRequest& request, const HomeOptions& options,
                                const ConfirmLoss& confirm) {
  using Mode = ledger::StoreOptions::Mode;
  RETURN_IF_ERROR(CheckRequest(request));
  ASSIGN_OR_RETURN(const HomeLock lock, HomeLock::Take(places.home));
  AcceptedLoss out;
  {
    ASSIGN_OR_RETURN(const std::unique_ptr<ledger::Store> store, OpenStore(places, Mode::kReadOnly));
    ASSIGN_OR_RETURN(out.loss, ExamineLoss(*store, places, request, options));
    if (out.loss.unfinished) {
      RETURN_IF_ERROR(AnchorSuccessor(*store, places, out.loss));
      out.keys = out.loss.check.keys;
      return out;
    }
  }
  RETURN_IF_ERROR(confirm(out.loss));
  const SystemClock system_clock;
  const Clock& clock = options.clock != nullptr ? *options.clock : system_clock;
  ASSIGN_OR_RETURN(out.copy, CopyAside(places, clock.Now()));
  {
    // The copy is worth something only if it opens and is the same log.
    ASSIGN_OR_RETURN(const std::unique_ptr<ledger::Store> copied,
                     ledger::OpenRocksStore(out.copy + "/db", {Mode::kReadOnly}));
    ASSIGN_OR_RETURN(const ledger::AnchorCheck check, ledger::CompareWithAnchor(*copied, out.copy + ".anchor"));
    if (check.stored != out.loss.check.stored) return Status(Code::kIo, "the copy in " + out.copy + " is another log");
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<ledger::Store> store, OpenStore(places, Mode::kOpen));
  RETURN_IF_ERROR(BeginSuccessor(*store, places, request, out.loss, options));
  ASSIGN_OR_RETURN(out.keys, ledger::CheckAgainstAnchor(*store, places.anchor_dir));
  return out;
}

}  // namespace spor::service
