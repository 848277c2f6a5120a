// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ledger/tlog_proof.h"
#include "tools/report/artefact.h"

// A receipt: the proof that one entry is in the log, as a C2SP tlog-proof whose `extra` is what follows. With openings
// it also says what the entry holds. docs/formats/receipt.md.
namespace spor::report {

inline constexpr std::string_view kReceiptFormat = "spor-receipt/1";

// How a sealed section came to be opened: the event that was recorded first, and what that event binds.
struct ReceiptDisclosure {
  std::string report;    // one compact JSON object: {made_at, index, scope, reason, content}
  DisclosedEntry event;  // its section 0 opened, and section 1 where a person is concerned
};

struct Receipt {
  std::string origin;
  Hash32 ledger_id{};
  std::vector<Hash32> genesis_proof;
  DisclosedEntry entry;  // with its own proof
  std::optional<ReceiptDisclosure> disclosure;
  SuccessionMembers succession;
  std::string checkpoint;  // the signed note
};

std::string FormatReceipt(const Receipt& receipt);

// What a receipt's entry shows, as its disclosure report says it: {entries, opened, closed, destroyed, digest}.
std::string ReceiptContentJson(const DisclosedEntry& entry);

// Whether the bytes claim to be a C2SP tlog-proof.
bool IsTlogProof(std::string_view text);
struct ReadReceiptResult {
  Artefact artefact;  // kind "receipt"; report and event only where there is a disclosure
  DisclosedEntry entry;
  bool disclosed = false;
};
// kFailed for anything that FormatReceipt() would not write.
Result<ReadReceiptResult> ReadReceipt(std::string_view text);

// Checks it offline; `trust` may be null.
Verification VerifyReceipt(std::string_view text, const Trust* trust);

}  // namespace spor::report
