// SPDX-License-Identifier: Apache-2.0
#include "tools/report/review_words.h"

namespace spor::report {
namespace {

constexpr ReviewChapter kChapters[] = {
    {"0", "Sammendrag og konklusjon", "Summary and conclusion", "Samlet konklusjon", "Overall conclusion"},
    {"1", "Omfang, periode, metode", "Scope, period, method", "Avgrensninger", "Limits of scope"},
    {"2", "Oppfølging av forrige gjennomgang", "Follow-up of the previous review",
     "Åpne, lukkede og forsinkede tiltak, med begrunnelse", "Open, closed and late actions, with reasons"},
    {"3", "Endringer", "Changes", "Vurdering av nye systemer, formål, mottakere og lovendringer",
     "Assessment of new systems, purposes, recipients and changes of law"},
    {"4", "Innsamling", "Collection", "Trengs hvert felt fortsatt?", "Is each field still needed?"},
    {"5", "Lagring og sletting", "Storage and erasure", "Er lagringstidene riktige?", "Are the periods right?"},
    {"6", "Behandling og bruk", "Processing and use", "Uvanlige mønstre", "Unusual patterns"},
    {"7", "Tilganger", "Access rights", "Godkjenning av listen over tilgangsrettigheter",
     "Approval of the list of access rights"},
    {"8", "Logg og loggkontroll", "Log and log review", "Er loggkontrollen tilstrekkelig?",
     "Is the log review adequate?"},
    {"9", "Kryptering og nøkler", "Encryption and keys", "Godtatte unntak", "Accepted exceptions"},
    {"10", "Fysiske sikkerhetstiltak", "Physical security measures", "Sjekkliste med dato og person",
     "Checklist with date and person"},
    {"11", "De registrertes rettigheter", "Rights of data subjects", "Hva er lært?", "What was learnt?"},
    {"12", "Reservasjoner og stoppliste", "Opt-outs and suppression list", "", ""},
    {"13", "Brudd på personopplysningssikkerheten", "Personal data breaches", "Hva er lært?", "What was learnt?"},
    {"14", "Kvalitetsavvik og uautorisert adferd", "Nonconformities and unauthorised behaviour", "Hva er lært?",
     "What was learnt?"},
    {"15", "Databehandlere og mottakere", "Processors and recipients", "Fornye eller avslutte avtaler",
     "Renew or end agreements"},
    {"16", "Overføring til tredjeland", "Transfers to third countries", "Er overføringsgrunnlaget fortsatt gyldig?",
     "Is the transfer mechanism still valid?"},
    {"17", "Riktighet", "Accuracy", "", ""},
    {"18", "Risiko, DPIA, berettiget interesse", "Risk, DPIA, legitimate interest", "Fornyet balansetest",
     "Renewed balancing test"},
    {"19", "Opplæring og kontrolltiltak", "Training and control measures",
     "Gjennomført opplæring; drøfting med de ansattes representanter",
     "Training done; discussion with employee representatives"},
    {"20", "Løftekontroll", "Promises kept", "Løfter som bør omformuleres", "Promises to reword"},
    {"21", "Mindreårige, særlige kategorier, automatiserte avgjørelser",
     "Minors, special categories, automated decisions", "Attestasjon", "Attestation"},
    {"22", "Tiltak og vedtak", "Actions and decisions", "Tiltak, ansvarlig, frist", "Action, owner, due date"},
    {"23", "Erklæring og signaturer", "Declaration and signatures", "Utarbeidet av, kontrollert av, godkjent av",
     "Prepared by, checked by, approved by"},
    {"V", "Vedlegg", "Annexes", "", ""},
};

constexpr ZeroFigure kZeroFigures[] = {
    {"overdue", "Enheter over slettefristen", "Units past their deletion deadline"},
    {"without_second_factor", "Tilganger uten tofaktorautentisering", "Accesses without two-factor authentication"},
    {"without_purpose", "Oppslag uten formål", "Look-ups without a purpose"},
    {"sends_after_opt_out", "Utsendelser etter reservasjon", "Sends after opt-out"},
    {"foreign_fields_transferred", "Andre felt enn tillatt overført til tredjeland",
     "Fields other than those allowed transferred to third countries"},
    {"cases_over_deadline", "Ubesvarte henvendelser over fristen", "Unanswered requests past their deadline"},
    {"break_glass_unreviewed", "Nødtilganger som ikke er gjennomgått", "Break-glass accesses not reviewed"},
    {"broken_checks", "Brutte integritetskontroller", "Broken integrity checks"},
    {"log_gaps", "Hull i revisjonssporet", "Gaps in the audit ledger"},
};

}  // namespace

std::span<const ReviewChapter> ReviewChapters() { return kChapters; }
std::span<const ZeroFigure> ZeroFigures() { return kZeroFigures; }

privacy::Wording MeasureWords(std::string_view measure) {
  if (measure == "second_factor") {
    return {"Målt: andel tilganger med tofaktorautentisering.", "Measured: share of accesses with a second factor."};
  }
  if (measure == "encryption") {
    return {"Målt for denne tjenesten: hvert felt er kryptert for seg, uten unntak. Andre systemer må attesteres.",
            "Measured for this service: each field is encrypted by itself, without exception. Other systems must be "
            "attested."};
  }
  if (measure == "overdue") {
    return {"Målt: enheter over slettefristen ved periodens slutt.",
            "Measured: units past their deadline at the end of the period."};
  }
  if (measure == "purpose_bound") {
    return {"Målt: oppslag uten formål. Tjenesten gir bare ut felt som formålet trenger.",
            "Measured: look-ups without a purpose. The service gives out only fields that the purpose needs."};
  }
  if (measure == "annual_review") {
    return {"Målt: denne gjennomgangen er registrert i revisjonssporet.",
            "Measured: this review is recorded in the audit ledger."};
  }
  if (measure == "transfers") {
    return {
        "Målt i reglene: overføringer til tredjeland som reglene tillater, gjelder bare e-postadresser. Overføringer "
        "som andre systemer gjør, må attesteres.",
        "Measured in the policy: the transfers it allows to third countries are of e-mail addresses alone. "
        "Transfers that other systems make must be attested."};
  }
  return {"Attesteres: fylles ut av en person.", "Attested: to be filled in by a person."};
}

const std::vector<privacy::Wording>& ReviewLimits() {
  static const std::vector<privacy::Wording> kLimits = {
      {"Tall om beholdningen følger av signerte innførsler og kan regnes etter. Tall om hendelser er regnet ut av "
       "tjenesten fra forseglet innhold; at de er de samme som da gjennomgangen ble laget, er bundet i "
       "revisjonssporet. "
       "Et uttrekk for tilsyn viser hendelsene selv.",
       "Figures about what is held follow from signed entries and can be recomputed. Figures about events were "
       "computed "
       "by the service from sealed content; that they are the same as when the review was made is bound in the audit "
       "ledger. An audit extract shows the events themselves."},
      {"Revisjonssporet avslører endringer, men hindrer dem ikke.",
       "The audit ledger is tamper-evident: it shows changes, it does not prevent them."},
      {"Gjennomgangen viser dokumentasjon. Den avgjør ikke om behandlingen er lovlig.",
       "The review shows evidence. It does not decide whether the processing is lawful."},
      {"Det som skjer utenfor tjenesten, ser den ikke: det må attesteres av en person.",
       "What happens outside the service it does not see: a person must attest it."},
  };
  return kLimits;
}

}  // namespace spor::report
