// SPDX-License-Identifier: Apache-2.0
//
//   make_log DIR [ENTRIES [RECEIPTS [PROOFS]]]
//   make_log --check TREE VKEY_FILE [POLICY_FILE]
//   make_log --check-receipt FILE... TRUST_FILE
//
// Makes a log of at least ENTRIES entries (default 1,000) with everything in it that a log has, and writes it to the
// new directory DIR as a stranger gets it, for readers that are written from docs/formats alone. No service is needed.
// What lies in DIR afterwards, and what the other two modes print, is said in tests/reader/README.md.
#include <charconv>
#include <cstdio>
#include <fstream>

#include "crypto/files.h"
#include "tests/doubles/world.h"
#include "tests/reader/check_log.h"
#include "tools/cli/tree_export.h"
#include "tools/report/receipt.h"
#include "tools/service/accept_loss.h"

namespace spor {
namespace {

using doubles::Rows;
using doubles::World;

constexpr uint64_t kPeople = 40;

struct Wanted {
  std::string directory;
  uint64_t entries = 1000;
  uint64_t receipts = 12;
  uint64_t proofs = 300;
};

std::string Person(uint64_t n) { return "K" + std::to_string(1000 + n); }

std::string Events(uint64_t first, uint64_t count) {
  std::string lines;
  for (uint64_t n = first; n < first + count; ++n) {
    lines +=
        "{\"event_id\":\"e" + std::to_string(n) +
        "\",\"time\":\"2026-11-24T09:30:00Z\",\"kind\":\"processing\",\"action\":\"send\",\"category\":\"contact\"," +
        "\"purpose\":\"newsletter\",\"subject\":{\"external_id\":\"" + Person(n % kPeople) + "\"}}\n";
  }
  return lines;
}

// Events in batches of all sizes, a signed checkpoint now and then, until the log has `entries`.
Status Ingest(World& world, uint64_t entries, uint64_t& next) {
  for (uint64_t round = 0; world.ledger().size() < entries; ++round) {
    const uint64_t batch = std::min(1 + round * 7 % 200, entries - world.ledger().size());
    RETURN_IF_ERROR(world.Ingest(Events(next, batch)).status());
    next += batch;
    if (round % 3 == 0) RETURN_IF_ERROR(world.ledger().Publish().status());
  }
  return OkStatus();
}

void Write(const Wanted& wanted, const std::string& name, const std::string& text) {
  std::ofstream(wanted.directory + "/" + name, std::ios::binary) << text;
}

report::ReportParts ReportsOf(World& world) {
  const privacy::Parts& rooms = world.parts();
  return {rooms.ledger, rooms.store, rooms.vault, rooms.audit, rooms.auth, rooms.policy, rooms.subjects, rooms.clock};
}

// As an auditor would have got it at this moment.
Status WriteTrust(World& world, const Wanted& wanted, const std::string& name) {
  ASSIGN_OR_RETURN(const std::string trust, report::MakeTrustFile(ReportsOf(world)));
  Write(wanted, name, trust);
  return OkStatus();
}

// What was written last is gone, but its checkpoint was anchored: the log goes on under another origin.
Status Lose(World& world, uint64_t& next) {
  doubles::MemoryStore older(*world.memory);
  RETURN_IF_ERROR(world.Ingest(Events(next, 50)).status());
  next += 50;
  RETURN_IF_ERROR(world.ledger().Publish().status());
  world.Close();
  for (size_t family = 0; family < ledger::kFamilies; ++family) {
    world.memory->Table(static_cast<ledger::Family>(family)) = older.Table(static_cast<ledger::Family>(family));
  }
  service::LossRequest request;
  request.new_origin = "world.example/log-2";
  request.reason = "to try a reader";
  ASSIGN_OR_RETURN(const service::Loss loss, service::ExamineLoss(*world.fault, world.places(), request));
  RETURN_IF_ERROR(service::BeginSuccessor(*world.fault, world.places(), request, loss, world.options));
  RETURN_IF_ERROR(world.Open());
  return world.Login();
}

// The log's key changes, then the root key; the log loses its end, and two more keys follow in its successor.
Status ChangeKeys(World& world, const Wanted& wanted, uint64_t& next) {
  const auto ingest_to = [&](uint64_t percent) { return Ingest(world, wanted.entries * percent / 100, next); };
  RETURN_IF_ERROR(ingest_to(70));
  RETURN_IF_ERROR(world.home().RotateLogKey(world.actor).status());
  RETURN_IF_ERROR(world.home().keys().Rotate(world.actor).status());
  RETURN_IF_ERROR(ingest_to(75));
  RETURN_IF_ERROR(WriteTrust(world, wanted, "trust-closed.json"));
  RETURN_IF_ERROR(Lose(world, next));
  RETURN_IF_ERROR(ingest_to(80));
  RETURN_IF_ERROR(WriteTrust(world, wanted, "trust-before.json"));
  RETURN_IF_ERROR(world.home().RotateLogKey(world.actor).status());
  RETURN_IF_ERROR(ingest_to(85));
  RETURN_IF_ERROR(world.home().RotateLogKey(world.actor).status());
  return ingest_to(100);
}

// People come, their clocks start, some are erased, life goes on.
Status Live(World& world, const Wanted& wanted) {
  Rows contacts;
  Rows purchases;
  Rows ended;
  for (uint64_t n = 0; n < kPeople; ++n) {
    contacts.push_back({Person(n), "Fornavn", "Etternavn" + std::to_string(n), Person(n) + "@example.no", "900"});
    purchases.push_back({Person(n), "course", "1200", "2026-11-24"});
    if (n % 4 == 0) ended.push_back({Person(n), n % 8 == 0 ? "2025-01-31" : "2026-11-20"});
  }
  RETURN_IF_ERROR(
      world.Import("contact", {"external_id", "first_name", "last_name", "email", "phone"}, contacts).status());
  RETURN_IF_ERROR(
      world.Import("purchase_history", {"external_id", "product", "price", "purchase_date"}, purchases).status());
  uint64_t next = 0;
  RETURN_IF_ERROR(Ingest(world, std::min<uint64_t>(wanted.entries, 300), next));
  RETURN_IF_ERROR(world.StartClock("customer_relationship_ended", ended).status());
  RETURN_IF_ERROR(world.Run().status());
  RETURN_IF_ERROR(world.GoTo("2027-03-01"));
  RETURN_IF_ERROR(ChangeKeys(world, wanted, next));
  return world.ledger().Publish().status();
}

std::string Hex(const std::vector<Hash32>& hashes) {
  std::string out;
  for (const Hash32& hash : hashes) out += HexEncode(hash);
  return out.empty() ? "-" : out;
}

Status WriteTree(World& world, const Wanted& wanted, const std::string& note, uint64_t size) {
  const ledger::TileFiles files(*world.parts().store, world.ledger().nodes());
  cli::ExportOptions options;
  options.directory = wanted.directory + "/log";
  return cli::ExportTree(
             note, [&](const ledger::TilePath& path) { return files.Read(path, size); }, options)
      .status();
}

Status WriteProofs(World& world, const Wanted& wanted, uint64_t last) {
  const ledger::NodeSource& nodes = world.ledger().nodes();
  std::string roots;
  std::string inclusion;
  std::string consistency;
  for (uint64_t size = 0; size <= last; ++size) {
    ASSIGN_OR_RETURN(const Hash32 root, ledger::RootAt(nodes, size));
    roots += std::to_string(size) + " " + HexEncode(root) + "\n";
    for (uint64_t index = 0; index < size; ++index) {
      ASSIGN_OR_RETURN(const std::vector<Hash32> proof, ledger::InclusionProof(nodes, index, size));
      inclusion += std::to_string(size) + " " + std::to_string(index) + " " + Hex(proof) + "\n";
      ASSIGN_OR_RETURN(const std::vector<Hash32> grown, ledger::ConsistencyProof(nodes, index + 1, size));
      consistency += std::to_string(index + 1) + " " + std::to_string(size) + " " + Hex(grown) + "\n";
    }
  }
  Write(wanted, "roots.txt", roots);
  Write(wanted, "inclusion.txt", inclusion);
  Write(wanted, "consistency.txt", consistency);
  return OkStatus();
}

// What a reader must find in a receipt, one line each.
std::string Expected(const std::string& file, const report::ReadReceiptResult& receipt) {
  const std::string state = receipt.disclosed ? "opened" : "closed";
  std::string out = "receipt " + file + " " + std::to_string(receipt.entry.index) + " " + state + "\n";
  for (size_t i = 0; i < receipt.entry.sections.size(); ++i) {
    const auto fields = report::OpenDisclosed(receipt.artefact.ledger_id, receipt.entry, i);
    if (!fields.ok()) continue;
    for (const ledger::Field& field : *fields) {
      out += "field " + file + " " + std::to_string(i) + " " + field.name + " " +
             std::to_string(static_cast<int>(field.type)) + " " + (field.value.empty() ? "-" : HexEncode(field.value)) +
             "\n";
    }
  }
  return out;
}

// Closed, with the audit section opened, and with a person's section opened, in turn.
Status WriteReceipts(World& world, const Wanted& wanted, const report::ReportParts& parts, uint64_t size) {
  std::string expected;
  for (uint64_t n = 0; n < wanted.receipts; ++n) {
    report::ReceiptRequest request;
    request.index = n == 0 ? 0 : size - 1 - (n - 1) * (size / 2) / wanted.receipts;
    if (n % 3 != 0) request.open = report::ReceiptRequest::Open::kYes;
    if (n % 3 != 0) request.reason = "to try a reader";
    if (n % 3 == 2) request.subject = "external_id:" + Person(n % kPeople);
    Result<std::string> receipt = Status(Code::kNotFound, "");
    // Not every entry holds something sealed, or something of the person: go back to one that does.
    while (!receipt.ok() && receipt.error().code() == Code::kNotFound) {
      receipt = report::MakeReceipt(parts, world.actor, request);
      if (request.index-- == 0) break;
    }
    RETURN_IF_ERROR(receipt.status());
    const std::string file = std::to_string(n) + ".tlog-proof";
    Write(wanted, "receipts/" + file, *receipt);
    ASSIGN_OR_RETURN(const report::ReadReceiptResult read, report::ReadReceipt(*receipt));
    expected += Expected(file, read);
  }
  Write(wanted, "receipts/expected.txt", expected);
  return OkStatus();
}

Status Make(const Wanted& wanted) {
  std::error_code error;
  if (!std::filesystem::create_directory(wanted.directory, error)) {
    return Status(Code::kConflict, wanted.directory + " can't be made, or is there already");
  }
  std::filesystem::create_directory(wanted.directory + "/receipts", error);
  const doubles::TempDir scratch;
  World world(scratch.path());
  RETURN_IF_ERROR(world.Begin());
  RETURN_IF_ERROR(Live(world, wanted));
  RETURN_IF_ERROR(WriteReceipts(world, wanted, ReportsOf(world), world.ledger().size()));
  ASSIGN_OR_RETURN(const std::string note, world.ledger().Publish());
  ASSIGN_OR_RETURN(const ledger::Checkpoint checkpoint, report::ReadUnverifiedCheckpoint(note));
  RETURN_IF_ERROR(WriteTree(world, wanted, note, checkpoint.size));
  RETURN_IF_ERROR(WriteProofs(world, wanted, std::min(wanted.proofs, checkpoint.size)));
  RETURN_IF_ERROR(WriteTrust(world, wanted, "trust.json"));
  Write(wanted, "log.vkey", ledger::FormatVerifierKey(world.ledger().keys().KeyFor(checkpoint.size)) + "\n");
  std::printf("%s: %llu entries, %llu receipts\n", wanted.directory.c_str(),
              static_cast<unsigned long long>(checkpoint.size), static_cast<unsigned long long>(wanted.receipts));
  return OkStatus();
}

bool ReadNumber(const std::string& text, uint64_t& number) {
  const char* end = text.data() + text.size();
  return std::from_chars(text.data(), end, number).ptr == end;
}

int Say(const std::string& what, const Status& status) {
  std::printf("%s: %s\n", what.c_str(), status.ok() ? "accepted" : ("refused: " + status.message()).c_str());
  return status.ok() ? 0 : 1;
}

// One line for each thing checked; 1 if any is refused, 2 if a file that says what to trust can't be read.
int Check(const std::vector<std::string>& words) {
  constexpr size_t kMaxBytes = size_t{8} << 20;
  const bool log = words[0] == "--check";
  const Result<std::string> trust = ReadSmallFile(log ? words[2] : words.back(), kMaxBytes);
  if (!trust.ok()) return 2;
  if (log) {
    std::optional<std::string> policy;
    if (words.size() > 3) {
      const Result<std::string> text = ReadSmallFile(words[3], kMaxBytes);
      if (!text.ok()) return 2;
      policy = *text;
    }
    return Say(words[1], reader::CheckLog(words[1], trust->substr(0, trust->find('\n')), policy));
  }
  int worst = 0;
  for (size_t i = 1; i + 1 < words.size(); ++i) {
    const Result<std::string> receipt = ReadSmallFile(words[i], kMaxBytes);
    worst |= Say(words[i], receipt.ok() ? reader::CheckReceipt(*receipt, *trust) : receipt.status());
  }
  return worst;
}

int Main(const std::vector<std::string>& words) {
  Wanted wanted;
  const bool check = !words.empty() && words[0].starts_with("--check");
  bool good = InitCrypto().ok();
  if (check) {
    good &= words.size() >= 3 && (words[0] == "--check" ? words.size() <= 4 : words[0] == "--check-receipt");
  } else {
    good &= !words.empty() && words.size() <= 4;
    if (words.size() > 1) good &= ReadNumber(words[1], wanted.entries);
    if (words.size() > 2) good &= ReadNumber(words[2], wanted.receipts);
    if (words.size() > 3) good &= ReadNumber(words[3], wanted.proofs);
  }
  if (!good) {
    std::fprintf(stderr,
                 "usage: make_log DIR [ENTRIES [RECEIPTS [PROOFS]]]\n"
                 "       make_log --check TREE VKEY_FILE [POLICY_FILE]\n"
                 "       make_log --check-receipt FILE... TRUST_FILE\n");
    return 2;
  }
  if (check) return Check(words);
  wanted.directory = words[0];
  const Status made = Make(wanted);
  if (!made.ok()) std::fprintf(stderr, "make_log: %s\n", made.message().c_str());
  return made.ok() ? 0 : 1;
}

}  // namespace
}  // namespace spor

int main(int argc, char** argv) { return spor::Main(std::vector<std::string>(argv + 1, argv + argc)); }
