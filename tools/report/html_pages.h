// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>

#include "tools/report/document.h"
#include "tools/report/html_writer.h"

// The pages that RenderHtml() chooses from. They read what is there and leave out what is not.
namespace spor::report {

// Empty for a member that is missing or of another type.
std::string TextOf(const JsonValue* object, std::string_view key);
// Also of numbers and of true and false ("ja", "nei").
std::string ValueOf(const JsonValue* object, std::string_view key);
// 2027-02-28 as 28.02.2027; anything else as it is, but for the words of artefacts, which are told in both languages.
std::string Readable(std::string_view text);
std::span<const JsonValue> ArrayOf(const JsonValue* object, std::string_view key);
const JsonValue* MemberOf(const JsonValue* object, std::string_view key);
// number -> "nb / en" of the report's categories or rules.
std::map<int64_t, std::string> NamesOf(const JsonValue* report, std::string_view key);

// What all artefacts begin and end with.
void WriteOrigin(HtmlWriter& out, const JsonValue& document);
void WriteLimits(HtmlWriter& out, const JsonValue* report);
void WriteHowToVerify(HtmlWriter& out);

std::string CertificatePage(const JsonValue& document);
std::string ReviewPage(const JsonValue& document);
std::string ExtractPage(const JsonValue& document);

}  // namespace spor::report
