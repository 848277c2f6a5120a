// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <set>

#include "crypto/files.h"
#include "crypto/hash.h"
#include "tests/doubles/places.h"
#include "tests/fuzz/targets.h"
#include "tools/report/document.h"
#include "tools/report/html.h"
#include "tools/report/trust.h"
#include "tools/report/verify.h"

namespace spor::fuzz {
namespace {

// The trust file of the log that the artefacts of the corpus are from, and what those are.
struct Pinned {
  Pinned() {
    const std::string corpus = doubles::SourceDir() + "/tests/fuzz/corpus/";
    const Result<std::string> file = ReadSmallFile(corpus + "trust/trust_of_the_artefacts", 1 << 20);
    CHECK(file.ok());
    trust = *file;
    for (const auto& seed : std::filesystem::directory_iterator(corpus + "artefact")) {
      if (!seed.path().filename().string().starts_with("genuine_")) continue;
      const Result<std::string> content = ReadSmallFile(seed.path(), 1 << 22);
      CHECK(content.ok());
      genuine.insert(Sha256(AsBytes(*content)));
    }
  }
  std::string trust;
  std::set<Hash32> genuine;
};

}  // namespace

int FuzzTrust(ByteView input) {
  const Result<report::Trust> trust = report::ParseTrust(AsText(input));
  if (!trust.ok()) return 0;
  CHECK(!trust->keys.empty() && trust->keys[0].start_index == 0);
  CHECK(report::ParseDocument(AsText(input)).ok());
  return 0;
}

// Certificates, reviews, extracts and receipts: nothing but what the service wrote ever verifies, and whatever parses
// can be shown.
int FuzzArtefact(ByteView input) {
  static const Pinned pinned;
  const Result<report::Verification> found = report::Verify(AsText(input), pinned.trust);
  // Where this fails for a file of the corpus, the format has changed: write the corpora again.
  const bool verified = found.ok() && found->result != "failed";
  CHECK(verified == pinned.genuine.contains(Sha256(input)));
  (void)report::Verify(AsText(input), "");
  const Result<report::JsonValue> document = report::ParseDocument(AsText(input));
  if (document.ok()) (void)report::RenderHtml(*document);
  return 0;
}

}  // namespace spor::fuzz
