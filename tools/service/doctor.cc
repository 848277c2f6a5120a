// SPDX-License-Identifier: Apache-2.0
#include "tools/service/doctor.h"

#include <algorithm>

namespace spor::service {
namespace {

constexpr uint64_t kLittleSpace = uint64_t{1} << 30;
constexpr unsigned kOthers = 077;

const PlaceFacts& Place(const HostFacts& facts, std::string_view name) {
  const auto place =
      std::find_if(facts.places.begin(), facts.places.end(), [&](const auto& p) { return p.name == name; });
  CHECK(place != facts.places.end());
  return *place;
}

bool Inside(const PlaceFacts& inner, const PlaceFacts& outer) { return inner.path.starts_with(outer.path + "/"); }

Diagnosis FileSystem(const HostFacts& facts) {
  const std::string& kind = Place(facts, "keys").file_system;
  if (!Place(facts, "keys").exists) {
    return {"file_system",
            Verdict::kAttention,
            {"Nøkkelmappen finnes ikke; oppgi --keys-dir.", "There is no keys directory; give --keys-dir."}};
  }
  if (kind == "ext4" || kind == "xfs") {
    return {
        "file_system",
        Verdict::kGood,
        {kind + " skriver over der filen ligger: en ødelagt rotnøkkel er overskrevet, så lenge ingen har tatt et "
                "øyeblikksbilde av disken.",
         kind + " overwrites in place: a destroyed root key is overwritten, as long as nobody took a snapshot of the "
                "disk."}};
  }
  const std::string shown = kind.empty() ? "?" : kind;
  return {
      "file_system",
      Verdict::kNotCovered,
      {"Nøkkelmappen ligger på " + shown +
           ", som kan skrive nye kopier i stedet for å overskrive. Sletteattesten kan ikke si at den gamle rotnøkkelen "
           "er borte. Flytt mappen til ext4 eller XFS.",
       "The keys directory lies on " + shown +
           ", which may write new copies instead of overwriting. A certificate can't claim that the old root key is "
           "gone. Move the directory to ext4 or XFS."}};
}

Diagnosis Medium(const HostFacts& facts) {
  const PlaceFacts& keys = Place(facts, "keys");
  if (keys.spinning.value_or(false)) {
    return {"medium",
            Verdict::kGood,
            {"Disken skriver over der dataene lå.", "The disk overwrites where the data was, as far as it says."}};
  }
  const bool known = keys.spinning.has_value();
  if (known && keys.encrypted.value_or(false)) {
    return {
        "medium",
        Verdict::kAttention,
        {"Flash-lager skriver et annet sted; den gamle sektoren blir liggende, kryptert av dm-crypt.",
         "Flash storage writes elsewhere; the old sector stays for a while, encrypted by dm-crypt. Whoever has that "
         "key, a slot's secret and the chips could read it."}};
  }
  return {
      "medium",
      Verdict::kNotCovered,
      {known ? "Flash-lager skriver et annet sted: en overskrevet nøkkelfil kan ligge igjen i reserveområdet. "
               "Sletteattesten dekker ikke mediet. Bruk full diskkryptering (dm-crypt)."
             : "Det er ukjent hva nøkkelmappen ligger på. Sletteattesten dekker ikke mediet.",
       known ? "Flash storage writes elsewhere: an overwritten slot file may survive in the spare area. A certificate "
               "does not cover the medium. Put dm-crypt below it."
             : "It is not known what the keys directory lies on. A certificate does not cover the medium."}};
}

Diagnosis Swap(const HostFacts& facts) {
  if (facts.hibernates) {
    return {"swap",
            Verdict::kUnsafe,
            {"Maskinen kan gå i dvale: da skrives alt minne, nøkler også, til disk. Slå dvale av.",
             "The machine can hibernate: all memory, keys included, is written to disk then. Turn hibernation off."}};
  }
  if (facts.plain_swaps.empty()) {
    return {"swap",
            Verdict::kGood,
            {"Ikke noe minne skrives ukryptert til disk.", "No memory is swapped to a disk in the clear."}};
  }
  std::string swaps;
  for (const std::string& swap : facts.plain_swaps) swaps += (swaps.empty() ? "" : ", ") + swap;
  return {"swap",
          Verdict::kUnsafe,
          {"Minne kan skrives ukryptert til " + swaps +
               ": opplåste verdier kan bli liggende der etter sletting. Slå det av "
               "(swapoff) eller krypter det.",
           "Memory may be swapped in the clear to " + swaps +
               ": opened values may stay there after an erasure. Turn it off "
               "(swapoff) or encrypt it."}};
}

Diagnosis CoreDumps(const HostFacts& facts) {
  return {"core_dumps",
          Verdict::kGood,
          {"Programmet slår av egne minnedumper. Kjernens mønster er «" + facts.core_pattern + "».",
           "The program turns its own core dumps off. The kernel's pattern is '" + facts.core_pattern + "'."}};
}

Diagnosis MemoryLock(const HostFacts& facts) {
  if (facts.secrets_locked) {
    return {"memory_lock", Verdict::kGood, {"Nøkler holdes låst i minnet.", "Keys are held in locked memory."}};
  }
  const std::string limit = facts.memory_lock ? std::to_string(*facts.memory_lock) + " byte" : "-";
  return {"memory_lock",
          Verdict::kAttention,
          {"Nøkler kan ikke låses i minnet (grensen er " + limit + "). Sett LimitMEMLOCK=64M.",
           "Keys can't be locked in memory (the limit is " + limit + "s). Set LimitMEMLOCK=64M for the service."}};
}

// The first thing that is wrong with who may read the places.
Diagnosis Modes(const HostFacts& facts) {
  for (const PlaceFacts& place : facts.places) {
    if (!place.exists) continue;
    if ((place.mode & kOthers) != 0) {
      return {"file_modes",
              Verdict::kUnsafe,
              {place.path + " kan leses av andre enn eieren. Kjør chmod go-rwx.",
               place.path + " is open to others than its owner. Run chmod go-rwx on it."}};
    }
    if (!place.owned && !facts.root) {
      return {"file_modes",
              Verdict::kAttention,
              {place.path + " eies av en annen bruker; kjør som den.",
               place.path + " belongs to another user; run this as that one."}};
    }
  }
  return {
      "file_modes", Verdict::kGood, {"Bare eieren kommer til filene.", "Nobody but their owner reaches the files."}};
}

Diagnosis Apart(const HostFacts& facts) {
  const PlaceFacts& data = Place(facts, "data");
  for (const char* name : {"keys", "secret", "anchor"}) {
    if (!Inside(Place(facts, name), data)) continue;
    return {"places",
            Verdict::kUnsafe,
            {Place(facts, name).path + " ligger i datamappen og havner i sikkerhetskopien av den. Flytt den ut.",
             Place(facts, name).path + " lies in the data directory and gets into its backups. Move it out."}};
  }
  for (const char* name : {"anchor", "keys"}) {
    const PlaceFacts& place = Place(facts, name);
    if (!place.exists || !data.exists || place.device != data.device) continue;
    return {
        "places",
        Verdict::kAttention,
        {place.path + " ligger på samme filsystem som dataene: et øyeblikksbilde tar begge, og setter begge tilbake.",
         place.path +
             " lies on the file system of the data: a snapshot takes both, and puts both back. Another disk is "
             "better."}};
  }
  return {"places", Verdict::kGood, {"Data, nøkler og anker ligger hver for seg.", "Data, keys and anchor lie apart."}};
}

Diagnosis ClockState(const HostFacts& facts) {
  if (facts.clock_synchronised.value_or(false)) {
    return {"clock", Verdict::kGood, {"Klokken er synkronisert.", "The clock is synchronised."}};
  }
  return {"clock",
          Verdict::kAttention,
          {"Klokken er ikke synkronisert: frister regnes etter den. Sett opp chrony eller systemd-timesyncd.",
           "The clock is not synchronised, and deadlines go by it. Set up chrony or systemd-timesyncd."}};
}

Diagnosis User(const HostFacts& facts) {
  if (!facts.root) return {"user", Verdict::kGood, {"Ikke rotbrukeren.", "Not the superuser."}};
  return {"user",
          Verdict::kAttention,
          {"Kjører som rot: gi tjenesten en egen bruker.", "This runs as root: give the service a user of its own."}};
}

Diagnosis Space(const HostFacts& facts) {
  const PlaceFacts& data = Place(facts, "data");
  if (!data.exists || data.free_bytes >= kLittleSpace) {
    return {"space", Verdict::kGood, {"Det er plass på disken.", "There is room on the disk."}};
  }
  const std::string left = std::to_string(data.free_bytes >> 20);
  return {"space",
          Verdict::kAttention,
          {"Bare " + left + " MiB ledig: når disken er full, stopper tjenesten.",
           "Only " + left + " MiB are free: the service stops when the disk is full."}};
}

Diagnosis Libraries(const HostFacts& facts) {
  const bool known =
      facts.sodium.starts_with("1.0.18") && facts.openssl.starts_with("3.0.") && facts.rocksdb.starts_with("7.8.");
  const std::string versions =
      "libsodium " + facts.sodium + ", OpenSSL " + facts.openssl + ", RocksDB " + facts.rocksdb;
  if (known) return {"libraries", Verdict::kGood, {versions + ".", versions + "."}};
  return {"libraries",
          Verdict::kAttention,
          {versions + ": ikke de versjonene som er prøvd (1.0.18, 3.0, 7.8).",
           versions + ": not the versions that were tested (1.0.18, 3.0, 7.8)."}};
}

}  // namespace

std::string_view VerdictName(Verdict verdict) {
  switch (verdict) {
    case Verdict::kGood: return "good";
    case Verdict::kAttention: return "attention";
    case Verdict::kNotCovered: return "not_covered";
    case Verdict::kUnsafe: return "unsafe";
  }
  return "";
}

std::vector<Diagnosis> Diagnose(const HostFacts& facts) {
  return {Swap(facts),   CoreDumps(facts),  MemoryLock(facts), Modes(facts), Apart(facts),    FileSystem(facts),
          Medium(facts), ClockState(facts), User(facts),       Space(facts), Libraries(facts)};
}

}  // namespace spor::service
