// SPDX-License-Identifier: Apache-2.0
#include "ledger/witness_policy.h"

#include <algorithm>
#include <charconv>
#include <functional>

#include "ledger/cosignature.h"

namespace spor::ledger {
namespace {

using Words = std::vector<std::string_view>;

// Split at spaces and tabs.
Words WordsOf(std::string_view line) {
  constexpr std::string_view kBlank = " \t";
  Words words;
  for (size_t at = line.find_first_not_of(kBlank); at != std::string_view::npos;) {
    const size_t end = std::min(line.find_first_of(kBlank, at), line.size());
    words.push_back(line.substr(at, end - at));
    at = line.find_first_not_of(kBlank, end);
  }
  return words;
}

bool OnlyAllowedBytes(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<uint8_t>(c);
    return byte == '\t' || byte == '\n' || (byte >= 0x20 && byte != 0x7f);
  });
}

bool HasKey(const std::vector<VerifierKey>& keys, const PublicKey32& key) {
  return std::any_of(keys.begin(), keys.end(), [&](const VerifierKey& known) { return known.key == key; });
}

}  // namespace

class PolicyParser {
 public:
  Result<WitnessPolicy> Parse(std::string_view text) {
    if (text.size() > WitnessPolicy::kMaxBytes) return Bad("the file is longer than 64 KiB");
    if (!OnlyAllowedBytes(text)) return Bad("a control character other than tab and newline");
    while (!text.empty()) {
      ++line_;
      const size_t end = text.find('\n');
      if (end == std::string_view::npos) return Bad("the last line does not end in a newline");
      RETURN_IF_ERROR(Line(WordsOf(text.substr(0, end))));
      text.remove_prefix(end + 1);
    }
    if (!quorum_seen_) return Bad("no quorum line; write 'quorum none' to ask for no witness");
    return std::move(policy_);
  }

 private:
  Status Bad(const std::string& what) const {
    return Status(Code::kInvalidArgument, "witness policy, line " + std::to_string(line_) + ": " + what);
  }

  Status Line(const Words& words) {
    if (words.empty() || words[0].starts_with('#')) return OkStatus();
    if (words[0] == "log") return Log(words);
    if (words[0] == "witness") return Witness(words);
    if (words[0] == "group") return Group(words);
    if (words[0] == "quorum") return Quorum(words);
    return Bad("begins with " + Shown(words[0]) + "; known are log, witness, group, quorum and #");
  }

  Status Log(const Words& words) {
    if (words.size() < 2 || words.size() > 3) return Bad("write: log VKEY [URL]");
    if (policy_.logs_.size() == WitnessPolicy::kMaxLines) return Bad("more than 64 logs");
    const Result<VerifierKey> key = ParseVerifierKey(words[1]);
    if (!key.ok()) return Bad(key.error().message());
    if (key->type != KeyType::kEd25519) return Bad("a log's key has type 1; this one is a witness's");
    if (HasKey(policy_.logs_, key->key)) return Bad("another log has the same key");
    policy_.logs_.push_back(*key);
    return OkStatus();
  }

  Status Witness(const Words& words) {
    if (words.size() < 3 || words.size() > 4) return Bad("write: witness NAME VKEY [URL]");
    if (witness_keys_.size() == WitnessPolicy::kMaxLines) return Bad("more than 64 witnesses");
    const Result<VerifierKey> key = ParseVerifierKey(words[2]);
    if (!key.ok()) return Bad(key.error().message());
    if (HasKey(witness_keys_, key->key)) return Bad("another witness has the same key");
    witness_keys_.push_back(*key);
    WitnessPolicy::Party party;
    party.witness = policy_.witnesses_.size();
    RETURN_IF_ERROR(Define(words[1], std::move(party)));
    policy_.witnesses_.push_back({std::string(words[1]), MakeVerifierKey(key->name, key->key, KeyType::kCosignature),
                                  words.size() == 4 ? std::string(words[3]) : std::string()});
    return OkStatus();
  }

