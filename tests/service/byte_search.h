// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "crypto/bytes.h"

namespace spor::service {

// Looks for texts in every byte of every file below a directory, in the forms in which bytes are usually written down.
class ByteSearch {
 public:
  void Add(const std::string& name, const std::string& text) {
    std::string little, big, hex = HexEncode(AsBytes(text)), upper = hex;
    for (const char c : text) {
      little += c;
      little += '\0';
      big += '\0';
      big += c;
    }
    for (char& c : upper) c = static_cast<char>(c >= 'a' && c <= 'f' ? c - 'a' + 'A' : c);
    Put(name, "UTF-8", text);
    Put(name, "UTF-16LE", little);
    Put(name, "UTF-16BE", big);
    Put(name, "hex", hex);
    Put(name, "HEX", upper);
    for (size_t before = 0; before < 3; ++before) {
      // The characters that depend on the text alone, with `before` other bytes in front of it.
      const std::string encoded = Base64Encode(AsBytes(std::string(before, 'x') + text));
      const size_t from = (before * 8 + 5) / 6, to = (before + text.size()) * 8 / 6;
      Put(name, "base64+" + std::to_string(before), encoded.substr(from, to - from));
    }
  }
  // "name as form in file" for each text that is found, once per file.
  std::vector<std::string> In(const std::filesystem::path& directory) {
    std::vector<std::string> found;
    files_ = bytes_ = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
      if (!entry.is_regular_file()) continue;
      std::ifstream file(entry.path(), std::ios::binary);
      const std::string content((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
      ++files_;
      bytes_ += content.size();
      for (const auto& [name, needle] : needles_) {
        if (memmem(content.data(), content.size(), needle.data(), needle.size()) == nullptr) continue;
        found.push_back(name + " in " + entry.path().filename().string());
      }
    }
    return found;
  }
  // Of the last search.
  size_t files() const { return files_; }
  size_t bytes() const { return bytes_; }

 private:
  void Put(const std::string& name, const std::string& form, std::string needle) {
    needles_.emplace(name + " as " + form, std::move(needle));
  }

  std::map<std::string, std::string> needles_;
  size_t files_ = 0;
  size_t bytes_ = 0;
};

}  // namespace spor::service
