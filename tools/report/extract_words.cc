// SPDX-License-Identifier: Apache-2.0
#include "tools/report/extract_words.h"

namespace spor::report {

const std::vector<privacy::Wording>& ExtractLimits() {
  static const std::vector<privacy::Wording> kLimits = {
      {"Uttrekket er selv personopplysninger og har sin egen lagringstid.",
       "The extract is itself personal data, with a retention period of its own."},
      {"Innhold merket lukket er forseglet under en annens nøkkel og er ikke tatt med. Innhold merket ødelagt kan "
       "ingen "
       "åpne mer: nøkkelen er slettet etter sin frist.",
       "Content marked closed is sealed under somebody else's key and left out. Content marked destroyed nobody can "
       "open "
       "any more: its key was erased when it was due."},
      {"Et uttrekk for en periode er fullstendig: mellom første og siste innførsel mangler ingen. Et uttrekk for én "
       "person viser det som ennå kan åpnes om henne; at det er alt, kan ikke bevises uten de andres nøkler.",
       "An extract of a period is complete: between the first and the last entry none is missing. An extract of one "
       "person shows what can still be opened about her; that it is everything can't be proven without others' keys."},
      {"Revisjonssporet avslører endringer, men hindrer dem ikke. Uttrekket avgjør ikke om behandlingen var lovlig.",
       "The audit ledger is tamper-evident: it shows changes, it does not prevent them. The extract does not decide "
       "whether the processing was lawful."},
  };
  return kLimits;
}

}  // namespace spor::report