  Status Group(const Words& words) {
    if (words.size() < 4) return Bad("write: group NAME all|any|NUMBER MEMBER...");
    if (++groups_ > WitnessPolicy::kMaxLines) return Bad("more than 64 groups");
    WitnessPolicy::Party party;
    for (size_t i = 3; i < words.size(); ++i) {
      const auto found = names_.find(words[i]);
      if (found == names_.end()) return Bad("no witness or group " + Shown(words[i]) + " is defined above");
      if (found->second.member) return Bad(Shown(words[i]) + " is already a member of a group");
      found->second.member = true;
      party.members.push_back(found->second.party);
    }
    const size_t n = party.members.size();
    if (words[2] == "all") {
      party.threshold = n;
    } else if (words[2] == "any") {
      party.threshold = 1;
    } else {
      const auto [end, error] = std::from_chars(words[2].data(), words[2].data() + words[2].size(), party.threshold);
      if (error != std::errc() || words[2] != std::to_string(party.threshold) || party.threshold < 1 ||
          party.threshold > n) {
        return Bad("the threshold is all, any, or a number from 1 to that of the members");
      }
    }
    return Define(words[1], std::move(party));
  }

  Status Quorum(const Words& words) {
    if (words.size() != 2) return Bad("write: quorum NAME");
    if (quorum_seen_) return Bad("a second quorum line");
    quorum_seen_ = true;
    if (words[1] == "none") return OkStatus();
    const auto found = names_.find(words[1]);
    if (found == names_.end()) return Bad("no witness or group " + Shown(words[1]) + " is defined above");
    policy_.quorum_ = found->second.party;
    return OkStatus();
  }

  Status Define(std::string_view name, WitnessPolicy::Party party) {
    if (name == "none" || name == "all" || name == "any")
      return Bad(std::string(name) + " is no name: it has a meaning");
    const bool added = names_.emplace(name, Name{policy_.parties_.size(), false}).second;
    if (!added) return Bad("the name " + Shown(name) + " is defined twice");
    policy_.parties_.push_back(std::move(party));
    return OkStatus();
  }

  struct Name {
    size_t party;
    bool member;
  };
  WitnessPolicy policy_;
  std::vector<VerifierKey> witness_keys_;
  std::map<std::string, Name, std::less<>> names_;
  size_t groups_ = 0;
  size_t line_ = 0;
  bool quorum_seen_ = false;
};

Result<WitnessPolicy> WitnessPolicy::Parse(std::string_view text) { return PolicyParser().Parse(text); }

size_t WitnessPolicy::NeededBy(size_t party) const {
  const Party& p = parties_[party];
  if (p.IsWitness()) return 1;
  std::vector<size_t> needed;
  for (const size_t member : p.members) needed.push_back(NeededBy(member));
  std::sort(needed.begin(), needed.end());
  size_t sum = 0;
  for (size_t i = 0; i < p.threshold; ++i) sum += needed[i];
  return sum;
}

size_t WitnessPolicy::needed() const { return quorum_ ? NeededBy(*quorum_) : 0; }

std::optional<uint64_t> WitnessPolicy::TimeOf(size_t party, const std::vector<std::optional<uint64_t>>& times) const {
  const Party& p = parties_[party];
  if (p.IsWitness()) return times[p.witness];
  std::vector<uint64_t> reached;
  for (const size_t member : p.members) {
    if (const std::optional<uint64_t> time = TimeOf(member, times)) reached.push_back(*time);
  }
  if (reached.size() < p.threshold) return std::nullopt;
  std::sort(reached.begin(), reached.end(), std::greater<>());
  return reached[p.threshold - 1];
}

bool WitnessPolicy::Met(const std::vector<bool>& cosigned) const {
  CHECK(cosigned.size() == witnesses_.size());
  if (!quorum_) return true;
  std::vector<std::optional<uint64_t>> times(cosigned.size());
  for (size_t i = 0; i < cosigned.size(); ++i) {
    if (cosigned[i]) times[i] = 0;
  }
  return TimeOf(*quorum_, times).has_value();
}

Result<uint64_t> WitnessPolicy::QuorumTime(const Note& note) const {
  std::vector<std::optional<uint64_t>> times(witnesses_.size());
  for (size_t i = 0; i < witnesses_.size(); ++i) {
    const Result<uint64_t> time = VerifyCosignature(note, witnesses_[i].vkey);
    if (time.ok()) {
      times[i] = *time;
    } else if (time.error().code() != Code::kNotFound) {
      return time.error();
    }
  }
  if (!quorum_) return Status(Code::kNotFound, "the witness policy asks for no witness, so no time is covered");
  const std::optional<uint64_t> time = TimeOf(*quorum_, times);
  if (!time) return Status(Code::kNotFound, "the witnesses that cosigned do not meet the quorum");
  return *time;
}

}  // namespace spor::ledger
