// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/targets.h"

#include <array>

namespace spor::fuzz {
namespace {

constexpr std::array kTargets = {
    Target{"base64", FuzzBase64},
    Target{"hex", FuzzHex},
    Target{"codec", FuzzCodec},
    Target{"utf8", FuzzUtf8},
    Target{"note", FuzzNote},
    Target{"signature_lines", FuzzSignatureLines},
    Target{"verifier_key", FuzzVerifierKey},
    Target{"checkpoint", FuzzCheckpoint},
    Target{"signed_checkpoint", FuzzSignedCheckpoint},
    Target{"tlog_proof", FuzzTlogProof},
    Target{"tile_path", FuzzTilePath},
    Target{"entry_bundle", FuzzEntryBundle},
    Target{"witness_policy", FuzzWitnessPolicy},
    Target{"add_checkpoint", FuzzAddCheckpoint},
    Target{"tlog_size", FuzzTlogSize},
    Target{"witness_state", FuzzWitnessState},
    Target{"witness_verdict", FuzzWitnessVerdict},
    Target{"tree_proofs", FuzzTreeProofs},
    Target{"map_proof", FuzzMapProof},
    Target{"pruned_map", FuzzPrunedMap},
    Target{"map_changes", FuzzMapChanges},
    Target{"entry", FuzzEntry},
    Target{"body", FuzzBody},
    Target{"ledger_rows", FuzzLedgerRows},
    Target{"record_file", FuzzRecordFile},
    Target{"store_rows", FuzzStoreRows},
    Target{"section_fields", FuzzSectionFields},
    Target{"section", FuzzSection},
    Target{"slot_file", FuzzSlotFile},
    Target{"key_copy", FuzzKeyCopy},
    Target{"custody_row", FuzzCustodyRow},
    Target{"sealed_field", FuzzSealedField},
    Target{"unit_info", FuzzUnitInfo},
    Target{"key_rows", FuzzKeyRows},
    Target{"recovery_key", FuzzRecoveryKey},
    Target{"account_row", FuzzAccountRow},
    Target{"session_row", FuzzSessionRow},
    Target{"json", FuzzJson},
    Target{"policy", FuzzPolicy},
    Target{"event", FuzzEvent},
    Target{"csv", FuzzCsv},
    Target{"dates", FuzzDates},
    Target{"profile", FuzzProfile},
    Target{"run", FuzzRun},
    Target{"trust", FuzzTrust},
    Target{"artefact", FuzzArtefact},
    Target{"tcp_address", FuzzTcpAddress},
    Target{"backup_note", FuzzBackupNote},
};

}  // namespace

std::span<const Target> Targets() { return kTargets; }

const Target* FindTarget(std::string_view name) {
  for (const Target& target : kTargets) {
    if (target.name == name) return &target;
  }
  return nullptr;
}

}  // namespace spor::fuzz
