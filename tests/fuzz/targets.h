// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "crypto/bytes.h"

// One function for each parser of this house. It takes any bytes, and CHECKs what must hold of them: what is parsed is
// written back as it was, what is verified is true. libFuzzer calls it with what it makes up (`./dev fuzz`), the unit
// tests with every file of tests/fuzz/corpus/NAME. Each answers 0.
namespace spor::fuzz {

// crypto
int FuzzBase64(ByteView input);
int FuzzHex(ByteView input);
int FuzzCodec(ByteView input);
int FuzzUtf8(ByteView input);
// ledger
int FuzzNote(ByteView input);
int FuzzSignatureLines(ByteView input);
int FuzzVerifierKey(ByteView input);
int FuzzCheckpoint(ByteView input);
int FuzzSignedCheckpoint(ByteView input);
int FuzzTlogProof(ByteView input);
int FuzzTilePath(ByteView input);
int FuzzEntryBundle(ByteView input);
int FuzzWitnessPolicy(ByteView input);
int FuzzAddCheckpoint(ByteView input);
int FuzzTlogSize(ByteView input);
int FuzzWitnessState(ByteView input);
int FuzzWitnessVerdict(ByteView input);
int FuzzTreeProofs(ByteView input);
int FuzzMapProof(ByteView input);
int FuzzPrunedMap(ByteView input);
int FuzzMapChanges(ByteView input);
int FuzzEntry(ByteView input);
int FuzzBody(ByteView input);
int FuzzLedgerRows(ByteView input);
int FuzzRecordFile(ByteView input);
int FuzzStoreRows(ByteView input);
int FuzzSectionFields(ByteView input);
int FuzzSection(ByteView input);
// vault
int FuzzSlotFile(ByteView input);
int FuzzKeyCopy(ByteView input);
int FuzzCustodyRow(ByteView input);
int FuzzSealedField(ByteView input);
int FuzzUnitInfo(ByteView input);
int FuzzKeyRows(ByteView input);
int FuzzRecoveryKey(ByteView input);
// auth
int FuzzAccountRow(ByteView input);
int FuzzSessionRow(ByteView input);
// privacy
int FuzzJson(ByteView input);
int FuzzPolicy(ByteView input);
int FuzzEvent(ByteView input);
int FuzzCsv(ByteView input);
int FuzzDates(ByteView input);
int FuzzProfile(ByteView input);
int FuzzRun(ByteView input);
// tools/report
int FuzzTrust(ByteView input);
int FuzzArtefact(ByteView input);
// tools/service
int FuzzTcpAddress(ByteView input);
int FuzzBackupNote(ByteView input);

struct Target {
  const char* name;  // also of its folder in tests/fuzz/corpus
  int (*run)(ByteView);
};
std::span<const Target> Targets();
const Target* FindTarget(std::string_view name);

}  // namespace spor::fuzz
