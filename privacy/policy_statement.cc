// SPDX-License-Identifier: Apache-2.0
#include "privacy/policy_parse.h"

namespace spor::privacy {
namespace {

constexpr std::string_view kSchema = "spor-policy/1";

void ReadMeta(TableReader meta, Policy& policy) {
  if (const std::string schema = meta.Text("schema"); schema != kSchema) {
    const bool newer = schema.starts_with("spor-policy/");
    meta.Fail("schema", "unknown schema '" + Shown(schema) + "'; this version reads '" + std::string(kSchema) + "'",
              newer ? Code::kTooNew : Code::kInvalidArgument);
  }
  policy.policy_id = meta.Name("policy_id");
  policy.version = meta.Text("version");
  policy.number = static_cast<uint32_t>(meta.Number("number", 1, UINT32_MAX));
  policy.statement_date = meta.Text("statement_date");
  if (!ParseDate(policy.statement_date).ok()) meta.Fail("statement_date", "write the date as 2022-06-03");
  policy.statement_sha256 = meta.Text("statement_sha256");
  if (policy.statement_sha256.size() != 64 || !HexDecode(policy.statement_sha256).ok()) {
    meta.Fail("statement_sha256", "write the SHA-256 as 64 hexadecimal digits");
  }
  policy.approved_by = meta.OptionalText("approved_by");
  meta.Finish();
}

void ReadController(TableReader controller, Policy& policy) {
  policy.controller = controller.Text("name");
  policy.contact.org_no = controller.OptionalText("org_no");
  policy.contact.address = controller.OptionalText("address");
  policy.contact.email = controller.OptionalText("email");
  policy.contact.phone = controller.OptionalText("phone");
  policy.contact.dpo = controller.OptionalText("dpo");
  controller.Finish();
}

void ReadDecisions(TableReader& top, Policy& policy) {
  for (TableReader& table : top.Tables("decisions", kMaxParts)) {
    Decision decision;
    decision.id = table.Name("id");
    table.Call("decision '" + Shown(decision.id) + "'");
    decision.question = table.Text("question");
    decision.question_nb = table.Text("question_nb");
    decision.proposed = table.OptionalText("proposed");
    decision.proposed_nb = table.OptionalText("proposed_nb");
    decision.taken = table.OptionalText("taken");
    decision.taken_nb = table.OptionalText("taken_nb");
    if (decision.taken.empty() != decision.taken_nb.empty()) {
      table.Fail("taken", "write 'taken' and 'taken_nb', or neither while the decision is open");
    }
    table.Finish();
    policy.decisions.push_back(std::move(decision));
  }
}

void ReadPromises(TableReader& top, Policy& policy) {
  for (TableReader& table : top.Tables("promises", kMaxParts)) {
    Promise promise;
    promise.id = table.Name("id");
    table.Call("promise '" + Shown(promise.id) + "'");
    promise.text_nb = table.Text("nb");
    promise.text_en = table.Text("en");
    promise.measure = OneOf<const char*>(table, "measure",
                                         {{"second_factor", "second_factor"},
                                          {"encryption", "encryption"},
                                          {"overdue", "overdue"},
                                          {"purpose_bound", "purpose_bound"},
                                          {"annual_review", "annual_review"},
                                          {"transfers", "transfers"},
                                          {"attested", "attested"}},
                                         {});
    table.Finish();
    policy.promises.push_back(std::move(promise));
  }
}

void ReadRecipients(TableReader& top, Policy& policy) {
  for (TableReader& table : top.Tables("recipients", kMaxParts)) {
    Recipient recipient;
    recipient.key = table.Name("key");
    table.Call("recipient '" + Shown(recipient.key) + "'");
    recipient.name_nb = table.Text("nb");
    recipient.name_en = table.Text("en");
    recipient.role = OneOf<const char*>(
        table, "role",
        {{"processor", "processor"}, {"independent_controller", "independent_controller"}, {"undecided", "undecided"}},
        {});
    table.Finish();
    policy.recipients.push_back(std::move(recipient));
  }
}

void ReadTransfers(TableReader& top, Policy& policy) {
  for (TableReader& table : top.Tables("transfers", kMaxParts)) {
    Transfer transfer;
    transfer.recipient = table.Text("recipient");
    transfer.country = table.Name("country");
    if (transfer.country.size() != 2) table.Fail("country", "write the country as two letters, US");
    transfer.fields = table.Texts("fields");
    transfer.mechanism = table.OptionalText("mechanism");
    table.Finish();
    policy.transfers.push_back(std::move(transfer));
  }
}

}  // namespace

void FillStatement(TableReader& top, Policy& policy) {
  ReadMeta(top.Table("meta"), policy);
  ReadController(top.Table("controller"), policy);
  ReadDecisions(top, policy);
  ReadPromises(top, policy);
  ReadRecipients(top, policy);
  ReadTransfers(top, policy);
}

}  // namespace spor::privacy
