// SPDX-License-Identifier: Apache-2.0
#include "ledger/anchor_check.h"

#include "ledger/tiles.h"

namespace spor::ledger {
namespace {

using Finding = AnchorCheck::Finding;

constexpr const char* kAfterALoss =
    ". Do not write to it: copy the data directory aside and look for a newer copy; if there is none, `spor log "
    "accept-loss` closes this origin and goes on under a new one";

// A row of the store names the entries with the keys; that they are the log's own shows the tree.
Status VerifyKeyEntries(const LogReader& reader, const TileTree& tree, const AnchorCheck& check) {
  for (const uint64_t index : check.keys.entries()) {
    ASSIGN_OR_RETURN(const Bytes bytes, reader.EntryBytes(index));
    ASSIGN_OR_RETURN(const std::vector<Hash32> proof, InclusionProof(tree, index, check.stored.size));
    if (!VerifyInclusion(index, check.stored.size, LeafHash(bytes), proof, check.stored.root).ok()) {
      return Status(Code::kCorrupt,
                    "entry " + std::to_string(index) + " is not the one that the log's hashes were made of");
    }
  }
  return OkStatus();
}

// Nothing verifies: says why as far as the files tell.
void ExplainMissing(const Anchor& anchor, const std::string& directory, AnchorCheck& check) {
  const std::optional<Checkpoint> claimed = anchor.Claimed();
  const std::vector<LogKeys::Origin>& origins = check.keys.origins();
  const std::string& origin = check.keys.genesis().origin;
  if (origins.size() > 1 && claimed && claimed->origin == origins[origins.size() - 2].genesis.origin) {
    check.finding = Finding::kNotAnchored;
    check.text = "the anchor in " + directory + " still names the closed origin " + Shown(claimed->origin) +
                 ": an accept-loss was interrupted; run it again with --new-origin " + origin;
    return;
  }
  check.finding = Finding::kNotOfThisLog;
  check.text = "no anchor in " + directory + " is signed by a key of this log";
  if (claimed && claimed->origin == origin && claimed->size > check.stored.size) {
    check.text += ", but it speaks of the same origin with " + std::to_string(claimed->size) +
                  " entries, and this has " + std::to_string(check.stored.size) +
                  ": the data directory is probably older than a key rotation; look for a newer copy";
  } else {
    check.text += ": give the right --anchor-dir, or see docs/operations.md, \"When the start is refused\"";
  }
}

// Whether the log still holds what this checkpoint says.
Result<Finding> Compare(const TileTree& tree, const LogPoint& stored, const Checkpoint& checkpoint) {
  if (checkpoint.size > stored.size) return Finding::kShorter;
  ASSIGN_OR_RETURN(const Hash32 root, RootAt(tree, checkpoint.size));
  return root == checkpoint.root ? Finding::kMatches : Finding::kDiffers;
}

void Explain(Finding finding, const char* where, const std::string& note, const Checkpoint& said, AnchorCheck& check) {
  check.finding = finding;
  check.anchor_note = note;
  check.anchored = {said.size, said.root};
  const std::string size = std::to_string(said.size);
  if (finding == Finding::kShorter) {
    check.text = "the log has " + std::to_string(check.stored.size) + " entries, but " + size + " were " + where +
                 ": entries are missing" + kAfterALoss;
  } else if (finding == Finding::kDiffers) {
    check.text = "the log differs from what was " + std::string(where) + " at " + size + " entries" + kAfterALoss;
  }
}

// A checkpoint from elsewhere takes the anchor's place where it alone, or it too and of more entries, shows a loss.
Status CompareKnown(const TileTree& tree, const std::string& known, AnchorCheck& check) {
  const Result<Checkpoint> said = check.keys.Open(known);
  if (!said.ok()) return Status(Code::kInvalidArgument, "the checkpoint from elsewhere: " + said.error().message());
  ASSIGN_OR_RETURN(const Finding finding, Compare(tree, check.stored, *said));
  const bool loss_known = check.finding == Finding::kShorter || check.finding == Finding::kDiffers;
  if (finding == Finding::kMatches || (loss_known && check.anchored.size >= said->size)) return OkStatus();
  Explain(finding, "signed, as a checkpoint from elsewhere shows,", known, *said, check);
  return OkStatus();
}

}  // namespace

Result<AnchorCheck> CompareWithAnchor(const Store& store, const std::string& anchor_directory,
                                      const std::string& known) {
  AnchorCheck check;
  const LogReader reader(store);
  ASSIGN_OR_RETURN(check.state, reader.State());
  ASSIGN_OR_RETURN(check.keys, LoadLogKeys(reader));
  TileTree tree(store);
  std::vector<Hash32> leaves;
  const uint64_t size = check.state.size;
  RETURN_IF_ERROR(reader.Scan(size / kTileWidth * kTileWidth, size, [&](uint64_t, ByteView bytes) {
    leaves.push_back(LeafHash(bytes));
    return true;
  }));
  RETURN_IF_ERROR(tree.Load(size, leaves));
  ASSIGN_OR_RETURN(const Hash32 root, RootAt(tree, size));
  check.stored = {size, root};
  RETURN_IF_ERROR(VerifyKeyEntries(reader, tree, check));
  const Anchor anchor(anchor_directory, check.keys.origins().back());
  const Result<std::optional<std::string>> note = anchor.NewestNote();
  if (!note.ok() && note.error().code() != Code::kCorrupt) return note.error();
  if (!note.ok()) {
    ExplainMissing(anchor, anchor_directory, check);
  } else if (!*note) {
    check.finding = Finding::kNoAnchor;
    check.text = "there is no anchor in " + anchor_directory +
                 ": give the right --anchor-dir; if it is lost, see docs/operations.md, \"When the start is refused\"";
  } else {
    ASSIGN_OR_RETURN(const Checkpoint anchored, check.keys.Open(**note));
    ASSIGN_OR_RETURN(const Finding finding, Compare(tree, check.stored, anchored));
    Explain(finding, "anchored", **note, anchored, check);
  }
  if (!known.empty()) RETURN_IF_ERROR(CompareKnown(tree, known, check));
  return check;
}

Result<LogKeys> CheckAgainstAnchor(const Store& store, const std::string& anchor_directory) {
  ASSIGN_OR_RETURN(AnchorCheck check, CompareWithAnchor(store, anchor_directory));
  if (check.finding != Finding::kMatches) return Status(Code::kCorrupt, check.text);
  return std::move(check.keys);
}

}  // namespace spor::ledger
