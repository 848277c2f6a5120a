// SPDX-License-Identifier: Apache-2.0
#include "tools/report/extract_content.h"

#include "crypto/labels.h"

namespace spor::report {

ExtractContent::ExtractContent() : digest_(std::make_unique<Sha256Stream>()) {
  digest_->Update(AsBytes(label::kReportDigest));
}

void ExtractContent::Add(uint64_t index, ByteView bytes, const std::vector<DisclosedSection>& sections) {
  ++entries_;
  for (const DisclosedSection& section : sections) {
    opened_ += section.state == DisclosedSection::State::kOpening;
    closed_ += section.state == DisclosedSection::State::kClosed;
    destroyed_ += section.state == DisclosedSection::State::kDestroyed;
  }
  digest_->Update(AsBytes(std::to_string(index) + " " + RangeEntryJson(bytes, sections) + "\n"));
}

std::string ExtractContent::Json() {
  JsonWriter json;
  json.BeginObject().Key("entries").Uint(entries_).Key("opened").Uint(opened_).Key("closed").Uint(closed_);
  json.Key("destroyed").Uint(destroyed_).Key("digest").String(HexEncode(digest_->Finish()));
  return json.EndObject().Take();
}

std::string ExtractContent::Nb() const {
  return std::to_string(opened_) + " åpnet, " + std::to_string(closed_) + " lukket, " + std::to_string(destroyed_) +
         " ødelagt.";
}

std::string ExtractContent::En() const {
  return std::to_string(opened_) + " opened, " + std::to_string(closed_) + " closed, " + std::to_string(destroyed_) +
         " destroyed.";
}

}  // namespace spor::report
