// SPDX-License-Identifier: Apache-2.0
#include "tools/report/html_writer.h"

namespace spor::report {
namespace {

constexpr std::string_view kStyle = R"(
@page { size: A4; margin: 18mm 16mm; }
body { font: 10.5pt/1.45 "Liberation Sans", Arial, sans-serif; color: #1a1a1a; max-width: 178mm; margin: 1.5em auto; }
h1 { font-size: 18pt; margin: 0 0 .2em; }
h2 { font-size: 13pt; margin: 1.6em 0 .4em; border-bottom: 1px solid #999; break-after: avoid; }
[lang=en] { color: #555; }
h1 [lang=en], h2 [lang=en] { display: block; font-size: .72em; font-weight: normal; }
p [lang=en], li [lang=en] { display: block; }
dl { display: grid; grid-template-columns: 62mm 1fr; gap: .15em 1em; margin: 0; }
dt [lang=en], th [lang=en] { display: block; font-size: .85em; font-weight: normal; }
dd { margin: 0; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; font-size: 9pt; }
thead { display: table-header-group; }
th, td { border: 1px solid #bbb; padding: .2em .4em; text-align: left; vertical-align: top; overflow-wrap: break-word; }
th { background: #eee; }
tr { break-inside: avoid; }
.blank { border: 1px solid #bbb; min-height: 22mm; padding: .3em .5em; color: #555; break-inside: avoid; }
.note { font-style: italic; }
)";

}  // namespace

HtmlWriter::HtmlWriter(const Wording& title, std::string_view subtitle) {
  out_ = "<!DOCTYPE html>\n<html lang=\"nb\">\n<head>\n<meta charset=\"utf-8\">\n";
  out_ += "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n";
  out_ += "<title>";
  Text(title.nb);
  out_ += "</title>\n<style>";
  out_ += kStyle;
  out_ += "</style>\n</head>\n<body>\n<h1>";
  Both(title);
  out_ += "</h1>\n<p>";
  Text(subtitle);
  out_ += "</p>\n";
}

void HtmlWriter::Text(std::string_view text) {
  for (const char c : text) {
    switch (c) {
      case '&': out_ += "&amp;"; break;
      case '<': out_ += "&lt;"; break;
      case '>': out_ += "&gt;"; break;
      case '"': out_ += "&quot;"; break;
      case '\'': out_ += "&#39;"; break;
      case '\n': out_ += "<br>"; break;
      default:
        // Control characters have no place in HTML.
        out_ += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
    }
  }
}

void HtmlWriter::Both(const Wording& words) {
  Text(words.nb);
  if (words.en.empty()) return;
  out_ += " <span lang=\"en\">";
  Text(words.en);
  out_ += "</span>";
}

void HtmlWriter::Heading(const Wording& words) {
  out_ += "<h2>";
  Both(words);
  out_ += "</h2>\n";
}

void HtmlWriter::Paragraph(const Wording& words) {
  out_ += "<p>";
  Both(words);
  out_ += "</p>\n";
}

void HtmlWriter::Bullets(const std::vector<Wording>& items) {
  out_ += "<ul>\n";
  for (const Wording& item : items) {
    out_ += "<li>";
    Both(item);
    out_ += "</li>\n";
  }
  out_ += "</ul>\n";
}

void HtmlWriter::BeginFacts() { out_ += "<dl>\n"; }

void HtmlWriter::Fact(const Wording& name, std::string_view value) {
  out_ += "<dt>";
  Both(name);
  out_ += "</dt><dd>";
  Text(value);
  out_ += "</dd>\n";
}

void HtmlWriter::EndFacts() { out_ += "</dl>\n"; }

void HtmlWriter::BeginTable(const std::vector<Wording>& columns) {
  rows_ = 0;
  out_ += "<table>\n<thead><tr>";
  for (const Wording& column : columns) {
    out_ += "<th>";
    Both(column);
    out_ += "</th>";
  }
  out_ += "</tr></thead>\n<tbody>\n";
}

void HtmlWriter::Row(const std::vector<std::string>& cells) {
  if (++rows_ > kMaxRows) return;
  out_ += "<tr>";
  for (const std::string& cell : cells) {
    out_ += "<td>";
    Text(cell);
    out_ += "</td>";
  }
  out_ += "</tr>\n";
}

void HtmlWriter::EndTable() {
  out_ += "</tbody>\n</table>\n";
  if (rows_ <= kMaxRows) return;
  const std::string shown = std::to_string(kMaxRows);
  const std::string all = std::to_string(rows_);
  Paragraph({"Tabellen viser " + shown + " av " + all + " rader. Alle står i JSON-filen.",
             "The table shows " + shown + " of " + all + " rows. All are in the JSON file."});
}

void HtmlWriter::Blank(const Wording& what) {
  out_ += "<div class=\"blank\">";
  Both(what);
  out_ += "</div>\n";
}

std::string HtmlWriter::Take() {
  out_ += "</body>\n</html>\n";
  return std::move(out_);
}

}  // namespace spor::report
