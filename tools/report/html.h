// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "privacy/json.h"

namespace spor::report {

// An artefact or trust file to read and print (A4): bokmål first, English beside or below it, no scripts and nothing
// from outside. Shows what the document says; whether it is true, Verify() says. Never fails: what is missing is left
// out, tables are cut after 2,000 rows with a sentence that says so.
std::string RenderHtml(const privacy::JsonValue& document);

// SHA-256("spor/trust/v1" | the file's bytes), as 16 groups of four hexadecimal digits, for reading aloud.
std::string TrustFingerprint(std::string_view trust_bytes);

}  // namespace spor::report
