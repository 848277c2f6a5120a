// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/artefact.h"

#include "tools/cli/local_commands.h"

namespace spor::cli {
namespace {

using privacy::JsonValue;
using privacy::JsonWriter;

constexpr mode_t kOwnerOnly = S_IRUSR | S_IWUSR;
constexpr size_t kMaxArtefactBytes = size_t{2} << 30;

// What of an artefact's report is worth a line after it is saved, where it has it (docs/formats/artefacts.md).
constexpr std::string_view kWorthShowing[] = {"run", "from", "to", "scope", "made_at"};

}  // namespace

std::string HtmlPath(const std::string& path) {
  constexpr std::string_view kJson = ".json";
  const bool is_json = path.size() > kJson.size() && path.ends_with(kJson);
  return (is_json ? path.substr(0, path.size() - kJson.size()) : path) + ".html";
}

Status CheckArtefactPath(const std::string& path, Overwrite overwrite) {
  RETURN_IF_ERROR(CheckWritable(path, overwrite));
  return CheckWritable(HtmlPath(path), overwrite);
}

Outcome<ExitCode> SaveArtefact(const std::string& path, const std::string& bytes, Overwrite overwrite,
                               Console& console) {
  Result<JsonValue> document = privacy::ParseJson(bytes, {.max_bytes = kMaxArtefactBytes});
  if (!document.ok())
    return Status(Code::kInternal, "the service's answer is no document: " + document.error().message());
  const std::string html = HtmlPath(path);
  RETURN_IF_ERROR(WriteFileAtomically(path, bytes, kOwnerOnly, overwrite));
  RETURN_IF_ERROR(WriteFileAtomically(html, RenderArtefactHtml(*document), kOwnerOnly, overwrite));
  JsonWriter json;
  json.BeginObject().Key("out").String(path).Key("html").String(html);
  if (const JsonValue* report = document->Find("report"); report != nullptr) {
    for (std::string_view key : kWorthShowing) {
      const Result<std::string> value = report->GetString(key);
      if (value.ok()) json.Key(key).String(*value);
    }
  }
  if (const JsonValue* event = document->Find("event"); event != nullptr) {
    const Result<int64_t> index = event->GetInt("index");
    if (index.ok()) json.Key("entry").Int(*index);
  }
  console.ShowText(json.EndObject().Take());
  return ExitCode::kDone;
}

}  // namespace spor::cli
