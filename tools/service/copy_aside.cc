// SPDX-License-Identifier: Apache-2.0
#include "tools/service/copy_aside.h"

#include <filesystem>

#include "crypto/files.h"

namespace spor::service {
namespace {

namespace fs = std::filesystem;

Status Failed(const std::string& what, const std::error_code& error) {
  return Status(Code::kIo, "cannot copy aside: " + what + ": " + error.message() + "; nothing was changed");
}

std::string StampOf(UnixSeconds now) {
  std::string stamp;
  for (const char c : privacy::FormatUtc(now)) {
    if (c != '-' && c != ':') stamp += c;
  }
  return stamp;
}

// Files and directories; a socket or a lock that somebody left is none of the evidence.
Status CopyTree(const std::string& from, const std::string& to) {
  std::error_code error;
  RETURN_IF_ERROR(MakePrivateDirectory(to));
  fs::recursive_directory_iterator entries(from, error);
  for (; !error && entries != fs::recursive_directory_iterator(); entries.increment(error)) {
    const std::string target = to + entries->path().string().substr(from.size());
    if (entries->is_directory(error)) {
      RETURN_IF_ERROR(MakePrivateDirectory(target));
    } else if (entries->is_regular_file(error)) {
      if (!fs::copy_file(entries->path(), target, error)) return Failed(target, error);
      const bool whole = fs::file_size(target, error) == entries->file_size(error);
      if (error || !whole) return Failed(target + " is not as long as what it was copied from", error);
      RETURN_IF_ERROR(SyncFile(target).status());
    }
    if (error) break;
  }
  if (error) return Failed(from, error);
  for (fs::recursive_directory_iterator made(to, error); !error && made != fs::recursive_directory_iterator();
       made.increment(error)) {
    if (made->is_directory(error)) RETURN_IF_ERROR(SyncDirectory(made->path().string()));
  }
  if (error) return Failed(to, error);
  return SyncDirectory(to);
}

// Removes the copies again unless they are whole.
class Unfinished {
 public:
  void Add(const std::string& path) { paths_.push_back(path); }
  void Keep() { paths_.clear(); }
  ~Unfinished() {
    for (const std::string& path : paths_) {
      std::error_code ignored;
      fs::remove_all(path, ignored);
    }
  }

 private:
  std::vector<std::string> paths_;
};

}  // namespace

Result<std::string> CopyAside(const HomePlaces& places, UnixSeconds now) {
  const std::string copy = places.home + ".lost-" + StampOf(now);
  const std::string anchor = copy + ".anchor";
  std::error_code error;
  for (const std::string& path : {copy, anchor}) {
    if (fs::exists(path, error)) return Status(Code::kConflict, path + " exists already; wait a second and ask again");
  }
  // Under another name until they are whole, so that nobody takes half a copy for one.
  const std::string part = copy + ".part";
  const std::string anchor_part = anchor + ".part";
  Unfinished unfinished;
  for (const std::string& path : {part, anchor_part}) unfinished.Add(path);
  RETURN_IF_ERROR(CopyTree(places.home, part));
  const bool has_anchor = fs::exists(places.anchor_dir, error);
  if (has_anchor) RETURN_IF_ERROR(CopyTree(places.anchor_dir, anchor_part));
  if (has_anchor) fs::rename(anchor_part, anchor, error);
  if (!error) fs::rename(part, copy, error);
  if (error) return Failed(copy, error);
  RETURN_IF_ERROR(SyncDirectory(fs::absolute(copy, error).parent_path().string()));
  unfinished.Keep();
  return copy;
}

}  // namespace spor::service
