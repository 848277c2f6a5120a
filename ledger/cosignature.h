// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "ledger/note.h"

// C2SP tlog-cosignature, type 0x04: a witness saw this checkpoint, and nothing larger, at that time;
// docs/formats/cosignature.md.
namespace spor::ledger {

// A time above this is refused.
inline constexpr uint64_t kMaxCosignatureTime = (uint64_t{1} << 63) - 1;

// One signature line, with its newline, over the text of a checkpoint.
std::string Cosign(std::string_view checkpoint_text, std::string_view witness_name, uint64_t time_s,
                   const Signer& signer);
// The time, in seconds since 1970, at which `witness` says it saw the checkpoint; the newest if it says several.
// kNotFound if no line is by it, kFailed if one is and does not verify: the note is then refused whole.
// kInvalidArgument for a key that is not a witness's.
Result<uint64_t> VerifyCosignature(const Note& note, const VerifierKey& witness);

// The note with `lines` behind it; a line that the note had by the same name and key id goes, and of several in `lines`
// the last stays. kInvalidArgument when either is malformed or the result is too long to be a note.
// Security: verifies nothing. Verify lines from outside first, or they replace good ones.
Result<std::string> AddSignatureLines(std::string_view note, std::string_view lines);

}  // namespace spor::ledger
